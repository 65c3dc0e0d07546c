//! What a technician asks of a running kiosk: to be provisioned again, or to go out of service.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::transport::{Transport, TransportError, Trust};
use dayroom_protocol::{JournalId, Retirement, RetirementReply};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::super::{Site, SyncError, store_key};
use super::way::Way;
use super::{SyncOptions, Technicians, place};
use crate::domain::provisioning::{Ask, Problem, Told};
use crate::store::{JournalReader, StoreError, StoreKey, StorePlace};

/// How often central is asked again while what was written here is on its way, and for how long.
const AGAIN: Duration = Duration::from_millis(500);
const TRIES: u32 = 40;

/// Takes what technicians ask for.
#[derive(Clone)]
pub(super) struct Desk {
    say: UnboundedSender<Told>,
    elsewhere: Option<Technicians>,
    leaving: Leaving,
}

impl Desk {
    /// Opens it; what technicians are told comes out of the other end.
    pub(super) fn open(
        options: &SyncOptions,
        way: watch::Receiver<Way>,
        key: StoreKey,
    ) -> (Self, UnboundedReceiver<Told>) {
        let transport = move || way.borrow().transport.clone();
        let (say, heard) = unbounded_channel();
        let desk = Self {
            say,
            elsewhere: options.technicians.as_ref().map(Arc::clone),
            leaving: Leaving {
                transport: Arc::new(transport),
                place: place(options),
                key,
                state: options.state.clone(),
            },
        };
        (desk, heard)
    }

    /// Takes one; the answer comes when it comes.
    pub(super) fn ask(&self, ask: Ask) {
        match ask {
            Ask::Retire => {
                let desk = self.clone();
                tokio::spawn(async move {
                    let told = desk.leaving.leave().await;
                    let _gone = desk.say.send(told);
                });
            }
            Ask::Erased => {
                let leaving = self.leaving.clone();
                tokio::spawn(async move {
                    if let Err(problem) = leaving.say_erased().await {
                        tracing::warn!(event = "retire.erased_not_noted", why = problem.name());
                    }
                });
            }
            Ask::Code { .. } | Ask::Text { .. } | Ask::How => {
                if let Some(elsewhere) = &self.elsewhere {
                    elsewhere(ask, self.say.clone());
                }
            }
        }
    }
}

/// A kiosk on its way out of service.
#[derive(Clone)]
pub struct Leaving {
    transport: Arc<dyn Fn() -> Transport + Send + Sync>,
    place: StorePlace,
    key: StoreKey,
    state: PathBuf,
}

impl Leaving {
    /// The kiosk in this state folder, for whoever stands at a terminal.
    ///
    /// # Errors
    /// When it has no identity that can be used.
    pub fn open(options: &SyncOptions) -> Result<Self, SyncError> {
        let site = Site::read(&options.state)?;
        let identity = super::identity(options)?;
        let trust = Trust::by(options.clock.wall());
        let transport = Transport::new(&site.endpoint(), &*identity, options.deadlines, &trust)?;
        Ok(Self {
            transport: Arc::new(move || transport.clone()),
            place: place(options),
            key: store_key(&options.state)?,
            state: options.state.clone(),
        })
    }

    /// Tells central that this kiosk goes, again and again until everything has arrived there.
    pub async fn leave(&self) -> Told {
        let mut last = (Problem::Silent, 0);
        for _ in 0..TRIES {
            let (journal, next) = match self.written() {
                Ok(written) => written,
                Err(error) => {
                    tracing::error!(event = "retire.journal_unreadable", %error);
                    return not_noted(Problem::Disk, 0);
                }
            };
            let said = Retirement::Leaving { journal, next };
            last = match (self.transport)().retire(&said).await {
                Ok(RetirementReply::Noted { at }) => {
                    tracing::info!(event = "retire.noted");
                    return Told::RetireNoted { at: at.0 };
                }
                Ok(RetirementReply::Missing { expected }) => {
                    (Problem::Silent, next.saturating_sub(expected))
                }
                Err(error) => {
                    tracing::warn!(event = "retire.not_noted", %error);
                    return not_noted(problem(&error), self.unsettled(next));
                }
            };
            tokio::time::sleep(AGAIN).await;
        }
        not_noted(last.0, last.1)
    }

    /// Which journal there is, and the number its next intent would get.
    fn written(&self) -> Result<(Option<JournalId>, u64), StoreError> {
        match JournalReader::open(&self.place, &self.key) {
            Ok(journal) => {
                let id = JournalId(journal.identity()?.0);
                Ok((Some(id), journal.next_number()?.0))
            }
            Err(StoreError::NotYet(_)) => Ok((None, 1)),
            Err(error) => Err(error),
        }
    }

    /// How many things central has not answered: at most so many are lost.
    fn unsettled(&self, next: u64) -> u64 {
        let offers = JournalReader::open(&self.place, &self.key)
            .and_then(|journal| journal.offers(crate::domain::IntentNumber(1), usize::MAX));
        offers.map_or(next, |offers| u64::try_from(offers.len()).unwrap_or(next))
    }

    /// Waits until the keys are gone, and tells central over the connection that still stands.
    ///
    /// # Errors
    /// [`Problem::Silent`] when the machine does not erase; else why central was not told.
    pub async fn say_erased(&self) -> Result<(), Problem> {
        let mut last = Problem::Silent;
        for _ in 0..TRIES {
            if !self.state.join("site.json").exists() {
                match (self.transport)().retire(&Retirement::Erased).await {
                    Ok(_) => {
                        tracing::info!(event = "retire.erased_noted");
                        return Ok(());
                    }
                    Err(error) => last = problem(&error),
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
        Err(last)
    }
}

fn not_noted(problem: Problem, unsent: u64) -> Told {
    tracing::warn!(event = "retire.not_noted", problem = problem.name(), unsent);
    Told::RetireNotNoted { problem, unsent }
}

pub(super) fn problem(error: &TransportError) -> Problem {
    match error {
        TransportError::Unreachable(_) => Problem::Unreachable,
        TransportError::WrongServer(_) => Problem::WrongCentral,
        TransportError::ServerExpired(_) | TransportError::ServerNotYetValid(_) => Problem::Clock,
        TransportError::Key(_) => Problem::Key,
        TransportError::HungUp(_) => Problem::Refused,
        TransportError::Problem { problem, .. } => match problem.kind {
            dayroom_protocol::ProblemKind::UnknownKiosk => Problem::Refused,
            dayroom_protocol::ProblemKind::Busy => Problem::Busy,
            dayroom_protocol::ProblemKind::Reset { .. }
            | dayroom_protocol::ProblemKind::Gap { .. }
            | dayroom_protocol::ProblemKind::Conflict { .. }
            | dayroom_protocol::ProblemKind::DraftKey
            | dayroom_protocol::ProblemKind::AuditBroken { .. }
            | dayroom_protocol::ProblemKind::BadRequest
            | dayroom_protocol::ProblemKind::NotFound
            | dayroom_protocol::ProblemKind::Internal
            | dayroom_protocol::ProblemKind::Unknown => Problem::BadAnswer,
        },
        TransportError::Answer(_) | TransportError::Request(_) => Problem::BadAnswer,
    }
}
