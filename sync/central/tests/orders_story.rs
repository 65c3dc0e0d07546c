//! Operators' keys, orders and pushes, as two operators at the command line go about them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod desk;
mod edge;

use std::process::{Command, Stdio};

use dayroom_protocol::{
    KeySet, Order, OrderBody, OrderOutcome, OrderRefusal, OrderResult, OrderResults, Purpose,
    RecordBody, SignedKeySet, SignedOrder,
};
use desk::{Desk, Kiosk, Server, err, out};
use tempfile::TempDir;

/// What the operators carry with them: never in central's folder.
struct Sticks {
    folder: TempDir,
}

impl Sticks {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(
            folder.path().join("words"),
            "correct horse battery staple\n",
        )
        .unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn key_of(&self, desk: &Desk, name: &str) {
        let (out, words) = (self.path(name), self.path("words"));
        let new = ["operator-key", "new", "--out", &out, "--name", name];
        desk.done(&[&new[..], &["--passphrase-file", &words]].concat());
    }

    /// `args` with the key of that operator.
    fn by(&self, name: &str, args: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        all.extend(["--key".to_owned(), self.path(name)]);
        all.extend(["--passphrase-file".to_owned(), self.path("words")]);
        all
    }
}

fn run(desk: &Desk, args: &[String]) -> std::process::Output {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    desk.run(&args)
}

fn done(desk: &Desk, args: &[String]) -> String {
    let output = run(desk, args);
    assert!(output.status.success(), "{args:?}: {}", err(&output));
    out(&output)
}

/// Ana's and Ben's keys are in force, both sign a change.
fn keyed() -> (Desk, Sticks) {
    let (desk, sticks) = (Desk::set_up(), Sticks::new());
    for name in ["ana", "ben"] {
        sticks.key_of(&desk, name);
    }
    let (ana, ben) = (sticks.path("ana.pub"), sticks.path("ben.pub"));
    let set = [
        "operator-key",
        "set",
        "--add",
        &ana,
        "--add",
        &ben,
        "--pins",
        "2",
    ];
    let said = done(&desk, &sticks.by("ana", &set));
    assert!(said.contains("Key set 1, fingerprint "), "{said}");
    (desk, sticks)
}

fn orders(kiosk: &Kiosk) -> Vec<(SignedOrder, Order)> {
    let bodies = kiosk.bodies().into_iter();
    bodies
        .filter_map(|(_, body)| match body {
            RecordBody::Order(signed) => {
                let order = serde_json::from_str(&signed.0.text).unwrap();
                Some((*signed, order))
            }
            _ => None,
        })
        .collect()
}

fn answer(kiosk: &Kiosk, mark: u64, order: &Order, outcome: OrderOutcome) {
    kiosk.results(&OrderResults {
        mark,
        key_set: 1,
        results: vec![OrderResult {
            order: order.id,
            outcome,
        }],
    });
}

#[test]
fn the_service_has_no_key_and_does_not_run_beside_one() {
    let (desk, sticks) = keyed();
    let sealed = std::fs::read_to_string(sticks.path("ana")).unwrap();
    assert!(sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let inside = ["operator-key", "new", "--name", "Eve", "--out", "state/eve"];
    let words = sticks.path("words");
    let refused = desk.run(&[&inside[..], &["--passphrase-file", &words]].concat());
    assert!(err(&refused).contains("does not belong into central's folder"));
    for place in ["state/forgotten.pem", "forgotten.pem"] {
        std::fs::copy(sticks.path("ana"), desk.path(place)).unwrap();
        let refused = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!refused.status.success());
        assert!(err(&refused).contains("an operator's private key lies at"));
        std::fs::remove_file(desk.path(place)).unwrap();
    }
    std::fs::write(sticks.path("words"), "something else entirely\n").unwrap();
    let wrong = run(
        &desk,
        &sticks.by("ana", &["order", "restart", "--unit", "North"]),
    );
    assert!(err(&wrong).contains("the passphrase does not open it"));
}

/// Another program opens the same file.
#[test]
fn openssl_opens_an_operators_key_with_its_passphrase() {
    let (desk, sticks) = keyed();
    let openssl = Command::new("openssl")
        .args(["pkey", "-in", &sticks.path("ana"), "-noout", "-text_pub"])
        .args(["-passin", &format!("file:{}", sticks.path("words"))])
        .stderr(Stdio::inherit())
        .output();
    let Ok(opened) = openssl else {
        return; // Not on this machine.
    };
    let text: String = out(&opened).split_whitespace().collect();
    assert!(text.contains("ED25519Public-Key"), "{text}");
    let digits = text.replace(':', "");
    let public = std::fs::read_to_string(sticks.path("ana.pub")).unwrap();
    let key: dayroom_protocol::OperatorKey = serde_json::from_str(&public).unwrap();
    assert!(digits.contains(&key.key.to_string()));
    drop(desk);
}

