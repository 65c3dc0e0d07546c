//! A release from central's disk to where the next start finds it: the sync process as it runs, real
//! mutual TLS, and `dayroom machine`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom::demo::sync_clock;
use dayroom::devices::Clock;
use dayroom::devices::power::{Power, PowerError};
use dayroom::domain::machine::{
    MachineAct, MachineRefusal, MachineRequest, MachineRequestId, MachineState,
};
use dayroom::machine::{Machine, Owners};
use dayroom::store::MachineFolder;
use dayroom_central::ca::write_operators;
use dayroom_central::releases::Releases;
use dayroom_central::{Doing, PushState, Pushed, Ring, RingWho, RolloutLimits, tls};
use dayroom_protocol::{OrderBody, ReleaseStage, ReleaseVersion};

use crate::house::{House, Kiosk, PATIENCE};
use crate::operators::{Operator, give, key_set};

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
async fn machine_takes_a_request(state: &Path) -> MachineRequest {
    let requests = MachineFolder::of(state).requests();
    let written = || {
        let names = fs::read_dir(&requests).unwrap().flatten();
        names.map(|name| name.path()).find(|path| {
            !path
                .file_name()
                .unwrap()
                .as_encoded_bytes()
                .starts_with(b".")
        })
    };
    until(|| written().is_some()).await;
    let text = fs::read(written().unwrap()).unwrap();
    let state = state.to_owned();
    let run = move || {
        let machine = Machine {
            state: &state,
            owners: Owners::one(fs::metadata(&state).unwrap().uid()),
            power: &mut NoButtons,
            now: Clock::open().unwrap().now(),
            running: env!("CARGO_PKG_VERSION").parse().unwrap(),
            kernels: &state.join("kernels"),
        };
        machine.run().unwrap();
    };
    tokio::task::spawn_blocking(run).await.unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// A release in central's repository, whose root this kiosk was provisioned with.
fn published(house: &House, keys: &Path, version: &str) -> ReleaseVersion {
    let releases = Releases::new(&house.central_state());
    let now = tls::Clock::system().now();
    releases.begin(keys, now).unwrap();
    let digest = releases.first_root_digest().unwrap();
    let version: ReleaseVersion = version.parse().unwrap();
    let bundle = keys.join("bundle");
    fs::write(&bundle, bytes_of(version)).unwrap();
    releases
        .add(version, &bundle, &[keys.to_owned()], now)
        .unwrap();
    let site = house.state().join("site.json");
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&site).unwrap()).unwrap();
    let fields = text.as_object_mut().unwrap();
    fields.insert("releases_root".to_owned(), digest.to_string().into());
    fs::write(&site, text.to_string()).unwrap();
    version
}

/// Central offers it to this kiosk.
fn roll_out(house: &House, wanted: ReleaseVersion) {
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
    house
        .central
        .start_rollout(wanted, tls::Clock::system().now())
        .unwrap();
}

/// A house whose kiosk is offered this release, and the kiosk's state folder.
async fn house_with_an_offer(version: &str) -> (House, PathBuf, ReleaseVersion) {
    let house = House::start().await;
    let state = house.state();
    let keys = tempfile::tempdir().unwrap();
    let wanted = published(&house, keys.path(), version);
    roll_out(&house, wanted);
    MachineFolder::of(&state).make().unwrap();
    (house, state, wanted)
}

/// How central sees this kiosk with what it offered.
fn said(house: &House) -> (Option<Doing>, Option<ReleaseStage>) {
    let now = tls::Clock::system().now();
    let report = house.central.rollout_report(now).unwrap().unwrap();
    let of = report
        .kiosks
        .into_iter()
        .find(|one| one.kiosk == house.kiosk);
    of.map(|one| (one.doing, one.stage)).unwrap()
}

