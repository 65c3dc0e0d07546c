//! Our EST server with clients that are not ours, our client with a server that is not ours. What
//! is run is in `tests/est_interop`; a tool that is missing is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

mod enrolling;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dayroom_client::est::{
    CertificateError, CertificateRequest, EstClient, EstError, EstPlace, Issued, Subject, bootstrap,
};
use dayroom_client::transport::{Deadlines, Signer};
use dayroom_protocol::{EnrolmentRefusal, KioskId, UtcMillis};
use enrolling::{DAY, House, Key, pin_of, reason, system};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

fn program(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/est_interop")
        .join(name)
}

/// Runs a script to its end, which must be good and say that it did all of it. The scripts give
/// up by themselves when nobody answers.
async fn succeeds(name: &'static str, arguments: &[&str]) {
    let mut script = Command::new("bash");
    script.arg(program(name)).args(arguments);
    let done = spawn_blocking(move || script.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&done.stderr).into_owned();
    let all = said.ends_with("--- all of it\n");
    assert!(done.status.success() && all, "{name}: {said}{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_openssl_enrol_and_renew_by_the_rfc_alone() {
    let house = House::start().await;
    let code = house.code(house.kiosk).plain();
    let root = house.authority.root().unwrap();
    let sha256 = ring::digest::digest(&ring::digest::SHA256, &root);
    let fingerprint: String = sha256
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let port = house.running.local_addr().port().to_string();
    let kiosk = house.kiosk.to_string();
    let arguments = [
        &port,
        "est.central.test",
        "central.test",
        &fingerprint,
        &kiosk,
        &code,
    ];
    succeeds("curl.sh", &arguments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bouncy_castle_enrols_and_renews() {
    let house = House::start().await;
    let code = house.code(house.kiosk).plain();
    let root = house.folder.path().join("ca/root.pem");
    let port = house.running.local_addr().port().to_string();
    let kiosk = house.kiosk.to_string();
    let arguments = [
        &port,
        "est.central.test",
        root.to_str().unwrap(),
        &kiosk,
        &code,
    ];
    succeeds("bouncy_castle.sh", &arguments).await;
}

/// The server of Python and openssl.
struct Foreign {
    folder: TempDir,
    port: u16,
    running: Child,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ended = self.running.kill();
        let _reaped = self.running.wait();
    }
}

impl Foreign {
    async fn start(pending: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let mut running = Command::new("python3")
            .arg(program("est_server.py"))
            .arg(folder.path())
            .args(["kiosk", "secret", &pending.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is missing");
        let mut said = BufReader::new(running.stdout.take().unwrap());
        let mut line = String::new();
        // Ends too when the program does.
        let line = spawn_blocking(move || said.read_line(&mut line).map(|_| line)).await;
        Self {
            folder,
            port: line.unwrap().unwrap().trim().parse().expect("it started"),
            running,
        }
    }

    fn place(&self) -> EstPlace {
        EstPlace {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            est_name: "est.foreign.test".to_owned(),
        }
    }

    fn root(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.folder.path().join("root.pem")).unwrap()
    }
}

const KIOSK: KioskId = KioskId(uuid::Uuid::from_u128(
    0x0198_0000_0000_7000_8000_0000_0000_0007,
));

#[tokio::test(flavor = "multi_thread")]
async fn our_client_enrols_and_renews_at_a_server_of_python_and_openssl() {
    let foreign = Foreign::start(1).await;
    // Its certificates begin to hold now.
    let now = system().plus_millis(2_000);
    let deadlines = Deadlines::default();
    let root = bootstrap(&foreign.place(), pin_of(&foreign.root()), now, deadlines)
        .await
        .unwrap()
        .root_pem;
    let endpoint = foreign.place().trusting(&root);
    let stranger = EstClient::new(&endpoint, None, now, deadlines).unwrap();
    let authorities = stranger.cacerts().await.unwrap();
    assert_eq!(authorities.len(), 2, "a root and an authority below it");
    let wishes = stranger.csrattrs().await.unwrap();
    assert!(wishes.asks_for_linking());
    assert_eq!(wishes.names.len(), 3);

    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Kiosk(KIOSK)).unwrap();
    let refused = stranger
        .enroll(&request, "kiosk", "false")
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Wrong);
    let pending = stranger
        .enroll(&request, "kiosk", "secret")
        .await
        .unwrap_err();
    let EstError::Pending { retry_after } = pending else {
        panic!("{pending:?}");
    };
    assert_eq!(retry_after, Duration::from_secs(7));
    let mut sent = stranger.enroll(&request, "kiosk", "secret").await.unwrap();
    let check = |sent: &[CertificateDer<'_>], now: UtcMillis| {
        Issued::check(sent, key.public_key(), Some(KIOSK), &root, now)
    };
    // Only with what stands between it and the root does it lead there.
    assert!(matches!(check(&sent, now), Err(CertificateError::Chain(_))));
    sent.extend(authorities.clone());
    let first = check(&sent, now).unwrap();
    assert_eq!((first.kiosk, first.chain.len()), (KIOSK, 2));
    assert!(check(&sent, now.plus_millis(31 * DAY)).is_err());

    let identity = key.identity(&first);
    let known = EstClient::new(&endpoint, Some(&identity), now, deadlines).unwrap();
    let mut sent = known.reenroll(&request).await.unwrap();
    sent.extend(authorities);
    let next = check(&sent, now).unwrap();
    assert_ne!(next.chain[0], first.chain[0]);
    let bare = stranger.reenroll(&request).await.unwrap_err();
    assert_eq!(reason(&bare), EnrolmentRefusal::Revoked);
    // It does not know what only our central says.
    assert!(matches!(known.site().await, Err(EstError::Answer(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_takes_no_root_that_the_code_does_not_name() {
    let foreign = Foreign::start(0).await;
    let house = House::start().await;
    let refused = bootstrap(
        &foreign.place(),
        house.pin(),
        system(),
        Deadlines::default(),
    )
    .await;
    assert!(matches!(refused, Err(EstError::WrongRoot)), "{refused:?}");
    // The right root, but a name that is not in the server's certificate.
    let place = EstPlace {
        est_name: "est.central.test".to_owned(),
        ..foreign.place()
    };
    let now = system().plus_millis(2_000);
    let refused = bootstrap(&place, pin_of(&foreign.root()), now, Deadlines::default()).await;
    assert!(matches!(refused, Err(EstError::WrongRoot)), "{refused:?}");
}
