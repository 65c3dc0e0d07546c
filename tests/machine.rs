//! The process that may restart and erase: what it does, what it refuses, and what a power cut at
//! any step leaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom::devices::power::{Power, PowerError};
use dayroom::domain::audit::Process;
use dayroom::domain::machine::{
    CentralWord, EraseProof, MachineAct, MachineRefusal, MachineRequest, MachineRequestId,
    MachineResult, MachineState, REQUEST_BYTES, RestartReason,
};
use dayroom::domain::{BootId, BootMillis, BootMoment, Now, UtcMillis};
use dayroom::machine::{Machine, Owners};
use dayroom::store::{AuditLog, MachineFolder, read_audit_log};
use uuid::Uuid;

const KIOSK: Uuid = Uuid::from_u128(0x0b_0001);

#[derive(Default)]
struct Buttons(Vec<Duration>);

impl Power for Buttons {
    fn restart(&mut self, after: Duration) -> Result<(), PowerError> {
        self.0.push(after);
        Ok(())
    }
}

/// A kiosk with keys, people's words and a site.
struct Wall {
    folder: tempfile::TempDir,
    power: Buttons,
    boot: u128,
}

impl Wall {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wall = Self {
            folder,
            power: Buttons::default(),
            boot: 1,
        };
        for (name, text) in [
            ("identity/store.key", "key of the store"),
            ("identity/key.pem", "key of the kiosk"),
            ("identity/cert.pem", "certificate"),
            ("store/journal.db", "sealed words"),
            ("store/journal.db-wal", "more sealed words"),
            ("store/cache.db", "what central said"),
        ] {
            let path = wall.state().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let site = format!("{{\"kiosk\":\"{KIOSK}\"}}");
        fs::write(wall.state().join("site.json"), site).unwrap();
        MachineFolder::of(wall.state()).make().unwrap();
        wall
    }

    fn state(&self) -> &Path {
        self.folder.path()
    }

    fn messages(&self) -> MachineFolder {
        MachineFolder::of(self.state())
    }

    fn own(&self) -> u32 {
        fs::metadata(self.state()).unwrap().uid()
    }

    fn run(&mut self) {
        self.run_for(Owners::one(self.own()));
    }

    fn run_for(&mut self, owners: Owners) {
        let state = self.folder.path().to_owned();
        Machine {
            state: &state,
            owners,
            power: &mut self.power,
            now: Now {
                boot: BootMoment {
                    boot: BootId(self.boot),
                    at: BootMillis(1),
                },
                utc: UtcMillis(1_795_000_000_000),
            },
            running: env!("CARGO_PKG_VERSION").parse().unwrap(),
            kernels: &state.join("kernels"),
        }
        .run()
        .unwrap();
    }

    fn ask(&self, request: &MachineRequest) -> PathBuf {
        self.messages().ask(request).unwrap();
        self.messages().requests().join(request.id.file_name())
    }

    fn state_of(&self, request: &MachineRequest) -> MachineState {
        self.messages().result(request.id).unwrap().unwrap().state
    }

    /// What it noted, by name.
    fn audited(&self) -> Vec<String> {
        let path = AuditLog::path(self.state(), Process::Machine);
        let part = read_audit_log(&path, 0, usize::MAX).unwrap();
        let entries = part.into_iter().flat_map(|part| part.entries);
        entries.map(|entry| entry.event).collect()
    }

    fn is_whole(&self) -> bool {
        [
            "identity/store.key",
            "identity/key.pem",
            "store/journal.db",
            "site.json",
        ]
        .iter()
        .all(|name| self.state().join(name).exists())
    }

    fn is_erased(&self) -> bool {
        ["identity", "store", "site.json"]
            .iter()
            .all(|name| !self.state().join(name).exists())
    }
}

fn id(n: u128) -> MachineRequestId {
    MachineRequestId(Uuid::from_u128(n))
}

fn restart(n: u128) -> MachineRequest {
    MachineRequest {
        id: id(n),
        act: MachineAct::Restart {
            why: RestartReason::Technician,
        },
    }
}

fn retire(n: u128, kiosk: Uuid) -> MachineRequest {
    MachineRequest {
        id: id(n),
        act: MachineAct::Erase {
            proof: EraseProof::Retire {
                kiosk,
                central: CentralWord::Noted { at: UtcMillis(5) },
            },
        },
    }
}

