//! A central behind mutual TLS, and a sync process with the screen's ends of what they share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom::demo::{sync_clock, sync_key};
use dayroom::devices::{Clock, DeviceKey};
use dayroom::domain::local::{Link, ToScreen, ToSync};
use dayroom::domain::{IntentBody, IntentId, ResidentId};
use dayroom::replica::sync::{SyncClock, SyncOptions, run};
use dayroom::replica::{Chains, SyncError, SyncKey, store_key};
use dayroom::runtime::paths::KioskPaths;
use dayroom::store::{CacheReader, Journal, NewIntent, StorePlace};
use dayroom_central::ca::{Authority, Serial, Site, write_kiosk_bundle};
use dayroom_central::demo::{DemoFacility, populate};
use dayroom_central::serve::{Listen, Running, authority_folder, open_central, serve_state};
use dayroom_central::{Central, CentralOptions, PinCost, tls};
use dayroom_client::plan::{PlanConfig, RenewalConfig};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct House {
    pub central: Central,
    pub authority: Authority,
    pub demo: DemoFacility,
    pub running: Option<Running>,
    pub kiosk: wire::KioskId,
    folder: tempfile::TempDir,
}

impl House {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("central");
        let now = tls::Clock::system().now();
        let names = ["localhost".to_owned()];
        let authority = Authority::create(&authority_folder(&state), &names, now).unwrap();
        let mut rng = SmallRng::seed_from_u64(3);
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let central = open_central(&state, options, &mut rng).unwrap();
        let demo = populate(&central, now, &mut rng).unwrap();
        let marcus = demo.residents.first().unwrap();
        let kiosk = if marcus.unit == demo.unit_a {
            demo.kiosk_a
        } else {
            demo.kiosk_b
        };
        let mut house = Self {
            central,
            authority,
            kiosk,
            demo,
            running: None,
            folder,
        };
        let address = house.serve("127.0.0.1:0".parse().unwrap()).await;
        let site = Site {
            central_host: "127.0.0.1".to_owned(),
            central_port: address.port(),
            server_name: "localhost".to_owned(),
            est_name: "est.localhost".to_owned(),
            root_pem: house.authority.root_pem().to_owned(),
            facility: house.demo.facility,
            unit: house.demo.residents.first().unwrap().unit,
            kiosk,
        };
        let issued = house.authority.issue_kiosk(kiosk, now).unwrap();
        std::fs::create_dir_all(house.state()).unwrap();
        write_kiosk_bundle(&house.state(), &site, &issued).unwrap();
        house
    }

    pub async fn serve(&mut self, at: std::net::SocketAddr) -> std::net::SocketAddr {
        let state = self.folder.path().join("central");
        let listen = Listen::at(at);
        let clock = tls::Clock::system();
        let running = serve_state(&state, self.central.clone(), listen, clock)
            .await
            .unwrap();
        let address = running.local_addr();
        self.running = Some(running);
        address
    }

    /// Puts another kiosk on a wall of the same unit.
    pub fn second_kiosk(&self) -> PathBuf {
        let marcus = self.demo.residents.first().unwrap();
        let now = tls::Clock::system().now();
        let mut rng = SmallRng::seed_from_u64(11);
        let kiosk = self
            .central
            .create_kiosk(marcus.unit, "The other wall", &mut rng)
            .unwrap();
        let site = Site {
            central_host: "127.0.0.1".to_owned(),
            central_port: self.running.as_ref().unwrap().local_addr().port(),
            server_name: "localhost".to_owned(),
            est_name: "est.localhost".to_owned(),
            root_pem: self.authority.root_pem().to_owned(),
            facility: self.demo.facility,
            unit: marcus.unit,
            kiosk,
        };
        let issued = self.authority.issue_kiosk(kiosk, now).unwrap();
        let state = self.folder.path().join("kiosk-beside");
        std::fs::create_dir_all(&state).unwrap();
        write_kiosk_bundle(&state, &site, &issued).unwrap();
        state
    }

    /// The operator gives the facility's draft key up.
    pub fn lose_draft_key(&self) {
        self.central.reset_draft_key(self.demo.facility).unwrap();
    }

    /// Whether these bytes are in any of central's files.
    pub fn central_holds(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.folder.path().join("central")).unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        assert!(files.iter().any(|file| file.ends_with("central.db")));
        let holds = |file: &PathBuf| {
            let held = std::fs::read(file).unwrap();
            held.windows(bytes.len()).any(|part| part == bytes)
        };
        files.iter().filter(|file| file.is_file()).any(holds)
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("kiosk")
    }

    /// Central's own state folder.
    pub fn central_state(&self) -> PathBuf {
        self.folder.path().join("central")
    }

    /// Puts a certificate in use that was issued then, for the key that is there.
    pub fn use_certificate_of(&self, then: wire::UtcMillis) {
        let key = device_key(&self.state()).public_key;
        let issued = self.authority.issue_kiosk_for(self.kiosk, &key, then);
        let chain = pem(&issued.unwrap().certificate);
        std::fs::write(self.state().join("identity/cert.pem"), chain).unwrap();
    }

    /// Enrols the kiosk anew: another key, another certificate, the same store.
    pub fn enrol_again(&self) {
        let now = tls::Clock::system().now();
        let issued = self.authority.issue_kiosk(self.kiosk, now).unwrap();
        let identity = self.state().join("identity");
        std::fs::write(identity.join("key.pem"), issued.key_pem).unwrap();
        std::fs::write(identity.join("cert.pem"), issued.cert_pem).unwrap();
    }

    /// Takes back every certificate of this kiosk that is not the one in use.
    pub fn revoke_all_but_the_newest(&self) {
        let serial = self.serial_in_use();
        let now = tls::Clock::system().now();
        let revoked = self
            .authority
            .revoke_kiosk_but(self.kiosk, &serial, now)
            .unwrap();
        assert!(!revoked.is_empty(), "there was an older one");
    }

    /// A chain for this kiosk and its key that central does not know the root of.
    pub fn chain_of_another_authority(&self) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let now = tls::Clock::system().now();
        let names = ["localhost".to_owned()];
        let other = Authority::create(&folder.path().join("ca"), &names, now).unwrap();
        let key = device_key(&self.state()).public_key;
        let issued = other.issue_kiosk_for(self.kiosk, &key, now).unwrap();
        pem(&issued.certificate).into_bytes()
    }

    fn serial_in_use(&self) -> Serial {
        let state = self.state();
        let chains = Chains::read(&state, &device_key(&state)).unwrap();
        Serial::from_der(&chains.current().unwrap().certificate().serial)
    }

    pub fn marcus(&self) -> ResidentId {
        ResidentId(self.demo.residents.first().unwrap().id.0)
    }
}

fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let digits = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

/// The kiosk's key as `dayroom sync` opens it.
pub fn device_key(state: &Path) -> SyncKey {
    sync_key(DeviceKey::open(&KioskPaths::at(state).key()).unwrap())
}

/// The sync process and the screen's ends of what they share.
pub struct Kiosk {
    pub screen: UnixStream,
    pub cache: CacheReader,
    pub journal: Journal,
    stop: oneshot::Sender<()>,
    process: JoinHandle<Result<(), SyncError>>,
    state: PathBuf,
}

impl Kiosk {
    pub async fn start(state: &Path) -> Self {
        Self::start_with(state, sync_clock(Clock::open().unwrap()), |_| {}).await
    }

    /// The same by another clock.
    pub async fn start_by(state: &Path, clock: SyncClock) -> Self {
        Self::start_with(state, clock, |_| {}).await
    }

    /// The same by other spans.
    pub async fn start_with(
        state: &Path,
        clock: SyncClock,
        change: impl FnOnce(&mut SyncOptions),
    ) -> Self {
        let place = StorePlace::new(state.join("store"));
        std::fs::create_dir_all(&place.folder).unwrap();
        let key = store_key(state).unwrap();
        let journal = Journal::open(&place, &key).unwrap();
        let socket = state.join("run/kiosk.sock");
        let mut options =
            SyncOptions::new(state.to_owned(), socket.clone(), clock, device_key(state));
        options.plan = PlanConfig {
            first_contact: 0,
            ..PlanConfig::default()
        };
        options.audit_every = Duration::from_millis(100);
        options.renewal = RenewalConfig {
            spread: 0,
            contact_spread: 0,
            ..RenewalConfig::default()
        };
        change(&mut options);
        let (stop, stopped) = oneshot::channel();
        let process = tokio::spawn(run(options, async move {
            let _dropped = stopped.await;
        }));
        let mut look = tokio::time::interval(Duration::from_millis(5));
        let screen = loop {
            look.tick().await;
            if let Ok(screen) = UnixStream::connect(&socket).await {
                break screen;
            }
            assert!(!process.is_finished(), "sync has ended");
        };
        Self {
            screen,
            cache: CacheReader::open(&place, &key).unwrap(),
            journal,
            stop,
            process,
            state: state.to_owned(),
        }
    }

    pub async fn say(&mut self, frame: ToSync) {
        let body = serde_json::to_vec(&frame).unwrap();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.screen
            .write_all(&[&length, body.as_slice()].concat())
            .await
            .unwrap();
    }

    pub async fn hear(&mut self) -> ToScreen {
        let hear = async {
            let length = self.screen.read_u32().await.unwrap();
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.screen.read_exact(&mut body).await.unwrap();
            serde_json::from_slice(&body).unwrap()
        };
        tokio::time::timeout(PATIENCE, hear)
            .await
            .expect("sync says something")
    }

    /// Listens until something holds in the cache.
    pub async fn until(&mut self, mut holds: impl FnMut(&CacheReader) -> bool) {
        while !holds(&self.cache) {
            self.hear().await;
        }
    }

    pub async fn until_link(&mut self, expected: impl Fn(&Link) -> bool) {
        loop {
            if let ToScreen::Status { link, .. } = self.hear().await
                && expected(&link)
            {
                return;
            }
        }
    }

    pub fn record(&mut self, resident: ResidentId, body: IntentBody) -> IntentId {
        let id = IntentId(Uuid::now_v7());
        let now = Clock::open().unwrap().now();
        let intent = NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until: None,
            body,
        };
        self.journal.record(&intent).unwrap();
        id
    }

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.process.await.unwrap().unwrap();
        assert!(!self.state.join("run/kiosk.sock").exists());
    }
}
