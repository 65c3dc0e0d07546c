//! A machine that is no kiosk yet: sync has nowhere to go, and sees to the technician.

use std::sync::Arc;
use std::time::Duration;

use super::super::SyncError;
use super::super::socket::{self, Screen};
use super::door::{Door, Guest};
use super::{Ended, SyncOptions, Technicians};
use crate::domain::health::facts;
use crate::domain::local::{Link, SyncStatus, ToScreen, ToSync};

/// How often it looks whether somebody provisioned this machine at a terminal.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Waits until there is a `site.json`.
pub(super) async fn wait(
    options: &SyncOptions,
    technicians: &Technicians,
    shutdown: impl Future<Output = ()>,
) -> Result<Ended, SyncError> {
    tracing::info!(event = "sync.not_provisioned");
    let listener = socket::listen(&options.socket).map_err(|source| SyncError::Socket {
        path: options.socket.clone(),
        source,
    })?;
    let mut door = Door::open(listener);
    let site = options.state.join("site.json");
    let mut look = tokio::time::interval(LOOK_AGAIN);
    let mut screen: Option<Screen> = None;
    let (say, mut said) = tokio::sync::mpsc::unbounded_channel();
    let mut shutdown = std::pin::pin!(shutdown);
    let ended = loop {
        tokio::select! {
            Some(guest) = door.next() => match guest {
                Guest::Looks(who) => {
                    let status = Box::new(nobody(screen.is_some()));
                    door.answer(who, ToScreen::Sync { status });
                }
                Guest::Screen { stream, first } => {
                    let (technicians, say) = (Arc::clone(technicians), say.clone());
                    let new = Screen::serve(stream, first, Arc::new(move |frame| {
                        match frame {
                            ToSync::Provision { ask } => technicians(ask, say.clone()),
                            // There is nobody to fetch from and nobody to tell.
                            ToSync::IntentsWaiting
                            | ToSync::OrdersDone
                            | ToSync::WantBlob { .. }
                            | ToSync::PersonWaiting
                            | ToSync::Screen { .. }
                            | ToSync::Look
                            | ToSync::AuditUnwritable { .. }
                            | ToSync::DraftKey { .. } => {}
                        }
                        std::future::ready(())
                    }), || {});
                    let status = ToScreen::Status { link: Link::NoSite, last_contact: None };
                    screen = new.say(status).then_some(new);
                }
            },
            Some(told) = said.recv() => {
                let frame = ToScreen::Provision { told };
                if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                    screen = None;
                }
            }
            _ = look.tick() => {
                if site.exists() && said.is_empty() {
                    break Ended::Reload;
                }
            }
            () = &mut shutdown => break Ended::Shutdown,
        }
    };
    drop(screen);
    let _gone = std::fs::remove_file(&options.socket);
    Ok(ended)
}

/// How sync is while there is nobody to be in contact with.
fn nobody(screen: bool) -> SyncStatus {
    SyncStatus {
        link: Link::NoSite,
        last_contact: None,
        ahead_of_central: None,
        screen: facts::Screen {
            life: if screen {
                facts::Life::Alive
            } else {
                facts::Life::Gone
            },
            closed: screen.then_some(facts::Closed::NotReady),
            crashes: None,
        },
        certificate: None,
    }
}
