//! Brings a release to this kiosk: asks central, verifies what is signed, fetches the bundle in the
//! background, and asks `dayroom machine` to stage it. When, the plan says; whether it is genuine,
//! [`Trust`] does, and `machine` once more.

use std::error::Error;
use std::future::pending;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::plan::{Millis, ReleaseAction, ReleaseConfig, ReleaseEvent, ReleasePlan};
use dayroom_client::releases::{Bundle, Incoming, Trust, TrustError};
use dayroom_client::transport::Transport;
use dayroom_protocol::{BlobHash, ReleaseReport, ReleaseStage, ReleaseVersion, UtcMillis};
use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::SyncClock;
use super::way::Way as Line;
use crate::domain::machine::{
    MachineAct, MachineRefusal, MachineRequest, MachineRequestId, MachineState,
};
use crate::store::MachineFolder;

/// Bytes of a bundle that a power cut may cost.
const SYNC_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes that must stay free beside a bundle and its copy, for what people write.
const ROOM: u64 = 256 * 1024 * 1024;
/// How often it is looked whether `machine` has answered.
const LOOK_AT_MACHINE: Duration = Duration::from_secs(1);
/// `machine` copies gigabytes, and is started when it is asked.
const MACHINE_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What runs here where there is no image.
///
/// # Errors
/// Never with a program that was built: a test reads it.
pub fn running() -> Result<ReleaseVersion, dayroom_protocol::ReleaseVersionError> {
    env!("CARGO_PKG_VERSION").parse()
}

/// The way of releases, in a task of its own that ends with this.
pub(super) struct Releases {
    said: mpsc::UnboundedSender<ReleaseEvent>,
    came: mpsc::UnboundedReceiver<(ReleaseVersion, ReleaseStage)>,
    task: JoinHandle<()>,
}

impl Drop for Releases {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Releases {
    /// Starts looking.
    pub(super) fn start(
        state: &Path,
        release: Option<ReleaseVersion>,
        config: ReleaseConfig,
        line: watch::Receiver<Line>,
        clock: SyncClock,
    ) -> Self {
        let (said, events) = mpsc::unbounded_channel();
        let (answers, came) = mpsc::unbounded_channel();
        let state = state.to_owned();
        let task = tokio::spawn(async move {
            let running = release.map_or_else(running, Ok);
            let opened = running.map_err(io::Error::other).and_then(|running| {
                std::fs::create_dir_all(state.join("releases/incoming/trust"))?;
                let incoming = Incoming::open(state.join("releases/incoming"))?;
                Ok((running, incoming))
            });
            match opened {
                Ok((running, incoming)) => {
                    let way = Way::new(&state, incoming, line, clock, answers);
                    way.run(ReleasePlan::new(config, running), events).await;
                }
                Err(error) => tracing::error!(event = "releases.not_started", %error),
            }
        });
        Self { said, came, task }
    }

    /// Tells whether the line is free, or that central has something.
    pub(super) fn tell(&self, event: ReleaseEvent) {
        // A task that has ended said why.
        let _ended = self.said.send(event);
    }

    /// What came of a release that was ordered; never, once the task has ended.
    pub(super) async fn answered(&mut self) -> (ReleaseVersion, ReleaseStage) {
        match self.came.recv().await {
            Some(answer) => answer,
            None => pending().await,
        }
    }
}

type Working = Pin<Box<dyn Future<Output = ReleaseEvent> + Send>>;

/// What the way needs; cheap to clone.
#[derive(Clone)]
struct Way {
    trust: Trust,
    incoming: Incoming,
    machine: MachineFolder,
    line: watch::Receiver<Line>,
    clock: SyncClock,
    answers: mpsc::UnboundedSender<(ReleaseVersion, ReleaseStage)>,
    /// What provisioning left.
    site: PathBuf,
}

impl Way {
    fn new(
        state: &Path,
        incoming: Incoming,
        line: watch::Receiver<Line>,
        clock: SyncClock,
        answers: mpsc::UnboundedSender<(ReleaseVersion, ReleaseStage)>,
    ) -> Self {
        Self {
            trust: Trust::new(trust_file(state), state.join("identity/releases-root.json")),
            incoming,
            machine: MachineFolder::of(state),
            line,
            clock,
            answers,
            site: state.join("site.json"),
        }
    }

    /// The digest of the first root, as provisioning learnt it.
    fn brought_digest(&self) -> Option<BlobHash> {
        #[derive(Deserialize)]
        struct Provisioned {
            releases_root: Option<BlobHash>,
        }
        let text = std::fs::read(&self.site).ok()?;
        serde_json::from_slice::<Provisioned>(&text)
            .ok()?
            .releases_root
    }

    /// The way to central that is in use now.
    fn transport(&self) -> Transport {
        self.line.borrow().transport.clone()
    }