fn ask(state: &Path, id: u128, act: MachineAct) -> MachineRequestId {
    let id = MachineRequestId(uuid::Uuid::from_u128(id));
    let request = MachineRequest { id, act };
    MachineFolder::of(state).ask(&request).unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_comes_by_itself_and_machine_stages_what_was_signed_and_nothing_else() {
    let (house, state, wanted) = house_with_an_offer("99.0.0").await;

    let clock = sync_clock(Clock::open().unwrap());
    let kiosk = Kiosk::start_with(&state, clock, |options| options.releases.look_first = 0).await;
    machine_takes_a_request(&state).await;
    let staged = state.join("releases/staged/99.0.0");
    let files: Vec<_> = fs::read_dir(&staged).unwrap().flatten().collect();
    let [file] = files.as_slice() else {
        panic!("one bundle: {files:?}")
    };
    assert_eq!(fs::read(file.path()).unwrap(), bytes_of(wanted));
    assert!(state.join("releases/staged/next.bundle").exists());
    // And central hears of it.
    until(|| said(&house) == (Some(Doing::Well), Some(ReleaseStage::Staged))).await;
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
    let act = MachineAct::Stage {
        version: "99.0.0".to_owned(),
        order: None,
    };
    let id = ask(&state, 9, act);
    machine_takes_a_request(&state).await;
    let result = MachineFolder::of(&state).result(id).unwrap().unwrap();
    let refused = MachineState::Refused {
        why: MachineRefusal::Release,
    };
    assert_eq!(result.state, refused);
    assert!(
        fs::read_dir(&staged).unwrap().next().is_none(),
        "nothing is left of it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_did_not_hold_here_is_told_to_central_and_not_fetched_again() {
    let (house, state, wanted) = house_with_an_offer("99.0.0").await;
    // As the boot loader leaves it after the third start that was not marked good.
    fs::create_dir_all(state.join("kernels")).unwrap();
    fs::write(state.join("kernels/dayroom_98.0.0.efi"), b"").unwrap();
    fs::write(state.join("kernels/dayroom_99.0.0+0-3.efi"), b"").unwrap();
    let act = MachineAct::Stage {
        version: wanted.to_string(),
        order: None,
    };
    let id = ask(&state, 9, act);
    machine_takes_a_request(&state).await;
    let result = MachineFolder::of(&state).result(id).unwrap().unwrap();
    let why = MachineRefusal::GaveWay;
    assert_eq!(result.state, MachineState::Refused { why });

    let clock = sync_clock(Clock::open().unwrap());
    let kiosk = Kiosk::start_with(&state, clock, |options| options.releases.look_first = 0).await;
    until(|| said(&house) == (Some(Doing::Badly), Some(ReleaseStage::RolledBack))).await;
    kiosk.stop().await;
    let incoming = fs::read_dir(state.join("releases/incoming")).unwrap();
    let bundles = incoming
        .flatten()
        .filter(|one| one.path().extension().is_some_and(|end| end == "bundle"));
    assert_eq!(bundles.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_release_comes_by_an_order_only_and_machine_verifies_the_order_by_itself() {
    let house = House::start().await;
    let state = house.state();
    let keys = tempfile::tempdir().unwrap();
    let now = || tls::Clock::system().now();
    let wanted = published(&house, keys.path(), "0.0.9");
    let ana = Operator::new("Ana", 1);
    key_set(&house.central, 1, &[&ana], &[&ana], now());
    write_operators(&state, &house.central.key_sets().unwrap()).unwrap();
    MachineFolder::of(&state).make().unwrap();
    let clock = sync_clock(Clock::open().unwrap());
    let kiosk = Kiosk::start_with(&state, clock, |options| options.releases.look_first = 0).await;
    let what = OrderBody::Release {
        version: wanted,
        may_be_older: true,
    };
    let orders = give(&house.central, &[(house.kiosk, what)], &[&ana], now());
    let batch = orders[0].batch.id;
    let state_of = || {
        let lines = house.central.push(Pushed::Orders(batch), now()).unwrap();
        lines[0].state
    };
    until(|| state_of() == PushState::Has).await;
    let asked = machine_takes_a_request(&state).await;
    until(|| state_of() == PushState::Done).await;
    assert!(state.join("releases/staged/0.0.9").exists());
    kiosk.stop().await;

    // The same without the order, with another, with one for another release.
    let MachineAct::Stage {
        order: Some(order), ..
    } = asked.act
    else {
        panic!("{asked:?}")
    };
    let stage = |version: &str, order: Option<String>| MachineAct::Stage {
        version: version.to_owned(),
        order,
    };
    let altered = order.replace("0.0.9", "0.0.8");
    assert_ne!(altered, order);
    for (id, act, why) in [
        (21, stage("0.0.9", None), MachineRefusal::NotNewer),
        (22, stage("0.0.8", Some(altered)), MachineRefusal::Order),
        (
            23,
            stage("0.0.8", Some(order.clone())),
            MachineRefusal::Order,
        ),
        (
            24,
            stage("0.0.9", Some(String::new())),
            MachineRefusal::Order,
        ),
    ] {
        let id = ask(&state, id, act);
        machine_takes_a_request(&state).await;
        let result = MachineFolder::of(&state).result(id).unwrap().unwrap();
        assert_eq!(result.state, MachineState::Refused { why }, "{id}");
    }
    // The order itself still is what lets it in.
    let id = ask(&state, 25, stage("0.0.9", Some(order)));
    machine_takes_a_request(&state).await;
    let result = MachineFolder::of(&state).result(id).unwrap().unwrap();
    assert_eq!(result.state, MachineState::Done);
}
