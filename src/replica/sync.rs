//! The sync process: a [`Replica`](super::Replica) with the real transport, the local socket and a clock.

mod carry;
mod draft_key;
mod machine;
mod worker;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::plan::{PlanConfig, RequestId};
use dayroom_client::transport::{Deadlines, Identity as _, Transport};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::task::{AbortHandle, JoinSet};

use super::operators;
use super::socket::{self, Screen};
use super::{Identity, ReplicaAction, ReplicaError, ReplicaEvent, ReplicaOptions, Site, SyncError};
use crate::domain::local::ToSync;
use crate::domain::{Now, UtcMillis};
use crate::store::{self, Refetchable, StoreError, StoreFile, StoreKey, StorePlace};
use carry::Carrier;
use worker::Line;

/// Damaged files set aside before the process gives up.
const REPAIRS: u32 = 3;

/// How often results of `dayroom machine` are looked for while some are waited for.
const LOOK_AT_MACHINE: Duration = Duration::from_millis(500);

/// The clock, which lives elsewhere.
#[derive(Clone)]
pub struct SyncClock {
    /// What the clocks say now.
    pub now: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Takes a time central has given: UTC never goes below it again.
    pub raise_floor: Arc<dyn Fn(UtcMillis) + Send + Sync>,
}

/// How the sync process runs.
#[derive(Clone)]
pub struct SyncOptions {
    /// The state folder, with `site.json`, `identity/` and `store/` in it.
    pub state: PathBuf,
    /// Where the local socket is.
    pub socket: PathBuf,
    /// The clock.
    pub clock: SyncClock,
    /// The spans of the plan.
    pub plan: PlanConfig,
    /// How long central may take.
    pub deadlines: Deadlines,
    /// Whether SQLCipher wipes and locks its memory.
    pub memory_security: bool,
}

impl SyncOptions {
    /// A kiosk's, with the usual spans.
    pub fn new(state: PathBuf, socket: PathBuf, clock: SyncClock) -> Self {
        Self {
            state,
            socket,
            clock,
            plan: PlanConfig::default(),
            deadlines: Deadlines::default(),
            memory_security: false,
        }
    }
}

/// Runs until the process is told to end (SIGTERM, SIGINT).
///
/// # Errors
/// See [`SyncError`].
pub fn run_process(options: SyncOptions) -> Result<(), SyncError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(SyncError::System)?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(SyncError::System)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(SyncError::System)?;
        run(options, async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await
    })
}

/// Runs until `shutdown`. A cache or blob file that turns out damaged is set aside and refetched.
///
/// # Errors
/// See [`SyncError`].
pub async fn run(
    options: SyncOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), SyncError> {
    let mut shutdown = std::pin::pin!(shutdown);
    for _ in 0..REPAIRS {
        match run_once(&options, shutdown.as_mut()).await {
            Err(SyncError::Replica(ReplicaError::Store(error))) if error.is_damage() => {
                repair(&options, error)?;
            }
            ended => return ended,
        }
    }
    run_once(&options, shutdown).await
}

/// Sets the damaged file aside, unless it is the journal.
fn repair(options: &SyncOptions, error: StoreError) -> Result<(), SyncError> {
    let (StoreError::Unreadable(file) | StoreError::Damaged(file, _) | StoreError::BadRow(file)) =
        &error
    else {
        return Err(error.into());
    };
    let file = match file {
        StoreFile::Cache => Refetchable::Cache,
        StoreFile::Blobs => Refetchable::Blobs,
        StoreFile::Journal => return Err(error.into()),
    };
    let path = store::set_aside(&place(options), file)?;
    tracing::error!(event = "store.set_aside", path = %path.display(), %error);
    Ok(())
}

fn place(options: &SyncOptions) -> StorePlace {
    StorePlace {
        memory_security: options.memory_security,
        ..StorePlace::new(options.state.join("store"))
    }
}

