use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dayroom_audit::{Word, kinds};
use dayroom_protocol::UtcMillis;
use rand::TryRngCore;
use rand::rand_core::UnwrapErr;
use rand::rngs::OsRng;
use tokio::signal::unix::{SignalKind, signal};

use super::signing::find_private_key;
use super::{Done, Failure, Output};
use crate::ca::{Authority, default_est_name, private_folder};
use crate::serve::{Listen, ServeError, serve_state};
use crate::tls::Clock;
use crate::{Central, CentralOptions};

/// Central's state directory and the machine's clock and randomness.
pub(super) struct Setup {
    pub state: PathBuf,
    clock: Clock,
}

/// Kept free for central's own names.
const ALWAYS: [&str; 2] = ["localhost", "127.0.0.1"];

impl Setup {
    pub(super) fn new(state: Option<PathBuf>) -> Self {
        // systemd may name several directories; the first is ours.
        let given = || {
            let all = std::env::var_os("STATE_DIRECTORY").filter(|all| !all.is_empty())?;
            std::env::split_paths(&all).next()
        };
        let state = state
            .or_else(given)
            .unwrap_or_else(|| PathBuf::from("central-state"));
        Self {
            state,
            clock: Clock::system(),
        }
    }

    pub(super) fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    /// The system's randomness: PINs are drawn from it.
    pub(super) fn rng(&self) -> UnwrapErr<OsRng> {
        OsRng.unwrap_err()
    }

    pub(super) fn authority(&self) -> Result<Authority, Failure> {
        Ok(Authority::open(&crate::serve::authority_folder(
            &self.state,
        ))?)
    }

    /// The store of a central that was set up.
    pub(super) fn central(&self) -> Result<Central, Failure> {
        self.authority()?;
        self.open()
    }

    fn open(&self) -> Result<Central, Failure> {
        crate::serve::open_central(&self.state, CentralOptions::default(), &mut self.rng()).map_err(
            |error| {
                let next = "check the disk and the rights of the state directory";
                Failure::because(&error, next)
            },
        )
    }

    pub(super) fn init(
        &self,
        names: &[String],
        est_name: Option<&str>,
        output: &mut Output<'_>,
    ) -> Result<Done, Failure> {
        let mut all: Vec<String> = names.to_vec();
        for name in ALWAYS {
            if !all.iter().any(|held| held == name) {
                all.push(name.to_owned());
            }
        }
        // Everything in it is somebody's.
        private_folder(&self.state)?;
        let folder = crate::serve::authority_folder(&self.state);
        let est = est_name.map_or_else(|| default_est_name(&all), str::to_owned);
        let made = Authority::create_with_est(&folder, &all, &est, self.now());
        // A cut between the two leaves the database to be made by the second attempt.
        self.open()?;
        made?;
        output.say(format_args!(
            "Central is set up in {}.",
            self.state.display()
        ))?;
        output.say(format_args!("Its certificate names {}.", all.join(", ")))?;
        output.say(format_args!(
            "Certificates are given out under the name {est}."
        ))?;
        output.say("Next: `dayroom-central facility create NAME`.")?;
        Ok(Done::All)
    }

    /// Whether a folder is central's own, or in it.
    pub(super) fn is_state(&self, folder: &Path) -> bool {
        match (folder.canonicalize(), self.state.canonicalize()) {
            (Ok(folder), Ok(state)) => folder.starts_with(state),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// A service that could sign orders would be worth attacking for it.
    fn refuse_private_keys(&self) -> Result<(), Failure> {
        match find_private_key(&[&self.state, Path::new(".")]) {
            None => Ok(()),
            Some(file) => Err(Failure::new(
                format!("an operator's private key lies at {}", file.display()),
                "take it away from here: its owner keeps it, and the service never has it",
            )),
        }
    }

    pub(super) fn serve(
        &self,
        listen: SocketAddr,
        output: &mut Output<'_>,
    ) -> Result<Done, Failure> {
        self.refuse_private_keys()?;
        let central = self.central()?;
        let note = |event| {
            let next = "check the disk and the rights of the state directory";
            let noted = central.audit(event, self.now());
            noted.map_err(|error| Failure::because(&error, next))
        };
        note(kinds::server_start(Word::new(env!("CARGO_PKG_VERSION"))))?;
        log_to_stderr();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::because(&error, "free some memory and run it again"))?;
        runtime.block_on(async {
            // Before anybody can know that it listens, and stop it.
            let interrupted = interrupted()?;
            let running = serve_state(
                &self.state,
                central.clone(),
                Listen::at(listen),
                self.clock.clone(),
            )
            .await
            .map_err(|error| {
                let next = match &error {
                    ServeError::Listen { .. } => "choose another port with --listen",
                    ServeError::OfflineKey(_) => {
                        "keep it on a medium that is only there while you sign, then delete it here"
                    }
                    ServeError::Releases(_) | ServeError::Tls(_) | ServeError::Store(_) => {
                        "check the state directory with `dayroom-central status`"
                    }
                };
                Failure::because(&error, next)
            })?;
            output.say(format_args!("Listening on {}.", running.local_addr()))?;
            output
                .out
                .flush()
                .map_err(|error| Failure::because(&error, "run it again"))?;
            interrupted.await;
            running.shutdown().await;
            tracing::info!(event = "server.stopped");
            note(kinds::server_stop())?;
            Ok(Done::All)
        })
    }
}

/// Ends at Ctrl-C or when the service manager stops it, from now on.
fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::because(&error, "run it again");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A second subscriber in one process is refused, and the first stays.
    let _first = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