fn refused(why: MachineRefusal) -> MachineState {
    MachineState::Refused { why }
}

#[test]
fn a_retired_kiosk_keeps_nothing_but_the_record_and_starts_anew() {
    let mut wall = Wall::new();
    let asked = wall.ask(&retire(1, KIOSK));
    wall.run();
    assert!(wall.is_erased());
    assert_eq!(wall.state_of(&retire(1, KIOSK)), MachineState::Done);
    assert!(!asked.exists());
    assert_eq!(wall.power.0.len(), 1, "keys in memory go with a restart");
    wall.run();
    assert_eq!(wall.power.0.len(), 1, "once");
    let noted = ["audit.began", "machine.begin", "machine.done"];
    assert_eq!(
        wall.audited(),
        noted,
        "the record outlives what it is about"
    );
}

#[test]
fn an_erasure_cut_at_any_step_is_carried_on_though_its_request_is_gone() {
    // Everything an erasure takes away, in its order; a cut leaves any beginning of it undone.
    let steps = [
        "identity/store.key",
        "identity/key.pem",
        "identity/cert.pem",
        "store/journal.db",
        "store/journal.db-wal",
        "store/cache.db",
        "site.json",
    ];
    for cut in 0..=steps.len() {
        let mut wall = Wall::new();
        let request = retire(1, KIOSK);
        wall.messages()
            .answer(&MachineResult {
                id: request.id,
                act: Some(request.act.clone()),
                state: MachineState::Begun {
                    boot: BootId(1).into(),
                },
                at: UtcMillis(1),
            })
            .unwrap();
        for step in &steps[..cut] {
            fs::remove_file(wall.state().join(step)).unwrap();
        }
        assert!(!wall.is_erased());
        wall.boot = 2;
        wall.run();
        assert!(wall.is_erased(), "cut after {cut} steps");
        assert_eq!(wall.state_of(&request), MachineState::Done);
    }
}

#[test]
fn a_restart_is_done_when_the_next_start_of_the_machine_says_so() {
    let mut wall = Wall::new();
    wall.ask(&restart(1));
    wall.run();
    assert_eq!(wall.power.0.len(), 1);
    assert!(matches!(
        wall.state_of(&restart(1)),
        MachineState::Begun { .. }
    ));
    // The process came back, the machine did not go: it is asked again.
    wall.run();
    assert_eq!(wall.power.0.len(), 2);
    wall.boot = 2;
    wall.run();
    assert_eq!(wall.state_of(&restart(1)), MachineState::Done);
    wall.ask(&restart(1));
    wall.run();
    assert_eq!(wall.power.0.len(), 2, "the same request again does nothing");
    let noted = [
        "audit.began",
        "machine.begin",
        "machine.done",
        "machine.refuse",
    ];
    assert_eq!(wall.audited(), noted);
    assert!(wall.is_whole());
}

#[test]
fn what_is_not_a_plain_short_well_formed_request_does_nothing_and_says_so() {
    let mut wall = Wall::new();
    let put = |n: u128, bytes: &[u8]| {
        fs::write(wall.messages().requests().join(id(n).file_name()), bytes).unwrap();
    };
    let good = serde_json::to_vec(&retire(1, KIOSK)).unwrap();
    put(2, &good);
    put(3, &vec![b' '; REQUEST_BYTES + 1]);
    put(4, b"{\"id\":");
    put(
        5,
        br#"{"id":"00000000-0000-0000-0000-000000000005","act":{"do":"explode"}}"#,
    );
    let requests = wall.messages().requests();
    fs::write(
        wall.state().join("elsewhere"),
        serde_json::to_vec(&retire(6, KIOSK)).unwrap(),
    )
    .unwrap();
    symlink(
        wall.state().join("elsewhere"),
        requests.join(id(6).file_name()),
    )
    .unwrap();
    fs::write(
        wall.state().join("twin"),
        serde_json::to_vec(&retire(7, KIOSK)).unwrap(),
    )
    .unwrap();
    fs::hard_link(wall.state().join("twin"), requests.join(id(7).file_name())).unwrap();
    fs::create_dir(requests.join(id(8).file_name())).unwrap();
    fs::write(requests.join("notes.txt"), b"hello").unwrap();
    fs::write(requests.join(".half.new"), b"{").unwrap();
    wall.run();
    for (n, why) in [
        (2, MachineRefusal::OtherId),
        (3, MachineRefusal::TooLong),
        (4, MachineRefusal::Malformed),
        (5, MachineRefusal::Malformed),
        (6, MachineRefusal::NotPlain),
        (7, MachineRefusal::NotPlain),
        (8, MachineRefusal::NotPlain),
    ] {
        let result = wall.messages().result(id(n)).unwrap().unwrap();
        assert_eq!(result.state, refused(why), "request {n}");
    }
    assert!(wall.is_whole());
    assert!(wall.power.0.is_empty());
    assert!(wall.state().join("elsewhere").exists() && wall.state().join("twin").exists());
    let left: Vec<_> = fs::read_dir(requests).unwrap().collect();
    assert_eq!(left.len(), 1, "only what is still being written stays");
    let audited = wall.audited();
    let refusals = audited.iter().filter(|name| *name == "machine.refuse");
    assert_eq!(refusals.count(), 8, "each is noted: {audited:?}");
}

