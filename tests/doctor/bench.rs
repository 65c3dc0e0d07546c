//! A central of its own and a kiosk that knows it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dayroom::devices::{Clock, Machine};
use dayroom::doctor::{Diagnosis, DoctorOptions, diagnose};
use dayroom::domain::{IntentBody, IntentId, ResidentId};
use dayroom::store::{BlobWriter, CacheWriter, Journal, NewIntent, StoreKey, StorePlace};
use dayroom_central::ca::{Authority, Site, write_kiosk_bundle};
use dayroom_central::serve::{Listen, Running, authority_folder, open_central, serve_state};
use dayroom_central::{Central, CentralOptions, PinCost, PinDigits, tls};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::Value;
use tokio::runtime::Runtime;
use uuid::Uuid;

pub struct Bench {
    runtime: Runtime,
    central: Central,
    authority: Authority,
    running: Option<Running>,
    port: u16,
    pub kiosk: wire::KioskId,
    facility: wire::FacilityId,
    unit: wire::UnitId,
    folder: tempfile::TempDir,
}

impl Bench {
    /// Central, and a kiosk's folder that nobody has used.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
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
        let facility = central
            .create_facility("Cedar County", "America/Chicago", PinDigits::Six, &mut rng)
            .unwrap();
        let unit = central.create_unit(facility, "B", &mut rng).unwrap();
        let kiosk = central
            .create_kiosk(unit, "Unit B, wall", &mut rng)
            .unwrap();
        let listen = Listen::at("127.0.0.1:0".parse().unwrap());
        let served = serve_state(&state, central.clone(), listen, tls::Clock::system());
        let running = runtime.block_on(served).unwrap();
        let bench = Self {
            port: running.local_addr().port(),
            runtime,
            central,
            authority,
            running: Some(running),
            kiosk,
            facility,
            unit,
            folder,
        };
        fs::create_dir_all(bench.state()).unwrap();
        bench.issue(now);
        bench
    }

    /// The same, with a store that central has filled.
    pub fn filled() -> Self {
        let bench = Self::new();
        let (place, key) = bench.store();
        let mut cache = CacheWriter::open(&place, &key).unwrap();
        let page = bench
            .central
            .changes(bench.kiosk, None, &wire::Cursor::default(), bench.now())
            .unwrap();
        cache.reset(&page.epoch.0).unwrap();
        cache
            .apply(&dayroom::store::CachePage {
                epoch: page.epoch.0,
                after: page.after.0,
                cursor: page.cursor.0,
                now: dayroom::domain::UtcMillis(page.now.0),
                changes: Vec::new(),
            })
            .unwrap();
        drop(cache);
        drop(BlobWriter::open(&place, &key).unwrap());
        drop(Journal::open(&place, &key).unwrap());
        bench
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder().join("kiosk")
    }

    pub fn central(&self) -> &Central {
        &self.central
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn now(&self) -> wire::UtcMillis {
        tls::Clock::system().now()
    }

    pub fn unit(&self) -> wire::UnitId {
        self.unit
    }

    pub fn diagnose(&self) -> Diagnosis {
        self.diagnose_at(&self.state())
    }

    pub fn diagnose_at(&self, state: &Path) -> Diagnosis {
        let mut options = DoctorOptions::new(state.to_owned(), state.join("run/kiosk.sock"));
        options.machine = self.machine();
        diagnose(&options, Clock::open().unwrap().now())
    }

    /// A terminal with a panel that is touched, and a clock in step.
    pub fn machine(&self) -> Machine {
        let root = self.folder().join("machine");
        let put = |path: &str, content: &[u8]| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        put("sys/class/drm/card0-HDMI-A-1/status", b"connected\n");
        put("sys/class/drm/card0-HDMI-A-1/edid", &edid());
        let panel = "sys/class/input/event0/device";
        for (file, content) in [
            ("id/bustype", "0003"),
            ("id/vendor", "0eef"),
            ("id/product", "0001"),
            ("name", "eGalax touch"),
            ("capabilities/abs", "260800000000003"),
            ("capabilities/key", "400 0 0 0 0 0"),
            ("properties", "2"),
        ] {
            put(&format!("{panel}/{file}"), content.as_bytes());
        }
        put("sys/class/rtc/rtc0/since_epoch", b"1795000000\n");
        put("run/systemd/timesync/synchronized", b"");
        Machine::at(root, None)
    }

    /// Gives the kiosk a certificate made at a moment.
    pub fn issue(&self, at: wire::UtcMillis) {
        self.issue_into(&self.state(), self.kiosk, at);
    }

    pub fn issue_into(&self, state: &Path, kiosk: wire::KioskId, at: wire::UtcMillis) {
        let site = Site {
            central_host: "127.0.0.1".to_owned(),
            central_port: self.port,
            server_name: "localhost".to_owned(),
            est_name: "est.localhost".to_owned(),
            root_pem: self.authority.root_pem().to_owned(),
            facility: self.facility,
            unit: self.unit,
            kiosk,
        };
        let issued = self.authority.issue_kiosk(kiosk, at).unwrap();
        fs::create_dir_all(state).unwrap();
        write_kiosk_bundle(state, &site, &issued).unwrap();
    }

    pub fn revoke(&self) {
        self.authority.revoke_kiosk(self.kiosk, self.now()).unwrap();
        // A list that central has not taken up yet lets the kiosk in for seconds.
        let refused = || {
            let diagnosis = self.diagnose();
            let request = dayroom::domain::health::Check::CentralRequest;
            let line = diagnosis.lines.iter().find(|line| line.check == request);
            line.is_some_and(|line| line.verdict == dayroom::domain::health::Verdict::Fail)
        };
        let start = std::time::Instant::now();
        while !refused() {
            assert!(start.elapsed().as_secs() < 30, "central takes it up");
        }
    }

    pub fn stop_central(&mut self) {
        let running = self.running.take().unwrap();
        self.runtime.block_on(running.shutdown());
    }

    pub fn change_site(&self, change: impl FnOnce(&mut Value)) {
        let path = self.state().join("site.json");
        let mut site: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut site);
        fs::write(path, site.to_string()).unwrap();
    }

    pub fn record_sign_in(&self, at: wire::UtcMillis) {
        let (place, key) = self.store();
        let mut journal = Journal::open(&place, &key).unwrap();
        journal
            .record(&NewIntent {
                id: IntentId(Uuid::now_v7()),
                resident: ResidentId(Uuid::from_u128(9)),
                made_at: dayroom::domain::UtcMillis(at.0),
                held_until: None,
                body: IntentBody::SignIn,
            })
            .unwrap();
    }

    fn store(&self) -> (StorePlace, StoreKey) {
        let text = fs::read_to_string(self.state().join("identity/store.key")).unwrap();
        let key = StoreKey::from_hex(text.trim()).unwrap();
        (StorePlace::new(self.state().join("store")), key)
    }
}

/// Every file below a folder and what is in it; of a shared index only that it is there.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else if path.extension().is_some_and(|end| end == "db-shm") {
            all.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            all.insert(path, bytes);
        }
    }
    all
}

/// 1280x800 on 217x136 mm.
fn edid() -> Vec<u8> {
    let mut block = vec![0_u8; 128];
    block[..8].copy_from_slice(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    let timing = [
        0x3e, 0x1c, 0x00, 0, 0x50, 0x20, 0, 0x30, 0, 0, 0, 0, 217, 136,
    ];
    block[54..54 + timing.len()].copy_from_slice(&timing);
    let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    block[127] = sum.wrapping_neg();
    block
}
