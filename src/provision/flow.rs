//! The steps, one after the other. Each is durable before the next begins, so that a cut at any of
//! them leaves the old kiosk or the new one, and running again goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::est::{
    CertificateRequest, EstClient, EstError, EstPlace, Issued, Subject, bootstrap,
};
use dayroom_client::transport::{Deadlines, DeviceIdentity, SignError, Signer, TransportError};
use dayroom_protocol::{EnrolmentCode, EnrolmentRefusal, RootPin, SignedKeySet, UtcMillis, route};
use serde_json::json;

use super::operators;
use super::source::{Source, fingerprint};
use super::staged::{Stage, StageError, Staged};
use super::{FirstContact, Moments};
use crate::devices::{DeviceKey, DeviceSetup};
use crate::domain::provisioning::{Ask, Facts, Problem, Progress, Step, StepState, Told};

/// How long somebody may take to answer at an address.
const CONNECT: Duration = Duration::from_secs(10);

/// One provisioning.
pub struct Provisioning<'a> {
    /// The state folder of the kiosk to be.
    pub state: &'a Path,
    /// The clock.
    pub moments: &'a Moments,
    /// How long central may take.
    pub deadlines: Deadlines,
    /// Speaks with central as the new kiosk for the first time.
    pub first_contact: &'a FirstContact,
    /// Hears of each step.
    pub tell: &'a mut (dyn FnMut(Told) + Send),
}

/// What is known once central was found and judged.
struct Found {
    place: EstPlace,
    root_pem: String,
    /// When it is, by whoever can be believed.
    now: UtcMillis,
}

