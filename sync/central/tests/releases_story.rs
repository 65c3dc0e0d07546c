//! A release from the operator's keys to a kiosk's disk, over the real command line and real mutual
//! TLS; and a rollout that halts by itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod desk;
mod edge;
mod release_fleet;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use dayroom_client::releases::{
    Bundle, FolderPlatform, Incoming, NoCut, Stage, StageWish, Trust, TrustError,
};
use dayroom_client::transport::{
    AnswerError, Deadlines, DeviceIdentity, Endpoint, MemoryKey, Transport, TransportError,
    Trust as Clocks, WallClock,
};
use dayroom_protocol::{ReleaseReport, ReleaseStage};
use desk::{Desk, Server, err, out};
use edge::now;
use release_fleet::version;
use serde_json::Value;

/// The sync process of a kiosk, as far as the wire goes.
fn transport(folder: &Path, port: u16) -> Transport {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let site: Value = serde_json::from_slice(&read("site.json")).unwrap();
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
        server_name: site["server_name"].as_str().unwrap().to_owned(),
        root_pem: site["root_pem"].as_str().unwrap().to_owned(),
    };
    let key = MemoryKey::from_pem(&read("identity/key.pem")).unwrap();
    let identity = DeviceIdentity::new(&read("identity/cert.pem"), Arc::new(key)).unwrap();
    let clocks = Clocks::by(WallClock::standing(now()));
    Transport::new(&endpoint, &identity, Deadlines::default(), &clocks).unwrap()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let line = format!("the bundle of {text}\n").into_bytes();
    line.repeat(2_500_000 / line.len())
}

fn with_release(desk: &Desk) {
    desk.done(&["release", "keys", "init", "--dir", "keys"]);
    fs::write(desk.path("bundle"), bytes_of("1.4.0")).unwrap();
    let add = ["release", "add", "1.4.0", "bundle", "--dir", "keys"];
    desk.done(&add);
}

/// Fetches up to `upto` bytes of a bundle, from where it stopped.
async fn fetch(transport: &Transport, incoming: &Incoming, bundle: &Bundle, upto: u64) -> u64 {
    let have = incoming.have(bundle).unwrap();
    let mut stream = transport.bundle(bundle, have).await.unwrap();
    assert_eq!(stream.total(), bundle.length);
    let mut part = incoming.append(bundle).unwrap();
    let mut came = 0;
    while let Some(piece) = stream.next().await.unwrap() {
        part.add(&piece).unwrap();
        came += piece.len() as u64;
        if have + came >= upto {
            break;
        }
    }
    came
}

