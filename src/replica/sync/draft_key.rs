//! Asks central about the facility's draft key for the screen. The screen decides, and holds what there
//! is to hold; here nothing is kept, so an answer that is lost is asked for again.

use dayroom_client::transport::{Transport, TransportError};
use dayroom_protocol as wire;
use tokio::sync::{mpsc, watch};

use super::way::Way;
use crate::domain::draft_key::{
    DraftKeyCall, DraftKeyName, DraftKeyStanding, DraftKeyState, DraftKeyWaiting,
};
use crate::domain::local::ToScreen;
use crate::domain::{UtcMillis, text};

/// Calls of the screen that may wait; more are dropped, it asks again.
const WAITING: usize = 8;
/// Kiosks that are shown as waiting, at most.
const SHOWN: usize = 16;
/// Characters of a kiosk's label.
const LABEL_CHARS: usize = 80;

/// The line to central.
pub(super) struct DraftKeys {
    calls: mpsc::Sender<DraftKeyCall>,
    answers: mpsc::Receiver<ToScreen>,
}

impl DraftKeys {
    /// Starts asking.
    pub(super) fn start(way: watch::Receiver<Way>) -> Self {
        let (calls, mut asked) = mpsc::channel::<DraftKeyCall>(WAITING);
        let (say, answers) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Some(call) = asked.recv().await {
                let transport = way.borrow().transport.clone();
                match ask(&transport, call).await {
                    Ok(state) => {
                        let state = map_state(state);
                        if say.send(ToScreen::DraftKey { state }).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => tracing::debug!(event = "draft_key.not_asked", %error),
                }
            }
        });
        Self { calls, answers }
    }

    /// Where the screen's calls go.
    pub(super) fn calls(&self) -> mpsc::Sender<DraftKeyCall> {
        self.calls.clone()
    }

    /// The next answer.
    pub(super) async fn answer(&mut self) -> Option<ToScreen> {
        self.answers.recv().await
    }
}

async fn ask(
    transport: &Transport,
    call: DraftKeyCall,
) -> Result<wire::DraftKeyState, TransportError> {
    match call {
        DraftKeyCall::Look => transport.draft_key().await,
        DraftKeyCall::Ask { public_key } => {
            let key = wire::DraftPublicKey(public_key);
            transport.draft_key_ask(key).await
        }
        DraftKeyCall::Made(name) => transport.draft_key_made(&have(name)).await,
        DraftKeyCall::Held(name) => transport.draft_key_held(&have(name)).await,
        DraftKeyCall::Wrap {
            generation,
            kiosk,
            public_key,
            wrapped,
        } => {
            let wrap = wire::DraftKeyWrap {
                generation,
                kiosk: wire::KioskId(kiosk),
                public_key: wire::DraftPublicKey(public_key),
                wrapped,
            };
            transport.draft_key_wrap(&wrap).await
        }
    }
}

fn have(name: DraftKeyName) -> wire::DraftKeyHave {
    wire::DraftKeyHave {
        generation: name.generation,
        key_id: wire::DraftKeyId(name.id),
    }
}

fn map_state(state: wire::DraftKeyState) -> DraftKeyState {
    use wire::DraftKeyStanding as Wire;
    DraftKeyState {
        generation: state.generation,
        you: match state.you {
            Wire::NoKey | Wire::Unknown => DraftKeyStanding::Nothing,
            Wire::MayMakeIt => DraftKeyStanding::MayMakeIt,
            Wire::Waiting => DraftKeyStanding::Waiting,
            Wire::Wrapped {
                public_key,
                wrapped,
                ..
            } => DraftKeyStanding::Wrapped {
                public_key: public_key.0,
                wrapped,
            },
            Wire::Holder => DraftKeyStanding::Holder,
        },
        waiting: state
            .waiting
            .into_iter()
            .take(SHOWN)
            .map(|one| DraftKeyWaiting {
                kiosk: one.kiosk.0,
                label: text::clean_line(&one.label, LABEL_CHARS),
                public_key: one.public_key.0,
                since: UtcMillis(one.since.0),
            })
            .collect(),
    }
}
