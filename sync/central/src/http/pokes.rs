use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use dayroom_protocol::{KioskId, Poke, route};
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::reply::finish;
use super::routes::{Who, kiosk_of};
use super::{Revoking, Service};
use crate::central::Poked;
use crate::kiosk::Refused;

/// A comment this often shows both sides that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Pokes for one kiosk.
struct Listening {
    kiosk: KioskId,
    pokes: Receiver<Poked>,
    revoking: Option<watch::Receiver<bool>>,
    _room: OwnedSemaphorePermit,
}

/// What it is to hear.
enum Said {
    Poke,
    Revoked,
}

pub(super) async fn pokes(
    State(service): State<Service>,
    who: Who,
    revoking: Option<Extension<Revoking>>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let room = std::sync::Arc::clone(&service.listeners)
            .try_acquire_owned()
            .map_err(|_| Refused::Busy)?;
        // Heard from now on, so that what changes while the kiosk is checked is not missed.
        let pokes = service.central.pokes();
        service
            .work(move |central, _| central.check_kiosk(kiosk))
            .await?;
        let listening = Listening {
            kiosk,
            pokes,
            revoking: revoking.map(|Extension(Revoking(revoking))| revoking),
            _room: room,
        };
        let events = stream::unfold(listening, |mut listening| async {
            let event = match listening.next().await? {
                Said::Poke => {
                    let event = Event::default().event(route::POKE_EVENT);
                    event.json_data(Poke::default()).ok()?
                }
                Said::Revoked => Event::default().event(route::REVOKED_EVENT).data("{}"),
            };
            Some((Ok::<_, Infallible>(event), listening))
        });
        Ok(Sse::new(events)
            .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
            .into_response())
    };
    finish(&service, done.await)
}

impl Listening {
    /// Waits for what this kiosk is to hear next; none when central ends.
    async fn next(&mut self) -> Option<Said> {
        loop {
            let poked = tokio::select! {
                poked = self.pokes.recv() => poked,
                () = revoked(&mut self.revoking) => {
                    // Said once.
                    self.revoking = None;
                    return Some(Said::Revoked);
                }
            };
            match poked {
                Ok(Poked(kiosks)) if kiosks.contains(&self.kiosk) => return Some(Said::Poke),
                Ok(_) => {}
                // What was missed may have been for this kiosk.
                Err(RecvError::Lagged(_)) => return Some(Said::Poke),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Returns when the connection is about to be closed for that; never if nobody would say so.
async fn revoked(revoking: &mut Option<watch::Receiver<bool>>) {
    if let Some(revoking) = revoking
        && revoking.wait_for(|revoked| *revoked).await.is_ok()
    {
        return;
    }
    pending().await
}