#[test]
fn from_the_keys_to_the_staged_bytes_with_a_transfer_that_breaks_off() {
    let desk = Desk::set_up();
    with_release(&desk);
    let listed = desk.done(&["release", "list"]);
    assert!(
        listed.contains("1.4.0") && listed.contains("timestamp    number 2"),
        "{listed}"
    );
    let root = desk.path("root.json");
    desk.done(&["release", "root", "export", "root.json"]);
    let server = Server::start(&desk);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let transport = runtime.block_on(async { transport(&desk.path("kiosk"), server.port()) });
    let state = desk.path("kiosk");
    runtime.block_on(async {
        // Nobody is offered it before the rollout.
        assert_eq!(transport.release_offer().await.unwrap().version, None);
        desk.done(&[
            "release", "rollout", "start", "1.4.0", "--ring", "all=100%", "--soak", "0",
        ]);
        assert_eq!(
            transport.release_offer().await.unwrap().version,
            Some(version("1.4.0"))
        );

        // Sync: verify, fetch, break off, resume.
        let trust = Trust::new(state.join("sync.json"), root.clone());
        let told = trust
            .update(Arc::new(transport.clone()), now())
            .await
            .unwrap();
        let bundle = told.bundles[&version("1.4.0")];
        let incoming = Incoming::open(state.join("releases/incoming")).unwrap();
        incoming.keep_metadata(&told.metadata).unwrap();
        let third = bundle.length / 3;
        let first = fetch(&transport, &incoming, &bundle, third).await;
        assert!(
            (third..bundle.length).contains(&first),
            "it broke off at {first}"
        );
        assert_eq!(incoming.have(&bundle).unwrap(), first);
        let rest = fetch(&transport, &incoming, &bundle, u64::MAX).await;
        assert_eq!(first + rest, bundle.length, "nothing came twice");
        assert!(incoming.finish(&bundle).unwrap());

        // Machine: the root it was given, and nobody's word.
        fs::create_dir_all(state.join("machine")).unwrap();
        let stage = Stage {
            trust: Trust::new(state.join("machine/releases.json"), root.clone()),
            incoming: state.join("releases/incoming"),
            staged: state.join("releases/staged"),
            running: version("1.3.0"),
        };
        let wish = StageWish {
            version: version("1.4.0"),
            may_be_older: false,
        };
        let mut platform = FolderPlatform::new(state.join("releases/staged"));
        let staged = stage
            .stage(wish, now(), &mut NoCut, &mut platform)
            .await
            .unwrap();
        assert_eq!(fs::read(staged.bundle).unwrap(), bytes_of("1.4.0"));

        let report = ReleaseReport {
            running: version("1.3.0"),
            offered: Some(version("1.4.0")),
            stage: ReleaseStage::Staged,
        };
        transport.report_release(&report).await.unwrap();
        let status = desk.done(&["release", "rollout", "status", "--json"]);
        let status: Value = serde_json::from_str(&status).unwrap();
        assert_eq!(status["state"], "done");
        assert_eq!(status["kiosks"][0]["doing"], "well");
        assert_eq!(status["kiosks"][0]["running"], "1.3.0");
    });
    server.stop();
}

#[test]
fn a_central_that_serves_something_else_is_found_out_on_the_way() {
    let desk = Desk::set_up();
    with_release(&desk);
    desk.done(&["release", "root", "export", "root.json"]);
    let server = Server::start(&desk);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let transport = transport(&desk.path("kiosk"), server.port());
        let trust = Trust::new(desk.path("kiosk/sync.json"), desk.path("root.json"));
        let told = trust
            .update(Arc::new(transport.clone()), now())
            .await
            .unwrap();
        let bundle = told.bundles[&version("1.4.0")];
        let served = desk.path("state/releases/targets").join(bundle.file_name());
        // Endless: a bundle that is longer than the signed list says is not even begun.
        let mut longer = bytes_of("1.4.0");
        longer.extend([0; 1024]);
        fs::write(&served, &longer).unwrap();
        let refused = transport.bundle(&bundle, 0).await.unwrap_err();
        assert!(
            matches!(refused, TransportError::Answer(AnswerError::TooLarge)),
            "{refused:?}"
        );
        // Altered: it comes, and is thrown away.
        let mut other = bytes_of("1.4.0");
        other[1_000_000] ^= 1;
        fs::write(&served, &other).unwrap();
        let incoming = Incoming::open(desk.path("kiosk/incoming")).unwrap();
        fetch(&transport, &incoming, &bundle, u64::MAX).await;
        assert!(!incoming.finish(&bundle).unwrap());
        assert_eq!(incoming.have(&bundle).unwrap(), 0);
        // Metadata that is no metadata, of any length.
        let timestamp = desk.path("state/releases/metadata/timestamp.json");
        fs::write(&timestamp, vec![b' '; 400 * 1024]).unwrap();
        let asked = trust
            .update(Arc::new(transport.clone()), now())
            .await
            .unwrap_err();
        assert!(matches!(asked, TrustError::Refused(_)), "{asked:?}");
        // Out of reach is no refusal: it is tried again.
        tokio::task::block_in_place(|| drop(server));
        let asked = trust.update(Arc::new(transport), now()).await.unwrap_err();
        assert!(matches!(asked, TrustError::Unreachable(_)), "{asked:?}");
    });
}