#[test]
fn a_pin_reset_is_signed_here_carried_out_there_and_known_then() {
    let (desk, sticks) = keyed();
    desk.houses_luis();
    let server = Server::start(&desk);
    let kiosk = &server.kiosk;
    let said = done(&desk, &sticks.by("ana", &["order", "pin-reset", "1001"]));
    assert!(said.contains("Given to kiosks: 1."), "{said}");
    let pin = said
        .lines()
        .last()
        .unwrap()
        .split_whitespace()
        .last()
        .unwrap();
    assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
    let given = orders(kiosk);
    let (signed, order) = &given[0];
    assert_eq!(order.number, 1);
    let keys: SignedKeySet = kiosk
        .bodies()
        .into_iter()
        .find_map(|(_, body)| match body {
            RecordBody::OperatorKeys(keys) => Some(*keys),
            _ => None,
        })
        .unwrap();
    let keys = KeySet::read(&keys.0.text).unwrap();
    let by = signed
        .0
        .signers(Purpose::Order, &keys.public_keys())
        .unwrap();
    assert_eq!(by.len(), 1);
    let OrderBody::PinReset {
        resident,
        pin_verifier,
    } = &order.what
    else {
        panic!("{order:?}")
    };
    let line = |kiosk: &Kiosk| {
        let line = kiosk.bodies().into_iter().find(|(id, _)| *id == resident.0);
        match line.unwrap().1 {
            RecordBody::Resident(line) => line.pin_verifier,
            other => panic!("{:?}", other.kind()),
        }
    };
    assert_ne!(line(kiosk), *pin_verifier, "nothing changed yet");
    answer(kiosk, 1, order, OrderOutcome::Done);
    assert_eq!(
        line(kiosk),
        *pin_verifier,
        "what a kiosk has done, central says to all"
    );
    assert!(
        orders(kiosk).is_empty(),
        "an answered order is not offered again"
    );
    let list = desk.done(&["order", "list"]);
    assert!(
        list.contains("pin_reset") && list.contains("done  signed by ana"),
        "{list}"
    );
    let everything = desk.done(&["activity"]);
    assert!(!everything.contains(pin) && !list.contains(pin));
}

#[test]
fn what_passes_the_limits_takes_two_operators() {
    let (desk, sticks) = keyed();
    let roster = "number,name,unit\n1001,A,North\n1002,B,North\n1003,C,North\n";
    std::fs::write(desk.path("roster.csv"), roster).unwrap();
    desk.done(&["roster", "import", "roster.csv"]);
    let three = ["order", "pin-reset", "1001", "1002", "1003"];
    let alone = run(&desk, &sticks.by("ana", &three));
    assert_eq!(alone.status.code(), Some(1));
    assert!(
        out(&alone).contains("This takes two operators."),
        "{}",
        err(&alone)
    );
    assert!(desk.done(&["order", "list"]).is_empty());
    let same = run(
        &desk,
        &sticks.by("ana", &["order", "co-sign", "order.json"]),
    );
    assert!(
        err(&same).contains("two operators"),
        "one person twice is one"
    );
    let both = done(
        &desk,
        &sticks.by("ben", &["order", "co-sign", "order.json"]),
    );
    assert!(
        both.contains("pin_reset for \"North wall\", 3 together"),
        "{both}"
    );
    assert!(both.contains("Given to kiosks: 3."));

    // Nor one at a time: two a day is what one may do alone.
    for number in ["1001", "1002"] {
        done(&desk, &sticks.by("ben", &["order", "pin-reset", number]));
    }
    let third = run(
        &desk,
        &sticks.by(
            "ben",
            &["order", "pin-reset", "1003", "--out", "third.json"],
        ),
    );
    assert!(out(&third).contains("This takes two operators."));
    // Other orders went out since: the file is of no use any more.
    done(
        &desk,
        &sticks.by("ana", &["order", "restart", "--unit", "North"]),
    );
    let late = run(
        &desk,
        &sticks.by("ana", &["order", "co-sign", "third.json"]),
    );
    assert!(err(&late).contains("make the order anew"), "{}", err(&late));

    // One kiosk is one operator's to wipe, two are not.
    desk.done(&[
        "kiosk",
        "create",
        "Other wall",
        "--unit",
        "North",
        "--out",
        "other",
    ]);
    let both = ["order", "wipe", "--unit", "North", "--out", "wipe.json"];
    let alone = run(&desk, &sticks.by("ana", &both));
    assert!(
        out(&alone).contains("This takes two operators."),
        "{}",
        err(&alone)
    );
    done(&desk, &sticks.by("ana", &["order", "wipe", "North wall"]));
}

