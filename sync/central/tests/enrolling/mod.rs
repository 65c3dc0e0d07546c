//! A central that really runs, a facility in it, and kiosks that have no certificate yet.
#![allow(dead_code, reason = "each test file uses its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may panic"
)]

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dayroom_central::ca::Authority;
use dayroom_central::serve::{Listen, Running, authority_folder, open_central, serve_state};
use dayroom_central::tls::Clock;
use dayroom_central::{CODE_LIFE, Central, CentralOptions, NewEnrolment, PinCost, PinDigits};
use dayroom_client::est::{CertificateRequest, EstClient, EstError, EstPlace, Issued, Subject};
use dayroom_client::transport::{Deadlines, DeviceIdentity, MemoryKey, SignError, Signer};
use dayroom_protocol::{
    EnrolmentCode, EnrolmentRefusal, FacilityId, KioskId, RootPin, UnitId, UtcMillis,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub struct House {
    pub folder: TempDir,
    pub central: Central,
    pub authority: Authority,
    pub running: Running,
    pub facility: FacilityId,
    pub a: UnitId,
    pub b: UnitId,
    pub kiosk: KioskId,
    pub other: KioskId,
    shift: Arc<AtomicI64>,
}

pub fn options() -> CentralOptions {
    CentralOptions {
        pins: PinCost::Simulated,
        ..CentralOptions::default()
    }
}

impl House {
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let names = ["central.test", "localhost", "127.0.0.1"].map(str::to_owned);
        let authority =
            Authority::create(&authority_folder(folder.path()), &names, system()).unwrap();
        let mut rng = StdRng::seed_from_u64(3);
        let central = open_central(folder.path(), options(), &mut rng).unwrap();
        let facility = central
            .create_facility("Cedar County", "America/Chicago", PinDigits::Six, &mut rng)
            .unwrap();
        let a = central.create_unit(facility, "Unit A", &mut rng).unwrap();
        let b = central.create_unit(facility, "Unit B", &mut rng).unwrap();
        let kiosk = central.create_kiosk(a, "Unit A, wall", &mut rng).unwrap();
        let other = central.create_kiosk(b, "Unit B, wall", &mut rng).unwrap();
        let shift = Arc::new(AtomicI64::new(0));
        let running = serve(folder.path(), &central, &shift).await;
        Self {
            folder,
            central,
            authority,
            running,
            facility,
            a,
            b,
            kiosk,
            other,
            shift,
        }
    }

    /// Stops the server and starts it anew from what is on disk.
    pub async fn restart(self) -> Self {
        self.running.shutdown().await;
        drop(self.central);
        let mut rng = StdRng::seed_from_u64(4);
        let central = open_central(self.folder.path(), options(), &mut rng).unwrap();
        let running = serve(self.folder.path(), &central, &self.shift).await;
        Self {
            central,
            running,
            ..self
        }
    }

    pub fn now(&self) -> UtcMillis {
        system().plus_millis(self.shift.load(Ordering::SeqCst))
    }

    pub fn pass(&self, millis: i64) {
        self.shift.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn pin(&self) -> RootPin {
        pin_of(&self.authority.root().unwrap())
    }

    pub fn code(&self, kiosk: KioskId) -> EnrolmentCode {
        let new = NewEnrolment {
            kiosk,
            server_name: "central.test",
            pin: self.pin(),
            valid: CODE_LIFE,
        };
        let mut rng = StdRng::from_os_rng();
        self.central
            .create_enrolment(&new, self.now(), &mut rng)
            .unwrap()
            .0
    }

    pub fn place(&self) -> EstPlace {
        EstPlace {
            host: "127.0.0.1".to_owned(),
            port: self.running.local_addr().port(),
            est_name: "est.central.test".to_owned(),
        }
    }

    /// A client that has no certificate.
    pub fn stranger(&self) -> EstClient {
        self.client(None)
    }

    pub fn client(&self, identity: Option<&DeviceIdentity>) -> EstClient {
        let endpoint = self.place().trusting(self.authority.root_pem());
        let identity = identity.map(|identity| identity as _);
        EstClient::new(&endpoint, identity, self.now(), Deadlines::default()).unwrap()
    }

    /// Enrols with a code of its own, as a kiosk does.
    pub async fn enrol(&self, kiosk: KioskId, key: &Key) -> Issued {
        let code = self.code(kiosk);
        self.enrol_with(kiosk, key, code).await.unwrap()
    }

    pub async fn enrol_with(
        &self,
        kiosk: KioskId,
        key: &Key,
        code: EnrolmentCode,
    ) -> Result<Issued, EstError> {
        let request = CertificateRequest::new(key, Subject::Kiosk(kiosk))?;
        let client = self.stranger();
        let sent = client
            .enroll(&request, &kiosk.to_string(), &code.plain())
            .await?;
        Ok(self.check(&sent, kiosk, key))
    }

    /// Renews, after the clock was moved: until the revocation list is made anew, which takes the
    /// server a moment, it refuses everybody.
    pub async fn renew(
        &self,
        identity: &DeviceIdentity,
        request: &CertificateRequest,
    ) -> Result<Vec<CertificateDer<'static>>, EstError> {
        let mut answer = Err(EstError::Request);
        let reached = within_five_seconds(async || {
            answer = self.client(Some(identity)).reenroll(request).await;
            !matches!(answer, Err(EstError::Transport(_)))
        });
        assert!(reached.await, "{answer:?}");
        answer
    }

    pub fn check(&self, sent: &[CertificateDer<'_>], kiosk: KioskId, key: &Key) -> Issued {
        let root = self.authority.root_pem();
        Issued::check(sent, key.public_key(), Some(kiosk), root, self.now()).unwrap()
    }
}

async fn serve(state: &std::path::Path, central: &Central, shift: &Arc<AtomicI64>) -> Running {
    let shifted = Arc::clone(shift);
    let clock = Clock::new(move || system().plus_millis(shifted.load(Ordering::SeqCst)));
    let listen = Listen::at(SocketAddr::from(([127, 0, 0, 1], 0)));
    serve_state(state, central.clone(), listen, clock)
        .await
        .unwrap()
}

pub fn system() -> UtcMillis {
    Clock::system().now()
}

pub fn pin_of(root: &CertificateDer<'_>) -> RootPin {
    let sha256 = ring::digest::digest(&ring::digest::SHA256, root);
    RootPin::of(sha256.as_ref().try_into().unwrap())
}

/// Why central refused.
pub fn reason(error: &EstError) -> EnrolmentRefusal {
    match error {
        EstError::Refused { reason, .. } => *reason,
        other => panic!("not refused but {other:?}"),
    }
}

/// A key of a kiosk.
pub struct Key {
    pair: KeyPair,
    public: Vec<u8>,
}

impl Key {
    pub fn new() -> Self {
        let pair = KeyPair::generate().unwrap();
        let public = pair.subject_public_key_info();
        Self { pair, public }
    }

    pub fn identity(&self, issued: &Issued) -> DeviceIdentity {
        let key = MemoryKey::from_pem(self.pair.serialize_pem().as_bytes()).unwrap();
        DeviceIdentity::new(issued.chain_pem().as_bytes(), Arc::new(key)).unwrap()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Signer for Key {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signed = SigningKey::sign(&self.pair, message);
        signed.map_err(|error| SignError(error.to_string()))
    }
}

/// Asks again until `done`, for at most five seconds: what a revocation may take.
pub async fn within_five_seconds(mut done: impl AsyncFnMut() -> bool) -> bool {
    let asking = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        while !done().await {
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asking)
        .await
        .is_ok()
}
