//! The thread of the store: all SQLite of the sync process happens on it.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::super::{Replica, ReplicaAction, ReplicaError, ReplicaEvent, ReplicaOptions, SyncError};
use super::SyncClock;

/// Events from outside that may wait for the store; who has more to say waits itself.
const ROOM: usize = 8;
/// Nothing has happened for so long: what can wait is done. Longer than between two pages of a feed.
const QUIET: Duration = Duration::from_millis(150);

/// What goes to the store's thread.
enum Told {
    Event(Box<ReplicaEvent>, Option<OwnedSemaphorePermit>),
    Stop,
}

/// The way to the store's thread.
#[derive(Clone)]
pub(super) struct Line {
    told: mpsc::Sender<Told>,
    room: Arc<Semaphore>,
}

impl Line {
    /// Tells it at once. For what comes once for each thing the replica asked.
    pub(super) fn tell(&self, event: ReplicaEvent) {
        // A thread that has ended hears nothing, and the process is about to end.
        let _ended = self.told.send(Told::Event(Box::new(event), None));
    }

    /// Tells it when there is room. For what comes as fast as somebody else likes.
    pub(super) async fn tell_slowly(&self, event: ReplicaEvent) {
        if let Ok(permit) = Arc::clone(&self.room).acquire_owned().await {
            let _ended = self.told.send(Told::Event(Box::new(event), Some(permit)));
        }
    }
}

/// The store's thread.
pub(super) struct Worker {
    pub(super) line: Line,
    pub(super) actions: UnboundedReceiver<ReplicaAction>,
    thread: JoinHandle<Result<(), ReplicaError>>,
}

impl Worker {
    /// Lets it end what it is doing.
    pub(super) async fn stop(self) -> Result<(), SyncError> {
        let _ended = self.line.told.send(Told::Stop);
        match self.thread.await {
            Ok(ended) => Ok(ended?),
            Err(_) => Err(SyncError::Stopped),
        }
    }
}

/// Starts it; back when the store is open.
pub(super) async fn start(options: ReplicaOptions, clock: SyncClock) -> Result<Worker, SyncError> {
    let (told, events) = mpsc::channel();
    let (say, actions) = unbounded_channel();
    let (opened, opening) = oneshot::channel();
    let thread = tokio::task::spawn_blocking(move || {
        let mut replica = Replica::open(options, (clock.now)())?;
        // Whoever waited has gone: the next send finds out.
        let _gone = opened.send(());
        serve(&mut replica, &events, &say, &clock)
    });
    let line = Line {
        told,
        room: Arc::new(Semaphore::new(ROOM)),
    };
    if opening.await.is_err() {
        return match thread.await {
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(())) | Err(_) => Err(SyncError::Stopped),
        };
    }
    Ok(Worker {
        line,
        actions,
        thread,
    })
}

fn serve(
    replica: &mut Replica,
    events: &mpsc::Receiver<Told>,
    say: &UnboundedSender<ReplicaAction>,
    clock: &SyncClock,
) -> Result<(), ReplicaError> {
    let now = || (clock.now)();
    let mut event = ReplicaEvent::Tick;
    let mut permit = None;
    loop {
        let mut done = replica.handle(event, now())?;
        loop {
            for action in done {
                if say.send(action).is_err() {
                    return Ok(());
                }
            }
            match replica.work(now())? {
                Some(more) => done = more,
                None => break,
            }
        }
        drop(permit.take());
        let mut quiet = QUIET;
        (event, permit) = loop {
            let wake = replica.next_wake(now());
            match events.recv_timeout(quiet.min(wake)) {
                Ok(Told::Event(event, permit)) => break (*event, permit),
                Err(RecvTimeoutError::Timeout) if wake <= quiet => {
                    break (ReplicaEvent::Tick, None);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let Some(done) = replica.idle_work()? else {
                quiet = Duration::MAX;
                continue;
            };
            quiet = Duration::ZERO;
            for action in done {
                if say.send(action).is_err() {
                    return Ok(());
                }
            }
        };
    }
}