    async fn run(self, mut plan: ReleasePlan, mut events: mpsc::UnboundedReceiver<ReleaseEvent>) {
        let mut rng = SmallRng::from_os_rng();
        let (reports, newest) = watch::channel(None);
        tokio::spawn(self.clone().tell(newest));
        let mut working: Option<Working> = None;
        let mut event = ReleaseEvent::Tick;
        loop {
            if let ReleaseEvent::Refused(why) = &event {
                tracing::warn!(event = "release.refused", why);
            }
            for action in plan.handle(event, self.moment(), &mut rng) {
                if let Some(work) = self.act(action, &reports, &mut rng) {
                    working = work;
                }
            }
            let wait = plan.next_wake().map(|at| at.since(self.moment()));
            event = tokio::select! {
                said = events.recv() => match said {
                    Some(said) => said,
                    None => return,
                },
                done = or_never(working.as_mut()) => {
                    working = None;
                    done
                }
                () = sleep_or_never(wait) => ReleaseEvent::Tick,
            };
        }
    }

    /// Does it; what takes time is given back, and takes the place of what was under way.
    fn act(
        &self,
        action: ReleaseAction,
        reports: &watch::Sender<Option<ReleaseReport>>,
        rng: &mut SmallRng,
    ) -> Option<Option<Working>> {
        let way = self.clone();
        Some(match action {
            ReleaseAction::Stop => None,
            ReleaseAction::Look => Some(Box::pin(way.look())),
            ReleaseAction::Check(version) => Some(Box::pin(way.check(version))),
            ReleaseAction::Fetch(version) => Some(Box::pin(way.fetch(version))),
            ReleaseAction::Stage { version, order } => {
                Some(Box::pin(way.stage(request_id(rng), version, order)))
            }
            ReleaseAction::Clear => {
                if let Err(error) = self.incoming.clear_but(None) {
                    tracing::error!(event = "releases.not_cleared", %error);
                }
                return None;
            }
            ReleaseAction::Answer { version, stage } => {
                // Nobody hears it while sync ends; the order is asked for anew at the next start.
                let _ended = self.answers.send((version, stage));
                return None;
            }
            ReleaseAction::Report(report) => {
                reports.send_replace(Some(report));
                return None;
            }
        })
    }

    /// Tells central how far it is: one report after the other, so that the newest is what it has at last. One that
    /// is lost is said again at the next look.
    async fn tell(self, mut reports: watch::Receiver<Option<ReleaseReport>>) {
        while reports.changed().await.is_ok() {
            let report = reports.borrow_and_update().clone();
            if let Some(report) = report
                && let Err(error) = self.transport().report_release(&report).await
            {
                tracing::debug!(event = "release.not_reported", %error);
            }
        }
    }

    async fn look(self) -> ReleaseEvent {
        match self.transport().release_offer().await {
            Ok(offer) => ReleaseEvent::Offered(offer.version),
            Err(error) => {
                tracing::debug!(event = "release.not_looked", %error);
                ReleaseEvent::Broken
            }
        }
    }

    /// Verifies what is signed now, and makes room for the bundle and for nothing else.
    async fn check(self, version: ReleaseVersion) -> ReleaseEvent {
        // It would be fetched whole, only for `machine` to say so.
        if matches!(self.machine.gave_way(), Ok(Some(known)) if known == version.to_string()) {
            return ReleaseEvent::GaveWay;
        }
        let bundle = match self.bundle_of(version).await {
            Ok(bundle) => bundle,
            Err(event) => return event,
        };
        let prepare = || -> io::Result<(u64, u64)> {
            self.incoming.clear_but(Some(&bundle))?;
            let have = self.incoming.have(&bundle)?;
            Ok((have, free_bytes(&self.incoming.metadata())?))
        };
        match prepare() {
            Ok((have, free)) => {
                // What is still to come, the copy that is staged, and what people write.
                let needs = (bundle.length - have) + bundle.length + ROOM;
                if have < bundle.length && free < needs {
                    let why = format!("disk has {free} bytes free, the release needs {needs}");
                    return ReleaseEvent::Refused(why);
                }
                let of = bundle.length;
                ReleaseEvent::Checked { have, of }
            }
            Err(error) => disk(&error),
        }
    }

    /// The bundle of a release by the signed list of this moment.
    async fn bundle_of(&self, version: ReleaseVersion) -> Result<Bundle, ReleaseEvent> {
        let now = UtcMillis((self.clock.now)().utc.0);
        let source = Arc::new(self.transport());
        if !self.trust.has_root()
            && let Some(sha256) = self.brought_digest()
        {
            let begun = self.trust.begin(&*source, sha256).await;
            begun.map_err(|error| believed(&error))?;
        }
        let catalogue = self
            .trust
            .update(source, now)
            .await
            .map_err(|error| believed(&error))?;
        if let Some(path) = &catalogue.set_aside {
            tracing::error!(event = "releases.trust_set_aside", path = %path.display());
        }
        let kept = self.incoming.keep_metadata(&catalogue.metadata);
        kept.map_err(|error| disk(&error))?;
        let bundle = catalogue.bundles.get(&version).copied();
        bundle.ok_or_else(|| ReleaseEvent::Refused("release is not in the signed list".to_owned()))
    }

