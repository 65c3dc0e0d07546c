//! Provisions for the screen, which has no network: asked over the local socket, answered there.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use dayroom_client::transport::Deadlines;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::{FirstContact, Moments, Provisioning};
use crate::domain::provisioning::{Ask, Told};

/// What was told since the last one began, and who listens.
#[derive(Default)]
struct Board {
    told: Vec<Told>,
    listens: Option<UnboundedSender<Told>>,
    busy: bool,
}

/// The desk of the sync process: gives what takes a technician's wishes. `reload` is told when this
/// machine has become another kiosk than the process started as.
pub fn desk(
    state: PathBuf,
    moments: Moments,
    deadlines: Deadlines,
    first_contact: FirstContact,
    reload: Arc<Notify>,
) -> impl Fn(Ask, UnboundedSender<Told>) + Send + Sync {
    let board = Arc::new(Mutex::new(Board::default()));
    move |ask, listener| {
        let mut now = board.lock().unwrap_or_else(PoisonError::into_inner);
        for told in &now.told {
            if ask == Ask::How {
                let _gone = listener.send(told.clone());
            }
        }
        // The newest screen is the one in front of people.
        now.listens = Some(listener);
        if ask == Ask::How || now.busy {
            return;
        }
        now.busy = true;
        now.told.clear();
        drop(now);
        let (state, moments, first_contact) =
            (state.clone(), moments.clone(), Arc::clone(&first_contact));
        let (board, reload) = (Arc::clone(&board), Arc::clone(&reload));
        tokio::spawn(async move {
            let tell = |told: Told| {
                let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(listener) = &board.listens {
                    let _gone = listener.send(told.clone());
                }
                board.told.push(told);
            };
            let mut hear = tell;
            let provisioning = Provisioning {
                state: &state,
                moments: &moments,
                deadlines,
                first_contact: &first_contact,
                tell: &mut hear,
            };
            if provisioning.run(&ask).await.is_ok() {
                hear(Told::Provisioned);
                reload.notify_one();
            }
            board.lock().unwrap_or_else(PoisonError::into_inner).busy = false;
        });
    }
}
