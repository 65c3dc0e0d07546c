//! A release from central's disk to where the next start finds it: the sync process as it runs, real
//! mutual TLS, and `dayroom machine`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use dayroom::demo::sync_clock;
use dayroom::devices::Clock;
use dayroom::devices::power::{Power, PowerError};
use dayroom::domain::machine::{
    MachineAct, MachineRefusal, MachineRequest, MachineRequestId, MachineState,
};
use dayroom::machine::{Machine, Owners};
use dayroom::store::MachineFolder;
use dayroom_central::releases::Releases;
use dayroom_central::{Doing, Ring, RingWho, RolloutLimits, tls};
use dayroom_protocol::{ReleaseStage, ReleaseVersion};

use crate::house::{House, Kiosk, PATIENCE};

struct NoButtons;

impl Power for NoButtons {
    fn restart(&mut self, _: Duration) -> Result<(), PowerError> {
        panic!("staging starts nothing anew")
    }
}

fn bytes_of(version: ReleaseVersion) -> Vec<u8> {
    let line = format!("the bundle of {version}\n").into_bytes();
    line.repeat(2_500_000 / line.len())
}

/// Waits until something holds, which another process makes true.
async fn until(mut holds: impl FnMut() -> bool) {
    let look = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        while !holds() {
            pause.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap();
}

/// As the path unit starts it when something lies in `machine/requests/`.
async fn machine_takes_a_request(state: &Path) {
    let requests = MachineFolder::of(state).requests();
    let written = || {
        let names = fs::read_dir(&requests).unwrap();
        names
            .flatten()
            .any(|name| !name.file_name().as_encoded_bytes().starts_with(b"."))
    };
    until(written).await;
    let state = state.to_owned();
    let run = move || {
        let machine = Machine {
            state: &state,
            owners: Owners::one(fs::metadata(&state).unwrap().uid()),
            power: &mut NoButtons,
            now: Clock::open().unwrap().now(),
        };
        machine.run().unwrap();
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_comes_by_itself_and_machine_stages_what_was_signed_and_nothing_else() {
    let house = House::start().await;
    let state = house.state();
    let keys = tempfile::tempdir().unwrap();
    let releases = Releases::new(&house.central_state());
    let now = || tls::Clock::system().now();
    releases.begin(keys.path(), now()).unwrap();
    let digest = releases.first_root_digest().unwrap();
    let wanted: ReleaseVersion = "99.0.0".parse().unwrap();
    let bundle = keys.path().join("bundle");
    fs::write(&bundle, bytes_of(wanted)).unwrap();
    let dirs = [keys.path().to_owned()];
    releases.add(wanted, &bundle, &dirs, now()).unwrap();
    let ring = Ring {
        name: "all".to_owned(),
        who: RingWho::Kiosks(vec![house.kiosk]),
    };
    let limits = RolloutLimits {
        soak: 0,
        ..RolloutLimits::default()
    };
    house
        .central
        .plan_rollout(wanted, vec![ring], limits)
        .unwrap();
    house.central.start_rollout(wanted, now()).unwrap();
    // What provisioning leaves.
    let site = state.join("site.json");
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&site).unwrap()).unwrap();
    text.as_object_mut()
        .unwrap()
        .insert("releases_root".to_owned(), digest.to_string().into());
    fs::write(&site, text.to_string()).unwrap();
    MachineFolder::of(&state).make().unwrap();

    let clock = sync_clock(Clock::open().unwrap());
    let kiosk = Kiosk::start_with(&state, clock, |options| options.releases.look_first = 0).await;
    machine_takes_a_request(&state).await;
    let staged = state.join("releases/staged/99.0.0");
    let files: Vec<_> = fs::read_dir(&staged).unwrap().flatten().collect();
    let [file] = files.as_slice() else {
        panic!("one bundle: {files:?}")
    };
    assert_eq!(fs::read(file.path()).unwrap(), bytes_of(wanted));
    assert!(state.join("releases/staged/next.json").exists());
    // And central hears of it.
    let said = || {
        let report = house.central.rollout_report(now()).unwrap().unwrap();
        let of = report
            .kiosks
            .into_iter()
            .find(|one| one.kiosk == house.kiosk);
        of.map(|one| (one.doing, one.stage)).unwrap()
    };
    until(|| said() == (Some(Doing::Well), Some(ReleaseStage::Staged))).await;
    kiosk.stop().await;

    // A sync process that has been taken over cannot have something else staged.
    fs::remove_dir_all(&staged).unwrap();
    let incoming = state.join("releases/incoming");
    let mut names = fs::read_dir(&incoming)
        .unwrap()
        .flatten()
        .map(|one| one.path());
    let kept = names.find(|path| path.extension().is_some_and(|e| e == "bundle"));
    let mut bytes = bytes_of(wanted);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(kept.unwrap(), bytes).unwrap();
    let id = MachineRequestId(uuid::Uuid::from_u128(9));
    let act = MachineAct::Stage {
        version: "99.0.0".to_owned(),
        order: None,
    };
    let folder = MachineFolder::of(&state);
    folder.ask(&MachineRequest { id, act }).unwrap();
    machine_takes_a_request(&state).await;
    let result = folder.result(id).unwrap().unwrap();
    let refused = MachineState::Refused {
        why: MachineRefusal::Release,
    };
    assert_eq!(result.state, refused);
    assert!(
        fs::read_dir(&staged).unwrap().next().is_none(),
        "nothing is left of it"
    );
}