    async fn fetch(self, version: ReleaseVersion) -> ReleaseEvent {
        // The list anew: the word of the one before may have ended while the line was taken.
        let bundle = match self.bundle_of(version).await {
            Ok(bundle) => bundle,
            Err(event) => return event,
        };
        if let Err(error) = self.pour(&bundle).await {
            tracing::debug!(event = "release.broke_off", %error);
            return ReleaseEvent::Broken;
        }
        let incoming = self.incoming.clone();
        match spawn_blocking(move || incoming.finish(&bundle)).await {
            Ok(Ok(true)) => ReleaseEvent::Fetched,
            Ok(Ok(false)) => {
                tracing::warn!(event = "release.corrupt", %version);
                ReleaseEvent::Corrupt
            }
            Ok(Err(error)) => disk(&error),
            Err(_) => ReleaseEvent::Broken,
        }
    }

    /// Adds what is missing of a bundle.
    async fn pour(&self, bundle: &Bundle) -> Result<(), Box<dyn Error + Send + Sync>> {
        let have = self.incoming.have(bundle)?;
        if have == bundle.length {
            return Ok(());
        }
        let mut stream = self.transport().bundle(bundle, have).await?;
        let mut part = self.incoming.append(bundle)?;
        let mut loose = 0_u64;
        while let Some(piece) = stream.next().await? {
            part.add(&piece)?;
            loose += piece.len() as u64;
            if loose >= SYNC_BYTES {
                loose = 0;
                part = spawn_blocking(move || part.sync().map(|()| part)).await??;
            }
        }
        if part.is_whole() {
            Ok(())
        } else {
            Err("bundle is not whole yet".into())
        }
    }

    /// Asks `machine`, and waits for what came of it.
    async fn stage(
        self,
        id: MachineRequestId,
        version: ReleaseVersion,
        order: Option<String>,
    ) -> ReleaseEvent {
        let act = MachineAct::Stage {
            version: version.to_string(),
            order,
        };
        if let Err(error) = self.machine.ask(&MachineRequest { id, act }) {
            tracing::error!(event = "release.machine_not_asked", %error);
            return ReleaseEvent::Machine(failed("machine cannot be asked"));
        }
        let answered = timeout(MACHINE_PATIENCE, self.answer(id)).await;
        let stage = answered.unwrap_or_else(|_| failed("machine does not answer"));
        tracing::info!(event = "release.machine_said", %version, ?stage);
        ReleaseEvent::Machine(stage)
    }

    async fn answer(&self, id: MachineRequestId) -> ReleaseStage {
        loop {
            match self.machine.result(id) {
                Ok(Some(result)) => match result.state {
                    MachineState::Done => return ReleaseStage::Staged,
                    MachineState::Refused { why } => return map_refusal(why),
                    MachineState::Begun { .. } => {}
                },
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(event = "release.machine_unreadable", %error);
                    return failed("answer of machine cannot be read");
                }
            }
            sleep(LOOK_AT_MACHINE).await;
        }
    }

    fn moment(&self) -> Millis {
        Millis((self.clock.now)().boot.at.0)
    }
}

/// What `sync` believes of releases.
pub(super) fn trust_file(state: &Path) -> PathBuf {
    state.join("releases/incoming/trust/kept.json")
}

/// A refusal is for operators, and not tried again; everything else passes by itself.
fn believed(error: &TrustError) -> ReleaseEvent {
    if error.is_passing() {
        tracing::debug!(event = "releases.not_learnt", %error);
        return ReleaseEvent::Broken;
    }
    tracing::warn!(event = "releases.not_believed", %error);
    let mut why = error.to_string();
    why.truncate(why.floor_char_boundary(dayroom_protocol::limits::NAME_BYTES));
    ReleaseEvent::Refused(why)
}

fn disk(error: &io::Error) -> ReleaseEvent {
    tracing::error!(event = "releases.disk_failed", %error);
    ReleaseEvent::Broken
}

fn failed(why: &str) -> ReleaseStage {
    ReleaseStage::Failed {
        why: why.to_owned(),
    }
}

fn map_refusal(why: MachineRefusal) -> ReleaseStage {
    match why {
        MachineRefusal::GaveWay => ReleaseStage::RolledBack,
        MachineRefusal::NotStaged => failed("machine could not put it in its place"),
        MachineRefusal::NotPlain
        | MachineRefusal::Foreign
        | MachineRefusal::TooLong
        | MachineRefusal::Malformed
        | MachineRefusal::OtherId
        | MachineRefusal::Order
        | MachineRefusal::OtherKiosk
        | MachineRefusal::NotNewer
        | MachineRefusal::BehindSlot
        | MachineRefusal::Release => ReleaseStage::Refused {
            why: format!("machine: {}", why.name()),
        },
    }
}

fn request_id(rng: &mut SmallRng) -> MachineRequestId {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    MachineRequestId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn free_bytes(path: &Path) -> io::Result<u64> {
    let about = rustix::fs::statvfs(path)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

async fn or_never(working: Option<&mut Working>) -> ReleaseEvent {
    match working {
        Some(working) => working.await,
        None => pending().await,
    }
}

async fn sleep_or_never(millis: Option<u64>) {
    match millis {
        Some(millis) => sleep(Duration::from_millis(millis)).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_this_program_is_one_of_a_release() {
        assert!(running().is_ok());
    }
}
