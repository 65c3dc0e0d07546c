//! One-time codes at the operators' command line, and what a technician does with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

mod desk;
mod edge;

use std::os::unix::fs::PermissionsExt;

use dayroom_client::est::{CertificateRequest, EstClient, EstPlace, Issued, Subject, bootstrap};
use dayroom_client::transport::{Deadlines, SignError, Signer};
use dayroom_protocol::{EnrolmentCode, EnrolmentTicket, route};
use desk::{Desk, Server, err};
use edge::now;
use rcgen::{KeyPair, PublicKeyData, SigningKey};

#[derive(Debug)]
struct Key(KeyPair, Vec<u8>);

impl Key {
    fn new() -> Self {
        let pair = KeyPair::generate().unwrap();
        let public = pair.subject_public_key_info();
        Self(pair, public)
    }
}

impl Signer for Key {
    fn public_key(&self) -> &[u8] {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        SigningKey::sign(&self.0, message).map_err(|error| SignError(error.to_string()))
    }
}

/// The code that a command printed.
fn printed(said: &str) -> EnrolmentCode {
    let line = said.lines().find(|line| line.starts_with("    ")).unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn a_code_is_shown_once_and_written_for_the_owner_alone() {
    let desk = Desk::set_up();
    let create = [
        "enrol",
        "create",
        "South wall",
        "--unit",
        "South",
        "--host",
        "localhost",
        "--port",
        "9443",
        "--ticket",
        "south.json",
        "--qr",
        "south.svg",
        "--valid",
        "3d",
    ];
    let said = desk.done(&create);
    let code = printed(&said);
    assert!(said.contains("\"South wall\"") && said.contains("localhost and port 9443"));
    for file in ["south.json", "south.svg"] {
        let mode = std::fs::metadata(desk.path(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let ticket = std::fs::read(desk.path("south.json")).unwrap();
    let ticket = EnrolmentTicket::from_json(&ticket).unwrap();
    assert_eq!(ticket.code, code.plain());
    assert_eq!(
        (ticket.central_host.as_str(), ticket.central_port),
        ("localhost", 9443)
    );
    assert_eq!(
        (ticket.unit_name.as_str(), ticket.label.as_str()),
        ("South", "South wall")
    );
    assert_eq!(
        (ticket.server_name.as_str(), ticket.est_name.as_str()),
        ("localhost", "est.localhost")
    );
    let days = ticket.expires.millis_since(now()) as f64 / 86_400_000.0;
    assert!((2.9..=3.0).contains(&days), "{days}");
    let picture = std::fs::read_to_string(desk.path("south.svg")).unwrap();
    assert!(picture.contains("<svg"));

    // Nothing is written over, and then nothing is made.
    let again = desk.run(&create);
    assert!(!again.status.success() && err(&again).contains("is there already"));
    let listed = desk.done(&["enrol", "list"]);
    assert_eq!(listed.lines().count(), 1);
    assert!(listed.contains("South wall: open until") && listed.contains("wrong tries: 0"));
    assert!(!listed.contains(&code.plain()) && !listed.contains(&code.grouped()));
    assert!(
        desk.done(&["activity"])
            .contains("South wall: was given a one-time code")
    );
}

#[test]
fn a_code_is_taken_back_or_replaced_and_the_name_of_est_changes() {
    let desk = Desk::set_up();
    let first = printed(&desk.done(&["enrol", "create", "--kiosk", "North wall"]));
    let second = printed(&desk.done(&["enrol", "create", "--kiosk", "North wall", "--qr"]));
    assert!(first != second);
    let listed = desk.done(&["enrol", "list"]);
    assert!(listed.contains("taken back") && listed.contains("open until"));
    desk.done(&["enrol", "cancel", "North wall"]);
    assert!(!desk.done(&["enrol", "list"]).contains("open until"));
    assert!(
        !desk
            .run(&["enrol", "cancel", "North wall"])
            .status
            .success()
    );
    assert!(
        desk.done(&["enrol", "list", "--json"])
            .contains("\"state\":\"cancelled\"")
    );

    for wrong in [
        &["enrol", "create"] as &[&str],
        &["enrol", "create", "West wall"],
        &["enrol", "create", "West wall", "--unit", "West"],
        &["enrol", "create", "W", "--unit", "South", "--valid", "15d"],
        &[
            "enrol",
            "create",
            "W",
            "--unit",
            "South",
            "--host",
            "elsewhere.test",
        ],
        &["enrol", "create", "--kiosk", "nobody"],
        &["enrol", "name", "localhost"],
    ] {
        assert!(!desk.run(wrong).status.success(), "{wrong:?}");
    }
    desk.done(&["kiosk", "revoke", "North wall"]);
    let refused = desk.run(&["enrol", "create", "--kiosk", "North wall"]);
    assert!(err(&refused).contains("out of service"));
    assert!(desk.done(&["enrol", "name"]).contains("est.localhost"));
    desk.done(&["enrol", "name", "enrol.cedar.test"]);
    assert!(desk.done(&["enrol", "name"]).contains("enrol.cedar.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_is_all_that_a_kiosk_needs() {
    let desk = Desk::set_up();
    let server = Server::start(&desk);
    let said = desk.done(&["enrol", "create", "South wall", "--unit", "South"]);
    let code = printed(&said);
    let place = EstPlace {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        est_name: route::EST_COMMON_NAME.to_owned(),
    };
    let deadlines = Deadlines::default();
    let root = bootstrap(&place, code.pin(), now(), deadlines)
        .await
        .unwrap()
        .root_pem;
    let client = EstClient::new(&place.trusting(&root), None, now(), deadlines).unwrap();
    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Enrolment(code.number())).unwrap();
    let user = code.number().to_string();
    let sent = client.enroll(&request, &user, &code.plain()).await.unwrap();
    let issued = Issued::check(&sent, key.public_key(), None, &root, now()).unwrap();
    assert!(said.contains(&issued.kiosk.to_string()));
    assert!(desk.done(&["enrol", "list"]).contains("South wall: used"));
    assert!(
        desk.done(&["activity"])
            .contains("South wall: enrolled, certificate")
    );
}
