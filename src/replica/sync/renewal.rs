//! Carries out the plan of the renewal: asks by EST, keeps the chain, tries it, and moves over.
//!
//! Every step that lasts is one change of one file, and what the plan goes on from after a power cut
//! is only which files there are.

use std::sync::Arc;
use std::time::Duration;

use dayroom_client::est::{
    CertificateError, CertificateRequest, EstClient, EstError, Issued, Subject,
};
use dayroom_client::plan::{
    Millis, Renewal, RenewalAction, RenewalConfig, RenewalEvent, RenewalNow, Tried,
};
use dayroom_client::transport::{
    DeviceIdentity, Identity as _, IdentityError, SetupError, Transport, TransportError,
};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::watch;
use tokio::time::sleep;

use super::super::{Chains, ReplicaEvent, SyncKey};
use super::way::Ways;
use super::{Line, revocation};
use crate::store::IdentityFiles;

/// When the plan waits for nothing by itself.
const ALONE: Duration = Duration::from_secs(60 * 60);

/// Why no renewed chain has come.
#[derive(Debug, thiserror::Error)]
enum NotRenewed {
    #[error("this kiosk does not know the name under which central speaks EST")]
    NoEstName,
    #[error("this kiosk does not know which one it is")]
    NoKiosk,
    #[error("there is no certificate to renew")]
    NoCertificate,
    #[error(transparent)]
    Est(#[from] EstError),
    #[error("what came is not to be used")]
    Certificate(#[from] CertificateError),
    #[error("what came is not for this kiosk's key")]
    Identity(#[from] IdentityError),
    #[error("cannot keep the renewed chain")]
    Disk(#[from] std::io::Error),
}

/// Renews the certificate of this kiosk, until the process ends.
pub(super) struct Renewing {
    pub(super) ways: Arc<Ways>,
    pub(super) files: IdentityFiles,
    pub(super) key: SyncKey,
    pub(super) chains: Chains,
    pub(super) line: Line,
    pub(super) config: RenewalConfig,
}

impl Renewing {
    /// Runs it; `contact` says whether central answers over the chain in use.
    pub(super) async fn run(mut self, mut contact: watch::Receiver<bool>) {
        let mut random = SmallRng::from_os_rng();
        let current = self.chains.current().map(|current| current.validity());
        let mut plan = Renewal::new(self.config, current, self.chains.next().is_some());
        let mut event = RenewalEvent::Tick;
        loop {
            let mut action = plan.handle(event, self.now(), &mut random);
            while let Some(next) = action {
                let answer = self.act(next).await;
                action = plan.handle(answer, self.now(), &mut random);
            }
            let wake = plan.next_wake(self.now());
            let wake = wake.map_or(ALONE, Duration::from_millis);
            event = tokio::select! {
                changed = contact.changed() => match changed {
                    Ok(()) => RenewalEvent::Contact(*contact.borrow_and_update()),
                    Err(_) => return,
                },
                () = sleep(wake) => RenewalEvent::Tick,
            };
        }
    }

    fn now(&self) -> RenewalNow {
        let now = (self.ways.clock().now)();
        RenewalNow {
            at: Millis(now.boot.at.0),
            utc: wire::UtcMillis(now.utc.0),
        }
    }

    async fn act(&mut self, action: RenewalAction) -> RenewalEvent {
        match action {
            RenewalAction::Renew => match self.renew().await {
                Ok(next) => {
                    let until = next.validity().until.0;
                    tracing::info!(event = "certificate.renewed", until);
                    self.chains.set_next(next);
                    RenewalEvent::Renewed
                }
                Err(error) => {
                    tracing::warn!(event = "certificate.not_renewed", error = causes(&error));
                    RenewalEvent::NotRenewed {
                        retry_after: asked_to_wait(&error),
                    }
                }
            },
            RenewalAction::TryNext => {
                RenewalEvent::NextTried(self.attempt(self.chains.next().cloned()).await)
            }
            RenewalAction::TryCurrent => {
                RenewalEvent::CurrentTried(self.attempt(self.chains.current().cloned()).await)
            }
            RenewalAction::UseNext => self.use_next(),
            RenewalAction::SetNextAside => match self.files.set_next_cert_aside() {
                Ok(()) => {
                    tracing::error!(event = "certificate.refused", kept = "cert.refused.pem");
                    self.chains.drop_next();
                    RenewalEvent::NextAside
                }
                Err(error) => disk_failed(&error),
            },
        }
    }

    /// Asks for a chain and keeps it beside the one in use.
    async fn renew(&self) -> Result<Arc<DeviceIdentity>, NotRenewed> {
        let site = self.ways.site();
        let endpoint = site.est_endpoint().ok_or(NotRenewed::NoEstName)?;
        let kiosk = site.kiosk.ok_or(NotRenewed::NoKiosk)?;
        let current = self.chains.current().ok_or(NotRenewed::NoCertificate)?;
        let now = self.now().utc;
        let request = CertificateRequest::new(&self.key, Subject::Kiosk(kiosk))?;
        let est = EstClient::new(&endpoint, Some(&**current), now, self.ways.deadlines())?;
        let sent = est.reenroll(&request).await?;
        let key = &self.key.public_key;
        let issued = Issued::check(&sent, key, Some(kiosk), &site.root_pem, now)?;
        let chain = issued.chain_pem();
        let next = DeviceIdentity::new(chain.as_bytes(), Arc::new(self.key.clone()))?;
        self.files.keep_next_cert(chain.as_bytes())?;
        Ok(Arc::new(next))
    }

    /// Whether central answers over this chain, on a connection of its own.
    async fn attempt(&self, chain: Option<Arc<DeviceIdentity>>) -> Tried {
        let Some(chain) = chain else {
            return Tried::Refused;
        };
        match self.ways.over(&chain) {
            Ok(transport) => tried(transport).await,
            Err(error) => {
                tracing::error!(event = "certificate.not_tried", %error);
                Tried::Unreachable
            }
        }
    }

    fn use_next(&mut self) -> RenewalEvent {
        let Some(next) = self.chains.next().cloned() else {
            return RenewalEvent::DiskFailed;
        };
        if let Err(error) = self.files.use_next_cert() {
            return disk_failed(&error);
        }
        let validity = next.validity();
        self.chains.use_next();
        if let Err(error) = self.ways.use_identity(next) {
            // The next start of the process will use it.
            let error: SetupError = error;
            tracing::error!(event = "certificate.not_used", %error);
        }
        // What was said of the old one does not go for this one.
        self.line
            .tell(ReplicaEvent::Revoked(revocation::revoked(&self.ways)));
        tracing::info!(event = "certificate.in_use", until = validity.until.0);
        RenewalEvent::NextInUse(validity)
    }
}

async fn tried(transport: Transport) -> Tried {
    match transport.knock().await {
        Ok(()) => Tried::Answered,
        Err(TransportError::HungUp(_)) => Tried::Refused,
        Err(TransportError::Problem { problem, .. })
            if problem.kind == wire::ProblemKind::UnknownKiosk =>
        {
            Tried::Refused
        }
        Err(_) => Tried::Unreachable,
    }
}

fn asked_to_wait(error: &NotRenewed) -> Option<u64> {
    let wait = match error {
        NotRenewed::Est(EstError::Refused { retry_after, .. }) => *retry_after,
        NotRenewed::Est(EstError::Pending { retry_after }) => Some(*retry_after),
        NotRenewed::NoEstName
        | NotRenewed::NoKiosk
        | NotRenewed::NoCertificate
        | NotRenewed::Est(_)
        | NotRenewed::Certificate(_)
        | NotRenewed::Identity(_)
        | NotRenewed::Disk(_) => None,
    };
    Some(u64::try_from(wait?.as_millis()).unwrap_or(u64::MAX))
}

fn disk_failed(error: &std::io::Error) -> RenewalEvent {
    tracing::error!(event = "certificate.not_kept", %error);
    RenewalEvent::DiskFailed
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