#[test]
fn the_service_does_not_start_beside_an_offline_key() {
    let desk = Desk::set_up();
    with_release(&desk);
    for name in ["root-1", "targets", "snapshot"] {
        let key = desk.path(&format!("keys/{name}.key.pem"));
        let there = desk.path("state/a-note.txt");
        fs::copy(key, &there).unwrap();
        let refused = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!refused.status.success());
        assert!(
            err(&refused).contains("within reach: state/a-note.txt"),
            "{}",
            err(&refused)
        );
        fs::remove_file(there).unwrap();
    }
    let inside = desk.run(&[
        "release",
        "keys",
        "rotate",
        "targets",
        "--new",
        "state/new",
        "--dir",
        "keys",
    ]);
    assert!(
        err(&inside).contains("within the service's reach"),
        "{}",
        err(&inside)
    );
    Server::start(&desk).stop();
}

#[test]
fn roots_are_signed_in_turn_and_releases_are_added_withdrawn_and_named_once() {
    let desk = Desk::set_up();
    let early = desk.run(&["release", "list"]);
    assert!(err(&early).contains("release keys init"), "{}", err(&early));
    with_release(&desk);
    let twice = desk.run(&["release", "keys", "init", "--dir", "others"]);
    assert!(err(&twice).contains("begun already"));
    let again = desk.run(&["release", "add", "1.4.0", "bundle", "--dir", "keys"]);
    assert!(err(&again).contains("release 1.4.0 is there already"));
    fs::create_dir(desk.path("empty")).unwrap();
    let without = desk.run(&["release", "add", "1.5.0", "bundle", "--dir", "empty"]);
    assert!(
        err(&without).contains("role targets needs 1 of its keys, 0 are"),
        "{}",
        err(&without)
    );
    // Two people, each with one root key.
    for (person, key) in [("ann", "root-1"), ("bo", "root-2")] {
        fs::create_dir(desk.path(person)).unwrap();
        let name = format!("{key}.key.pem");
        fs::rename(desk.path("keys").join(&name), desk.path(person).join(&name)).unwrap();
    }
    let begun = desk.run(&[
        "release", "keys", "rotate", "targets", "--new", "new", "--dir", "ann",
    ]);
    assert_eq!(begun.status.code(), Some(1), "it waits");
    // The list has to be signed anew by the new key, so the others have to be there too.
    let done = desk.done(&[
        "release", "root", "sign", "--dir", "bo", "--dir", "new", "--dir", "keys",
    ]);
    assert!(done.contains("It is published."), "{done}");
    let old = desk.run(&["release", "withdraw", "1.4.0", "--dir", "keys"]);
    assert!(err(&old).contains("role targets needs 1 of its keys"));
    desk.done(&[
        "release", "withdraw", "1.4.0", "--dir", "keys", "--dir", "new",
    ]);
    assert!(
        desk.done(&["release", "list"])
            .contains("There is no release yet.")
    );
    assert_eq!(
        fs::read_dir(desk.path("state/releases/targets"))
            .unwrap()
            .count(),
        0
    );
    let json: Value = serde_json::from_str(&desk.done(&["release", "list", "--json"])).unwrap();
    assert_eq!(json["roles"]["root"]["version"], 2);
}