impl Provisioning<'_> {
    /// Makes this machine the kiosk that `ask` is for.
    ///
    /// # Errors
    /// The step that failed has said why.
    pub async fn run(mut self, ask: &Ask) -> Result<(), Problem> {
        let mut source = self.step(Step::Read, || Source::read(ask))?;
        let state = self.state;
        self.step(Step::Signature, || source.check_signature(state))?;
        if let Source::Ticket { facts, .. } = &source {
            (self.tell)(Told::Facts((**facts).clone()));
        }
        let code = match source.code() {
            Ok(code) => code,
            failed => self.step_of(Step::Read, failed)?,
        };
        self.fits(&source)?;
        self.begin(Step::Find);
        let found = find(source.place()).await;
        self.step_of(Step::Find, found)?;
        self.begin(Step::Check);
        let found = self.check(&source, code).await;
        let found = self.step_of(Step::Check, found)?;
        self.begin(Step::Key);
        let key = self.key(code);
        let (stage, key) = self.step_of(Step::Key, key)?;
        self.begin(Step::Enrol);
        let site = self.enrol(&source, code, &found, &stage, key).await;
        self.step_of(Step::Enrol, site)?;
        self.begin(Step::Write);
        let written = write(stage, &source);
        self.step_of(Step::Write, written)?;
        self.begin(Step::Contact);
        let spoken = (self.first_contact)(self.state.to_owned(), found.now).await;
        self.step_of(Step::Contact, spoken)
    }

    /// A machine that is a kiosk takes a ticket for that kiosk only: what people wrote there is
    /// numbered by it.
    fn fits(&mut self, source: &Source) -> Result<(), Problem> {
        let Source::Ticket { ticket, .. } = source else {
            return Ok(());
        };
        let other = super::kiosk_here(self.state).is_some_and(|here| here != ticket.kiosk);
        if other {
            return self.step_of(Step::Read, Err(Problem::OtherKiosk));
        }
        Ok(())
    }

    /// Judges who answers: the root is the ticket's or the one the code pins, and the server has
    /// shown a certificate of it. A wrong clock here is no obstacle: central's own word for the time
    /// is taken once its certificate was found good at that time.
    async fn check(&mut self, source: &Source, code: EnrolmentCode) -> Result<Found, Problem> {
        let (host, port) = source.place();
        let (est_name, pin) = match source {
            Source::Ticket { ticket, .. } => (
                ticket.est_name.clone(),
                pin_of(&ticket.root_pem).ok_or(Problem::NotATicket)?,
            ),
            Source::Code(_) => (route::EST_COMMON_NAME.to_owned(), code.pin()),
        };
        let place = EstPlace {
            host: host.to_owned(),
            port,
            est_name,
        };
        let here = (self.moments.now)();
        let (now, root) = match bootstrap(&place, pin, here, self.deadlines).await {
            Err(EstError::Clock { central, .. }) => {
                let again = bootstrap(&place, pin, central, self.deadlines).await;
                let root = again.map_err(|error| problem(&error))?;
                tracing::warn!(
                    event = "provision.clock",
                    here = here.0,
                    central = central.0
                );
                (self.moments.believe)(central);
                (self.tell)(Told::ClockOff {
                    here: here.0,
                    central: central.0,
                });
                (central, root)
            }
            other => (here, other.map_err(|error| problem(&error))?),
        };
        let root_pem = match source {
            Source::Ticket { ticket, .. } if ticket.expires < now => {
                return Err(Problem::CodeExpired);
            }
            // The whole of it counts, not only the bits that a code has room for.
            Source::Ticket { ticket, .. } => ticket.root_pem.clone(),
            Source::Code(_) => root.root_pem,
        };
        // What people wrote here was meant for one central; another gets it by no code.
        let known = super::root_here(self.state);
        if known.is_some_and(|known| fingerprint(&known) != fingerprint(&root_pem)) {
            return Err(Problem::WrongCentral);
        }
        Ok(Found {
            place,
            root_pem,
            now,
        })
    }

    /// The key is born here, once for each ticket, and goes nowhere.
    fn key(&self, code: EnrolmentCode) -> Result<(Stage, Arc<DeviceKey>), Problem> {
        let stage = Stage::open(self.state, code.plain().as_bytes()).map_err(|error| {
            tracing::error!(event = "provision.stage", %error);
            match error {
                StageError::UnderWay => Problem::UnderWay,
                StageError::Disk(_) => Problem::Disk,
            }
        })?;
        let kept = stage.read(Staged::Key).map_err(disk)?;
        if kept.is_none() {
            let setup = DeviceSetup::find(self.state).map_err(no_key)?;
            let (_, pem) = DeviceKey::make(&setup.key_home()).map_err(no_key)?;
            stage.keep(Staged::Key, pem.as_bytes()).map_err(disk)?;
        }
        let key = DeviceKey::open(&stage.path(Staged::Key)).map_err(no_key)?;
        Ok((stage, Arc::new(key)))
    }

    /// Buys the certificate, checks it, and learns where this kiosk belongs.
    async fn enrol(
        &mut self,
        source: &Source,
        code: EnrolmentCode,
        found: &Found,
        stage: &Stage,
        key: Arc<DeviceKey>,
    ) -> Result<(), Problem> {
        let kiosk = match source {
            Source::Ticket { ticket, .. } => Some(ticket.kiosk),
            Source::Code(_) => None,
        };
        let (subject, user) = match kiosk {
            Some(kiosk) => (Subject::Kiosk(kiosk), kiosk.to_string()),
            None => (Subject::Enrolment(code.number()), code.number().to_string()),
        };
        let endpoint = found.place.trusting(&found.root_pem);
        let seam = Seam(Arc::clone(&key));
        let request = CertificateRequest::new(&seam, subject).map_err(|e| problem(&e))?;
        let client = EstClient::new(&endpoint, None, found.now, self.deadlines);
        let client = client.map_err(|error| problem(&error))?;
        let sent = client.enroll(&request, &user, &code.plain()).await;
        let sent = sent.map_err(|error| problem(&error))?;
        let issued = Issued::check(&sent, key.public_key(), kiosk, &found.root_pem, found.now)
            .map_err(|error| problem(&error.into()))?;
        if super::kiosk_here(self.state).is_some_and(|here| here != issued.kiosk) {
            return Err(Problem::OtherKiosk);
        }
        let chain = issued.chain_pem();
        let identity = DeviceIdentity::new(chain.as_bytes(), Arc::new(seam))
            .map_err(|_| Problem::BadAnswer)?;
        let client = EstClient::new(&endpoint, Some(&identity), found.now, self.deadlines);
        let client = client.map_err(|error| problem(&error))?;
        let site = client.site().await.map_err(|error| problem(&error))?;
        if site.kiosk != issued.kiosk {
            return Err(Problem::BadAnswer);
        }
        let key_set = self.operators(source, stage, site.operators.as_ref())?;
        let facts = Facts {
            facility: site.facility_name.clone(),
            unit: site.unit_name.clone(),
            label: site.label.clone(),
            central: format!("{}:{}", found.place.host, found.place.port),
            root: fingerprint(&found.root_pem).unwrap_or_default(),
            ..match source {
                Source::Ticket { facts, .. } => (**facts).clone(),
                Source::Code(_) => Facts::default(),
            }
        };
        let facts = Facts {
            key_set: facts.key_set.clone().or(key_set),
            ..facts
        };
        (self.tell)(Told::Facts(facts));
        let text = json!({
            "central_host": found.place.host,
            "central_port": found.place.port,
            "server_name": site.server_name,
            "est_name": site.est_name,
            "root_pem": found.root_pem,
            "facility": site.facility,
            "facility_name": site.facility_name,
            "unit": site.unit,
            "unit_name": site.unit_name,
            "kiosk": site.kiosk,
            "label": site.label,
            "releases_root": site.releases_root,
        });
        let text = serde_json::to_vec_pretty(&text).map_err(disk)?;
        stage
            .keep(Staged::Certificate, chain.as_bytes())
            .map_err(disk)?;
        stage.keep(Staged::Site, &text).map_err(disk)
    }

    /// What is handed in without an operator's signature names no operators. A machine that knows
    /// none takes central's word for them, and gives the fingerprint to be compared.
    fn operators(
        &self,
        source: &Source,
        stage: &Stage,
        central: Option<&SignedKeySet>,
    ) -> Result<Option<String>, Problem> {
        let signed = match source {
            Source::Ticket { operators, .. } => operators.is_some(),
            Source::Code(_) => false,
        };
        let (Some(set), false) = (central, signed) else {
            return Ok(None);
        };
        if operators::known(self.state)?.is_some() {
            return Ok(None);
        }
        let (chain, fingerprint) = operators::of_central(set)?;
        stage
            .keep(Staged::Operators, chain.as_bytes())
            .map_err(disk)?;
        Ok(Some(fingerprint))
    }

    fn begin(&mut self, step: Step) {
        self.say(step, StepState::Begun);
    }

    fn step<T>(
        &mut self,
        step: Step,
        act: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.begin(step);
        let done = act();
        self.step_of(step, done)
    }

    /// Says how a step went.
    fn step_of<T>(&mut self, step: Step, done: Result<T, Problem>) -> Result<T, Problem> {
        let state = match &done {
            Ok(_) => StepState::Done,
            Err(problem) => StepState::Failed { problem: *problem },
        };
        self.say(step, state);
        done
    }

    fn say(&mut self, step: Step, state: StepState) {
        let problem = match state {
            StepState::Failed { problem } => problem.name(),
            StepState::Begun | StepState::Done => "",
        };
        tracing::info!(event = "provision.step", step = step.name(), problem);
        (self.tell)(Told::Step(Progress { step, state }));
    }
}