async fn run_once(
    options: &SyncOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), SyncError> {
    let site = Site::read(&options.state)?;
    let identity = Identity::read(&options.state)?;
    let transport = Transport::new(&site.endpoint(), &identity.tls, options.deadlines)?;
    let replica = ReplicaOptions {
        key: open_folder(options, identity.store)?,
        place: place(options),
        plan: options.plan,
        rng: Box::new(SmallRng::from_os_rng()),
        orders: operators::read(&options.state, &site)?,
    };
    // The store first: its lock says whether another sync process runs here.
    let mut worker = worker::start(replica, options.clock.clone()).await?;
    let listen = |source| SyncError::Socket {
        path: options.socket.clone(),
        source,
    };
    let listener = socket::listen(&options.socket).map_err(listen)?;
    let carrier = Carrier {
        transport,
        validity: identity.tls.validity(),
        clock: options.clock.clone(),
        line: worker.line.clone(),
    };
    let mut draft_keys = draft_key::DraftKeys::start(carrier.transport.clone());
    let mut machine = machine::Machine::new(&options.state);
    let mut tasks = Tasks::default();
    let mut screen: Option<Screen> = None;
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            action = worker.actions.recv() => match action {
                Some(ReplicaAction::Send(request, wire)) => {
                    tasks.start(request, carrier.clone().carry(request, wire));
                }
                Some(ReplicaAction::Cancel(request)) => tasks.stop(request),
                Some(ReplicaAction::Say(frame)) => {
                    if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                        screen = None;
                    }
                }
                Some(ReplicaAction::KeepOperators(known)) => {
                    operators::keep(&options.state, &known)?;
                }
                Some(ReplicaAction::Machine { order, what, signed }) => {
                    machine.ask(order, &what, signed);
                }
                Some(ReplicaAction::Time(at)) => (options.clock.raise_floor)(at),
                None => break,
            },
            accepted = listener.accept() => match accepted {
                // The newest screen is the one in front of people.
                Ok((stream, _)) => {
                    let (line, calls) = (worker.line.clone(), draft_keys.calls());
                    screen = Some(Screen::serve(stream, Arc::new(move |frame| {
                        let (line, calls) = (line.clone(), calls.clone());
                        async move {
                            match frame {
                                // Dropped when too many wait: the screen asks again.
                                ToSync::DraftKey { call } => drop(calls.try_send(call)),
                                ToSync::IntentsWaiting
                                | ToSync::OrdersDone
                                | ToSync::WantBlob { .. }
                                | ToSync::PersonWaiting => {
                                    line.tell_slowly(ReplicaEvent::Local(frame)).await;
                                }
                            }
                        }
                    })));
                    worker.line.tell(ReplicaEvent::ScreenConnected);
                }
                Err(error) => tracing::warn!(event = "screen.accept_failed", %error),
            },
            Some(frame) = draft_keys.answer() => {
                if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                    screen = None;
                }
            }
            () = tokio::time::sleep(LOOK_AT_MACHINE), if machine.is_waiting() => {
                for (order, outcome) in machine.look() {
                    worker.line.tell(ReplicaEvent::MachineDone(order, outcome));
                }
            }
            Some(_) = tasks.running.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop(tasks);
    drop(screen);
    // Gone already, or another process's by now: nothing to do about it.
    let _gone = std::fs::remove_file(&options.socket);
    worker.stop().await
}

fn open_folder(options: &SyncOptions, key: StoreKey) -> Result<StoreKey, SyncError> {
    let path = options.state.join("store");
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(key),
        Err(source) => Err(SyncError::File { path, source }),
    }
}

/// The requests under way.
#[derive(Default)]
struct Tasks {
    running: JoinSet<()>,
    by_request: BTreeMap<RequestId, AbortHandle>,
}

impl Tasks {
    fn start(&mut self, request: RequestId, task: impl Future<Output = ()> + Send + 'static) {
        self.by_request.retain(|_, task| !task.is_finished());
        let task = self.running.spawn(task);
        self.by_request.insert(request, task);
    }

    fn stop(&mut self, request: RequestId) {
        if let Some(task) = self.by_request.remove(&request) {
            task.abort();
        }
    }
}

impl From<io::Error> for SyncError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