#[test]
fn a_rollout_halts_by_itself_when_a_ring_does_badly_and_goes_on_when_told() {
    let desk = Desk::set_up();
    for label in ["North dayroom", "South wall", "South dayroom"] {
        let unit = label.split(' ').next().unwrap();
        let out = label.replace(' ', "-");
        desk.done(&["kiosk", "create", label, "--unit", unit, "--out", &out]);
    }
    desk.done(&["release", "keys", "init", "--dir", "keys"]);
    fs::write(desk.path("bundle"), bytes_of("1.4.0")).unwrap();
    desk.done(&[
        "release",
        "add",
        "1.4.0",
        "bundle",
        "--dir",
        "keys",
        "--soak",
        "0",
        "--ring",
        "north=North wall,North dayroom",
        "--ring",
        "all=100%",
    ]);
    let unknown = desk.run(&["release", "rollout", "start", "1.4.1"]);
    assert!(err(&unknown).contains("release 1.4.1 is not there"));
    desk.done(&["release", "rollout", "start", "1.4.0"]);
    let server = Server::start(&desk);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let of = |folder: &str| transport(&desk.path(folder), server.port());
        let (wall, dayroom, south) = (of("kiosk"), of("North-dayroom"), of("South-wall"));
        let wanted = Some(version("1.4.0"));
        let say = |stage: ReleaseStage| ReleaseReport {
            running: version("1.3.0"),
            offered: wanted,
            stage,
        };
        let status = || -> Value {
            let said = desk.done(&["release", "rollout", "status", "--json"]);
            serde_json::from_str(&said).unwrap()
        };
        assert_eq!(wall.release_offer().await.unwrap().version, wanted);
        assert_eq!(
            south.release_offer().await.unwrap().version,
            None,
            "not its turn"
        );
        wall.report_release(&say(ReleaseStage::Staged))
            .await
            .unwrap();
        assert_eq!(status()["state"], "going", "one of two is on its way");
        let why = "bundle of release 1.4.0 is not the one that is signed".to_owned();
        dayroom
            .report_release(&say(ReleaseStage::Refused { why }))
            .await
            .unwrap();
        let halted = status();
        assert_eq!(
            (&halted["state"], &halted["ring"]),
            (&"halted".into(), &0.into())
        );
        assert_eq!(halted["why"], "1 of 2 kiosks of the ring \"north\" failed");
        for kiosk in [&wall, &dayroom, &south] {
            assert_eq!(
                kiosk.release_offer().await.unwrap().version,
                None,
                "it stands"
            );
        }
        let words = desk.done(&["release", "rollout", "status"]);
        assert!(
            words.contains("North dayroom: {\"is\":\"refused\""),
            "{words}"
        );
        // A push tells the same, kiosk by kiosk.
        let pushed = out(&desk.run(&["push", "release"]));
        let lines: Vec<Value> = pushed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let of = |label: &str| {
            lines
                .iter()
                .find(|line| line["kiosk_label"] == label)
                .unwrap()
        };
        assert_eq!(of("North wall")["state"]["is"], "has");
        assert_eq!(of("North dayroom")["state"]["is"], "refused");
        assert_eq!(
            of("North dayroom")["said"],
            "bundle of release 1.4.0 is not the one that is signed"
        );
        assert_eq!(lines.last().unwrap()["counts"]["refused"], 1);
        // An operator has looked into it.
        desk.done(&["release", "rollout", "resume"]);
        assert_eq!(dayroom.release_offer().await.unwrap().version, wanted);
        dayroom
            .report_release(&say(ReleaseStage::Staged))
            .await
            .unwrap();
        assert_eq!(status()["ring"], 1);
        assert_eq!(south.release_offer().await.unwrap().version, wanted);
        desk.done(&["release", "rollout", "pause"]);
        assert_eq!(south.release_offer().await.unwrap().version, None);
        // A kiosk that went back later counts against its ring.
        desk.done(&["release", "rollout", "resume"]);
        wall.report_release(&say(ReleaseStage::RolledBack))
            .await
            .unwrap();
        assert_eq!(status()["state"], "halted");
        // Too long a word is not taken.
        let long = ReleaseStage::Failed {
            why: "x".repeat(10_000),
        };
        let refused = wall.report_release(&say(long)).await.unwrap_err();
        assert!(matches!(refused, TransportError::Problem { .. }));
    });
    server.stop();
}