async fn find((host, port): (&str, u16)) -> Result<(), Problem> {
    let connected = tokio::time::timeout(CONNECT, tokio::net::TcpStream::connect((host, port)));
    match connected.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(event = "provision.unreachable", %error);
            Err(Problem::Unreachable)
        }
        Err(_) => Err(Problem::Unreachable),
    }
}

/// The switch.
fn write(stage: Stage, source: &Source) -> Result<(), Problem> {
    if let Source::Ticket {
        operators: Some(set),
        ..
    } = source
    {
        stage
            .keep(Staged::Operators, set.as_bytes())
            .map_err(disk)?;
    }
    stage.switch().map_err(disk)
}

fn pin_of(root_pem: &str) -> Option<RootPin> {
    let text: String = fingerprint(root_pem)?.split(' ').collect();
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(RootPin::of(&bytes))
}

fn disk(error: impl std::fmt::Display) -> Problem {
    tracing::error!(event = "provision.disk", %error);
    Problem::Disk
}

fn no_key(error: impl std::fmt::Display) -> Problem {
    tracing::error!(event = "provision.key", %error);
    Problem::Key
}

/// What a technician does about it.
pub(super) fn problem(error: &EstError) -> Problem {
    tracing::warn!(event = "provision.est", %error);
    match error {
        EstError::Transport(error) => transport(error),
        EstError::Setup(_) => Problem::Address,
        EstError::WrongRoot => Problem::WrongCentral,
        EstError::Clock { .. } => Problem::Clock,
        EstError::Refused { reason, .. } => match reason {
            EnrolmentRefusal::Wrong => Problem::CodeWrong,
            EnrolmentRefusal::Expired => Problem::CodeExpired,
            EnrolmentRefusal::Void => Problem::CodeVoid,
            EnrolmentRefusal::Used => Problem::CodeUsed,
            EnrolmentRefusal::Moved => Problem::CodeMoved,
            EnrolmentRefusal::Retired => Problem::Retired,
            EnrolmentRefusal::Revoked => Problem::Refused,
            EnrolmentRefusal::Busy => Problem::Busy,
            EnrolmentRefusal::Request | EnrolmentRefusal::Name | EnrolmentRefusal::Internal => {
                Problem::BadAnswer
            }
        },
        EstError::Pending { .. } => Problem::Busy,
        EstError::Answer(_) | EstError::Certificate(_) | EstError::Request => Problem::BadAnswer,
        EstError::Sign(_) => Problem::Key,
    }
}

/// The same of an ordinary request.
fn transport(error: &TransportError) -> Problem {
    match error {
        TransportError::Unreachable(_) => Problem::Unreachable,
        TransportError::WrongServer(_) => Problem::WrongCentral,
        TransportError::ServerExpired(_) | TransportError::ServerNotYetValid(_) => Problem::Clock,
        TransportError::HungUp(_) | TransportError::Problem { .. } => Problem::Refused,
        TransportError::Key(_) => Problem::Key,
        TransportError::Answer(_) | TransportError::Request(_) => Problem::BadAnswer,
    }
}

/// The key behind the signing seam.
#[derive(Clone, Debug)]
pub(super) struct Seam(pub(super) Arc<DeviceKey>);

impl Signer for Seam {
    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0
            .sign(message)
            .map_err(|error| SignError(error.to_string()))
    }
}
