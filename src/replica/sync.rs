//! The sync process: a [`Replica`](super::Replica) with the real transport, the local socket and a clock.

mod audit;
mod carry;
mod door;
mod draft_key;
mod erased;
mod machine;
mod once;
mod options;
mod past;
mod releases;
mod renewal;
mod retire;
mod revocation;
mod senses;
mod tasks;
mod waiting;
mod way;
mod worker;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::transport::IdentityError;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::operators;
use super::socket::{self, Screen};
use super::{
    Chains, ReplicaAction, ReplicaError, ReplicaEvent, ReplicaOptions, Site, SyncError, store_key,
};
use crate::domain::audit::{Process, Word, kinds};
use crate::domain::local::{Link, ToScreen, ToSync};
use crate::store::{
    self, AuditLog, IdentityFiles, Refetchable, StoreError, StoreFile, StoreKey, StorePlace,
};
use audit::{Auditor, Books, Post};
use carry::Carrier;
use door::{Door, Guest};
use erased::LastWords;
pub use once::{identity, speak_once};
pub use options::{Senses, Supervision, SyncClock, SyncOptions, Technicians};
use past::{KeptTime, start_time};
use renewal::Renewing;
pub use retire::Leaving;
use tasks::Tasks;
use way::Ways;
use worker::Line;

/// Damaged files set aside before the process gives up.
const REPAIRS: u32 = 3;

/// How often results of `dayroom machine` are looked for while some are waited for.
const LOOK_AT_MACHINE: Duration = Duration::from_millis(500);

/// Why a run ended.
enum Ended {
    /// The process is to end.
    Shutdown,
    /// Site and identity are to be read anew.
    Reload,
    /// This is no kiosk any more; central is to hear so.
    Wiped(LastWords),
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
        tokio::spawn(options.supervision.clone().go_on());
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
    let mut repairs = 0;
    // Ends with this function.
    let mut last_words = JoinSet::new();
    loop {
        let is_kiosk = options.state.join("site.json").exists();
        let ended = match &options.technicians {
            Some(technicians) if !is_kiosk => {
                waiting::wait(&options, technicians, shutdown.as_mut()).await
            }
            Some(_) | None => run_once(&options, shutdown.as_mut()).await,
        };
        match ended {
            Ok(Ended::Reload) => tracing::info!(event = "sync.reload"),
            Ok(Ended::Shutdown) => return Ok(()),
            Ok(Ended::Wiped(words)) => {
                tracing::info!(event = "sync.wiped");
                if options.technicians.is_none() {
                    tokio::select! {
                        () = words.say() => {}
                        () = shutdown.as_mut() => {}
                    }
                    return Ok(());
                }
                // Central may be out of reach for long; the next technician does not wait for it.
                last_words.spawn(words.say());
            }
            // Erased by a technician, who is told of it elsewhere.
            Err(error) if is_kiosk && !options.state.join("site.json").exists() => {
                tracing::info!(event = "sync.erased", %error);
                if options.technicians.is_none() {
                    return Err(error);
                }
            }
            Err(SyncError::Replica(ReplicaError::Store(error)))
                if error.is_damage() && repairs < REPAIRS =>
            {
                repairs += 1;
                repair(&options, error)?;
            }
            Err(error) => return Err(error),
        }
    }
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
    let word = Word::new(match file {
        Refetchable::Cache => "cache",
        Refetchable::Blobs => "blobs",
    });
    let now = (options.clock.now)();
    let own = AuditLog::path(&options.state, Process::Sync);
    let noted = AuditLog::open(&own, Process::Sync, now)
        .and_then(|mut log| log.note(kinds::store_set_aside(word), now));
    if let Err(error) = noted {
        tracing::error!(event = "audit.unwritable", %error);
    }
    Ok(())
}

