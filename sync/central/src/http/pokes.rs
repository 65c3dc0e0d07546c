use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use dayroom_protocol::{KioskId, Poke, route};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Service;
use super::reply::finish;
use super::routes::{Who, kiosk_of};
use crate::central::Poked;
use crate::kiosk::Refused;

/// A comment this often shows both sides that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Pokes for one kiosk.
struct Listening {
    kiosk: KioskId,
    pokes: Receiver<Poked>,
    _room: OwnedSemaphorePermit,
}

pub(super) async fn pokes(State(service): State<Service>, who: Who) -> Response {
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
            _room: room,
        };
        let events = stream::unfold(listening, |mut listening| async {
            listening.next().await?;
            let event = Event::default().event(route::POKE_EVENT);
            let event = event.json_data(Poke::default()).ok()?;
            Some((Ok::<_, Infallible>(event), listening))
        });
        Ok(Sse::new(events)
            .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
            .into_response())
    };
    finish(&service, done.await)
}

impl Listening {
    /// Waits for the next poke of this kiosk; none when central ends.
    async fn next(&mut self) -> Option<()> {
        loop {
            match self.pokes.recv().await {
                Ok(Poked(kiosks)) if kiosks.contains(&self.kiosk) => return Some(()),
                Ok(_) => {}
                // What was missed may have been for this kiosk.
                Err(RecvError::Lagged(_)) => return Some(()),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