#[test]
fn the_key_set_changes_by_the_old_sets_signatures_and_removed_keys_are_worth_nothing() {
    let (desk, sticks) = keyed();
    sticks.key_of(&desk, "cleo");
    done(
        &desk,
        &sticks.by("ana", &["order", "restart", "North wall"]),
    );
    let cleo = sticks.path("cleo.pub");
    let set = ["operator-key", "set", "--add", &cleo, "--remove", "ana"];
    let one = run(&desk, &sticks.by("ben", &set));
    assert_eq!(one.status.code(), Some(1));
    assert!(
        out(&one).contains("Signed by 1 of the 2 it takes"),
        "{}",
        err(&one)
    );
    let stranger = run(
        &desk,
        &sticks.by("cleo", &["operator-key", "co-sign", "key-set.json"]),
    );
    assert!(out(&stranger).contains("Signed by 1 of the 2 it takes"));
    let said = done(
        &desk,
        &sticks.by("ana", &["operator-key", "co-sign", "key-set.json"]),
    );
    assert!(said.contains("Key set 2") && said.contains("only removed keys had signed them: 1"));
    let removed = run(
        &desk,
        &sticks.by("ana", &["order", "restart", "North wall"]),
    );
    assert!(err(&removed).contains("no operator of the key set in force has signed it"));
    // A new kiosk learns the set by its folder, an old one by the chain.
    desk.done(&[
        "kiosk", "create", "New wall", "--unit", "North", "--out", "new",
    ]);
    let chain = std::fs::read_to_string(desk.path("new/identity/operators.json")).unwrap();
    let chain: Vec<SignedKeySet> = serde_json::from_str(&chain).unwrap();
    assert_eq!(KeySet::of_chain(&chain).unwrap().version, 2);
}

#[test]
fn a_policy_that_weakens_is_an_operators_to_order() {
    let (desk, sticks) = keyed();
    let set = ["policy", "set", "North", "--idle-lock", "500"];
    let refused = desk.run(&set);
    assert!(
        err(&refused).contains("this weakens idle_lock"),
        "{}",
        err(&refused)
    );
    desk.done(&[
        "policy",
        "set",
        "North",
        "--idle-warning",
        "60",
        "--idle-lock",
        "90",
    ]);
    let said = run(
        &desk,
        &sticks.by("ana", &["order", "policy", "North", "--idle-lock", "500"]),
    );
    assert!(err(&said).contains("This weakens idle_lock."));
    assert!(
        desk.done(&["policy", "show", "North"])
            .contains("\"idle_lock\": 500")
    );
    let code = run(
        &desk,
        &sticks.by("ana", &["order", "policy", "North", "--technician-code"]),
    );
    assert!(
        out(&code).lines().last().unwrap().len() == 10,
        "{}",
        err(&code)
    );
    let plain = desk.run(&["policy", "technician-code"]);
    assert!(err(&plain).contains("from an operator alone"));
}

#[test]
fn a_push_is_watched_until_every_kiosk_has_answered() {
    let (desk, sticks) = keyed();
    let server = Server::start(&desk);
    let kiosk = &server.kiosk;
    kiosk.changes();
    let args = sticks.by("ana", &["order", "restart", "North wall"]);
    let said = done(&desk, &args);
    let batch = said
        .trim()
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    let look = |args: &[&str]| -> Vec<serde_json::Value> {
        let said = out(&desk.run(args));
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let lines = look(&["push", "order", &batch]);
    assert_eq!(lines[0]["state"]["is"], "waiting");
    let mut watch = desk
        .command(&["push", "order", &batch, "--watch", "--timeout", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (_, order) = orders(kiosk).remove(0);
    answer(kiosk, 1, &order, OrderOutcome::Taken);
    answer(
        kiosk,
        1,
        &order,
        OrderOutcome::Refused {
            why: OrderRefusal::Failed,
        },
    );
    assert_eq!(watch.wait().unwrap().code(), Some(1), "not all have it");
    let lines = look(&["push", "order", &batch]);
    assert_eq!(lines[0]["state"]["is"], "refused");
    assert_eq!(lines[0]["state"]["why"], "failed");
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["all_answered"], &last["counts"]["refused"]),
        (&true.into(), &1.into())
    );
    assert!(desk.done(&["activity"]).contains("OrderRefused"));

    // A record: a kiosk has it when it says so, with its next request.
    let lines = look(&["push", "policy", "North"]);
    let is = |line: &serde_json::Value| line["state"]["is"].clone();
    assert_eq!(is(&lines[0]), "fetching");
    let page = kiosk.changes();
    kiosk.changes_after(&page);
    let lines = look(&["push", "policy", "North", "--watch", "--timeout", "60"]);
    // The service writes the new place at its leisure: the first look may still find it fetching.
    let [.., last, end] = &lines[..] else {
        panic!("a line of the kiosk and one at the end: {lines:?}");
    };
    assert_eq!(is(last), "has");
    assert_eq!(end["all_answered"], true);
}

#[test]
fn a_kiosk_is_wiped_before_it_is_revoked_or_when_the_operator_insists() {
    let (desk, sticks) = keyed();
    let revoke = ["kiosk", "revoke", "North wall", "--wipe", "--wait", "1"];
    let silent = run(&desk, &sticks.by("ana", &revoke));
    assert_eq!(silent.status.code(), Some(1));
    assert!(
        err(&silent).contains("has not said that it is wiped"),
        "{}",
        err(&silent)
    );
    assert!(!desk.done(&["status"]).contains("out of service"));
    let insist = [&revoke[..], &["--insist"]].concat();
    let said = done(&desk, &sticks.by("ben", &insist));
    assert!(
        said.contains("Took \"North wall\" out of service"),
        "{said}"
    );
}