fn books(options: &SyncOptions, key: StoreKey) -> Books {
    Books::new(&options.state, place(options), key, options.clock.clone())
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
) -> Result<Ended, SyncError> {
    let site = Site::read(&options.state)?;
    let store = store_key(&options.state)?;
    let books = books(options, store.clone());
    let signing = options.key.open()?;
    let chains = Chains::read(&options.state, &signing)?;
    let now = (options.clock.now)().utc;
    let identity = Arc::clone(chains.in_use(now).ok_or(IdentityError::Missing)?);
    let files = IdentityFiles::of(&options.state);
    let list = start_time(options, &files, &site, &identity);
    let (deadlines, clock) = (options.deadlines, options.clock.clone());
    let orders = operators::read(&options.state, &site)?;
    let ways = Arc::new(Ways::new(site, deadlines, clock, identity, list)?);
    let key = open_folder(options, store)?;
    let replica = ReplicaOptions {
        key: key.clone(),
        place: place(options),
        plan: options.plan,
        rng: Box::new(SmallRng::from_os_rng()),
        orders,
    };
    // The store first: its lock says whether another sync process runs here.
    let mut worker = worker::start(replica, options.clock.clone()).await?;
    let listen = |source| SyncError::Socket {
        path: options.socket.clone(),
        source,
    };
    let listener = socket::listen(&options.socket).map_err(listen)?;
    // Before the screen can ask how the contact is.
    worker
        .line
        .tell(ReplicaEvent::Revoked(revocation::revoked(&ways)));
    let (hints, hinted) = revocation::hints();
    let carrier = Carrier {
        way: ways.follow(),
        hints,
        clock: options.clock.clone(),
        line: worker.line.clone(),
    };
    let mut machine = machine::Machine::new(&options.state);
    let mut look_at_machine = tokio::time::interval(LOOK_AT_MACHINE);
    look_at_machine.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let last_way = ways.follow();
    let way = ways.follow();
    let post = Post {
        transport: Box::new(move || way.borrow().transport.clone()),
        signer: Arc::new(signing.clone()),
        kiosk: ways.site().kiosk,
    };
    let auditor = Auditor::start(books, post, options.audit_every);
    let audit = auditor.line();
    let version = Word::new(env!("CARGO_PKG_VERSION"));
    audit.note(kinds::sync_start(version)).await;
    let mut draft_keys = draft_key::DraftKeys::start(ways.follow());
    let mut releases = releases::Releases::start(
        &options.state,
        options.release,
        options.releases,
        ways.follow(),
        options.clock.clone(),
    );
    let mut keepers = JoinSet::new();
    let renewing = Renewing {
        ways: Arc::clone(&ways),
        files: files.clone(),
        key: signing,
        chains,
        line: worker.line.clone(),
        config: options.renewal,
    };
    let (in_contact, contact) = watch::channel(false);
    keepers.spawn(renewing.run(contact));
    let leaving = ways.follow();
    let watching = revocation::watch(ways, files.clone(), worker.line.clone(), hinted);
    keepers.spawn(watching);
    let mut kept_time = KeptTime::new(files);
    let (technicians, mut technician_hears) = retire::Desk::open(options, leaving, key);
    let mut door = Door::open(listener);
    // Ends with this function.
    let mut sensing = JoinSet::new();
    if let Some(senses) = &options.senses {
        sensing.spawn(senses::sense(Arc::clone(senses), worker.line.clone()));
    }
    let mut tasks = Tasks::default();
    let mut screen: Option<Screen> = None;
    let mut shutdown = std::pin::pin!(shutdown);
    let ended = loop {
        tokio::select! {
            action = worker.actions.recv() => match action {
                Some(ReplicaAction::Send(request, wire)) => {
                    tasks.start(request, carrier.clone().carry(request, wire));
                }
                Some(ReplicaAction::Cancel(request)) => tasks.stop(request),
                Some(ReplicaAction::Say(frame)) => {
                    if let ToScreen::Status { link, .. } = &frame {
                        in_contact.send_replace(*link == Link::Online);
                    }
                    if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                        screen = None;
                        worker.line.tell(ReplicaEvent::ScreenGone);
                    }
                }
                Some(ReplicaAction::KeepOperators(known)) => {
                    if let Err(error) = operators::keep(&options.state, &known) {
                        break Err(error);
                    }
                }
                Some(ReplicaAction::Machine { order, what, signed }) => {
                    if let Some(event) = machine.ask(order, &what, signed) {
                        releases.tell(event);
                    }
                }
                Some(ReplicaAction::Tell(who, frame)) => door.answer(who, frame),
                Some(ReplicaAction::Time(at)) => {
                    (options.clock.raise_floor)(at);
                    kept_time.keep(at);
                }
                Some(ReplicaAction::Audit(event)) => audit.note(event).await,
                Some(ReplicaAction::Releases(event)) => releases.tell(event),
                None => break Ok(Ended::Shutdown),
            },
            Some(guest) = door.next() => match guest {
                Guest::Looks(who) => worker.line.tell(ReplicaEvent::Look(who)),
                // The newest screen is the one in front of people.
                Guest::Screen { stream, first } => {
                    let (line, calls) = (worker.line.clone(), draft_keys.calls());
                    let technicians = technicians.clone();
                    let gone = worker.line.clone();
                    worker.line.tell(ReplicaEvent::ScreenConnected);
                    let audit = audit.clone();
                    screen = Some(Screen::serve(stream, first, Arc::new(move |frame| {
                        let (line, calls) = (line.clone(), calls.clone());
                        let technicians = technicians.clone();
                        let audit = audit.clone();
                        async move {
                            match frame {
                                // Dropped when too many wait: the screen asks again.
                                ToSync::DraftKey { call } => drop(calls.try_send(call)),
                                ToSync::AuditUnwritable { since } => {
                                    audit.unwritable(Process::Screen, since).await;
                                }
                                ToSync::Provision { ask } => technicians.ask(ask),
                                ToSync::IntentsWaiting
                                | ToSync::OrdersDone
                                | ToSync::WantBlob { .. }
                                | ToSync::PersonWaiting
                                | ToSync::Screen { .. }
                                | ToSync::Look => {
                                    line.tell_slowly(ReplicaEvent::Local(frame)).await;
                                }
                            }
                        }
                    }), move || gone.tell(ReplicaEvent::ScreenGone)));
                }
            },
            Some(frame) = draft_keys.answer() => {
                if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                    screen = None;
                    worker.line.tell(ReplicaEvent::ScreenGone);
                }
            }
            (version, stage) = releases.answered() => {
                if let Some((order, outcome)) = machine.released(version, &stage) {
                    worker.line.tell(ReplicaEvent::MachineDone(order, outcome));
                }
            }
            _ = look_at_machine.tick(), if machine.is_waiting() => {
                if machine.wiped().is_some() {
                    break Ok(Ended::Shutdown);
                }
                for (order, outcome) in machine.look() {
                    worker.line.tell(ReplicaEvent::MachineDone(order, outcome));
                }
            }
            Some(told) = technician_hears.recv() => {
                let frame = ToScreen::Provision { told };
                if screen.as_ref().is_some_and(|screen| !screen.say(frame)) {
                    screen = None;
                    worker.line.tell(ReplicaEvent::ScreenGone);
                }
            }
            Some(_) = tasks.running.join_next() => {}
            () = options.reload.notified() => break Ok(Ended::Reload),
            () = &mut shutdown => break Ok(Ended::Shutdown),
        }
    };
    drop(keepers);
    drop(tasks);
    drop(sensing);
    drop(screen);
    drop(audit);
    auditor.stop().await;
    // Gone already, or another process's by now: nothing to do about it.
    let _gone = std::fs::remove_file(&options.socket);
    let stopped = worker.stop().await;
    // Whatever else is wrong, it is so because everything is gone.
    if let Some(words) = LastWords::of(&machine, &options.state, &last_way).await {
        return Ok(Ended::Wiped(words));
    }
    stopped?;
    ended
}

fn open_folder(options: &SyncOptions, key: StoreKey) -> Result<StoreKey, SyncError> {
    let path = options.state.join("store");
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(key),
        Err(source) => Err(SyncError::File { path, source }),
    }
}

impl From<io::Error> for SyncError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