#[test]
fn sync_alone_cannot_retire_a_stranger_can_do_nothing_and_nobody_another_kiosk() {
    let mut wall = Wall::new();
    let own = wall.own();
    let strangers = Owners::one(own + 1);
    let sync = Owners {
        sync: own,
        ..strangers
    };
    let screen = Owners {
        screen: own,
        ..strangers
    };
    let mut next = 0;
    let mut outcome = |owners: Owners, make: fn(u128) -> MachineRequest| {
        next += 1;
        let request = make(next);
        wall.ask(&request);
        wall.run_for(owners);
        let whole = wall.is_whole();
        (wall.state_of(&request), whole)
    };
    let mine = |n| retire(n, KIOSK);
    let other = |n| retire(n, Uuid::from_u128(0x0b_0002));
    let order = |n| MachineRequest {
        id: id(n),
        act: MachineAct::Erase {
            proof: EraseProof::Order {
                signed: "{}".to_owned(),
            },
        },
    };
    let foreign = (refused(MachineRefusal::Foreign), true);
    assert_eq!(outcome(strangers, restart), foreign);
    assert_eq!(outcome(strangers, mine), foreign);
    assert_eq!(outcome(sync, mine), foreign);
    assert_eq!(
        outcome(screen, other),
        (refused(MachineRefusal::OtherKiosk), true)
    );
    // An order is worth what its signatures are, whoever brings it.
    assert_eq!(outcome(sync, order), (refused(MachineRefusal::Order), true));
    assert_eq!(
        outcome(Owners::one(own), order),
        (refused(MachineRefusal::Order), true)
    );
    assert_eq!(outcome(screen, mine), (MachineState::Done, false));
}

#[test]
fn a_release_that_did_not_hold_is_noted_once_and_forgotten_when_its_slot_is_anothers() {
    let mut wall = Wall::new();
    let kernels = wall.state().join("kernels");
    let gave_way = |wall: &Wall| wall.messages().gave_way().unwrap();
    wall.run();
    assert_eq!(gave_way(&wall), None, "no image, nothing to say");
    fs::create_dir(&kernels).unwrap();
    let tried = kernels.join("dayroom_1.4.0+1-2.efi");
    fs::write(&tried, b"").unwrap();
    wall.run();
    assert_eq!(gave_way(&wall), None, "one start is left");
    let given_up = kernels.join("dayroom_1.4.0+0-3.efi");
    fs::rename(&tried, &given_up).unwrap();
    for _ in 0..3 {
        wall.run();
        assert_eq!(gave_way(&wall).as_deref(), Some("1.4.0"));
    }
    assert_eq!(wall.audited(), ["audit.began", "release.gave_way"]);
    // The partition is not mounted: nothing is known, and nothing is forgotten.
    fs::rename(&kernels, kernels.with_extension("away")).unwrap();
    wall.run();
    assert_eq!(gave_way(&wall).as_deref(), Some("1.4.0"));
    fs::rename(kernels.with_extension("away"), &kernels).unwrap();
    fs::rename(&given_up, kernels.join("dayroom_1.5.0+3-0.efi")).unwrap();
    wall.run();
    assert_eq!(gave_way(&wall), None);
}
