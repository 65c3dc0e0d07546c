//! Keeps sync's own audit, and brings the audits of this kiosk's processes to central, each with a
//! signature over how far it goes, well within a minute of a change.

mod books;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_client::transport::{Signer, Transport, TransportError};
use dayroom_protocol::{AuditBatch, AuditHead, KioskId, ProblemKind};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::UtcMillis;
use crate::domain::audit::{Event, Head, Process, Word, kinds};
use crate::store::AuditPart;
pub(super) use books::Books;

/// How often audits are looked at. Twice as often as a minute asks for would do; this also bears a
/// request that takes its time.
pub(super) const AUDIT_EVERY: Duration = Duration::from_secs(10);
/// Events that may wait to be written; whoever has more waits.
const WAITING: usize = 256;
/// After as many failures in a row the rounds that may be left out no longer double: within the minute
/// after central is back, everything is there.
const DOUBLINGS: u32 = 2;

/// What this process says to its audit.
enum Said {
    Event(Event),
    Unwritable(Process, UtcMillis),
}

/// The way to sync's audit, for whatever in this process has something to note.
#[derive(Clone)]
pub struct AuditLine(mpsc::Sender<Said>);

impl AuditLine {
    /// Notes something. It waits only where very much is noted at once.
    pub async fn note(&self, event: Event) {
        // The audit ends last in this process.
        let _ended = self.0.send(Said::Event(event)).await;
    }

    /// Says that another process cannot write its audit.
    pub(super) async fn unwritable(&self, process: Process, since: UtcMillis) {
        let _ended = self.0.send(Said::Unwritable(process, since)).await;
    }
}

/// How to central: over which connection, and who this kiosk is.
pub(super) struct Post {
    pub(super) transport: Box<dyn Fn() -> Transport + Send + Sync>,
    pub(super) signer: Arc<dyn Signer>,
    /// None: its folder is older than audits, and does not say.
    pub(super) kiosk: Option<KioskId>,
}

/// The audit at work: what is said is written whatever the network does.
pub(super) struct Auditor {
    line: AuditLine,
    writer: JoinHandle<()>,
    /// Ends when it is dropped. What it was sending is sent again.
    shipper: JoinSet<()>,
}

impl Auditor {
    pub(super) fn start(books: Books, post: Post, every: Duration) -> Self {
        let books = Arc::new(Mutex::new(books));
        let (say, said) = mpsc::channel(WAITING);
        let mut shipper = JoinSet::new();
        shipper.spawn(ship_on(Arc::clone(&books), post, every));
        Self {
            line: AuditLine(say),
            writer: tokio::spawn(write(books, said)),
            shipper,
        }
    }

    pub(super) fn line(&self) -> AuditLine {
        self.line.clone()
    }

    /// Writes down what was said so far, and ends.
    pub(super) async fn stop(self) {
        drop(self.shipper);
        drop(self.line);
        if let Err(error) = self.writer.await {
            tracing::error!(event = "audit.stopped", %error);
        }
    }
}

/// Writes what is said until nobody can say anything any more.
async fn write(books: Arc<Mutex<Books>>, mut said: mpsc::Receiver<Said>) {
    while let Some(first) = said.recv().await {
        let mut all = vec![first];
        while let Ok(more) = said.try_recv() {
            all.push(more);
        }
        at(&books, move |books| {
            for said in all {
                match said {
                    Said::Event(event) => books.note(event),
                    Said::Unwritable(process, since) => books.unwritable(process, since),
                }
            }
        })
        .await;
    }
}

/// Looks for what central has not, and sends it.
async fn ship_on(books: Arc<Mutex<Books>>, post: Post, every: Duration) {
    let mut look = interval(every);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut chance = SmallRng::from_os_rng();
    let mut failures = 0_u32;
    let mut left_out = 0_u32;
    loop {
        look.tick().await;
        at(&books, Books::keep_up).await;
        if left_out > 0 {
            left_out -= 1;
            continue;
        }
        match ship_all(&books, &post).await {
            Ok(()) => failures = 0,
            Err(error) => {
                tracing::debug!(event = "audit.not_sent", %error);
                left_out = chance.random_range(0..1_u32 << failures.min(DOUBLINGS));
                failures = failures.saturating_add(1);
            }
        }
    }
}

/// Does it where it may block.
async fn at<T: Send + 'static>(
    books: &Arc<Mutex<Books>>,
    act: impl FnOnce(&mut Books) -> T + Send + 'static,
) -> Option<T> {
    let books = Arc::clone(books);
    let done = spawn_blocking(move || {
        let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut books)
    });
    done.await.ok()
}

async fn ship_all(books: &Arc<Mutex<Books>>, post: &Post) -> Result<(), TransportError> {
    let Some(kiosk) = post.kiosk else {
        return Ok(());
    };
    for process in [Process::Screen, Process::Sync, Process::Machine] {
        while let Some(part) = at(books, move |books| books.next(process)).await.flatten() {
            if !ship(books, post, kiosk, part).await? {
                break;
            }
        }
    }
    Ok(())
}

/// Sends a part; says whether there may be more of that process.
async fn ship(
    books: &Arc<Mutex<Books>>,
    post: &Post,
    kiosk: KioskId,
    part: AuditPart,
) -> Result<bool, TransportError> {
    let chain = part.chain;
    let process = chain.process;
    let unwritable = at(books, |books| books.all_unwritable()).await;
    let told = unwritable.unwrap_or_default();
    let now = at(books, |books| books.now()).await.unwrap_or_default();
    let head = match part.entries.last() {
        None => None,
        Some(last) => {
            let head = Head {
                kiosk: kiosk.0,
                chain,
                point: last.point(),
                at_ms: now.utc.0,
            };
            let Ok(signature) = post.signer.sign(&head.message()) else {
                tracing::error!(event = "audit.not_signed");
                return Ok(false);
            };
            Some(AuditHead {
                number: last.number,
                hash: last.hash,
                at: dayroom_protocol::UtcMillis(now.utc.0),
                signature: STANDARD.encode(signature),
            })
        }
    };
    // After what was only asked for there is more if central is behind.
    let known = at(books, move |books| books.knows(chain)).await;
    let more = !part.entries.is_empty() || known == Some(false);
    let batch = AuditBatch {
        chain,
        entries: part.entries,
        head,
        unwritable: told.clone(),
    };
    match (post.transport)().audit(&batch).await {
        Ok(reply) => {
            at(books, move |books| {
                books.taken(chain, reply.at);
                books.told(&told);
            })
            .await;
            Ok(more)
        }
        Err(TransportError::Problem { problem, .. }) => {
            if let ProblemKind::AuditBroken { has } = problem.kind {
                tracing::error!(event = "audit.refused", %process, has);
                let event = kinds::audit_refused(Word::new(process.name()), has);
                at(books, move |books| books.refused(chain, event)).await;
                return Ok(false);
            }
            Err(TransportError::Problem {
                problem,
                retry_after: None,
            })
        }
        Err(error) => Err(error),
    }
}
