//! Certificates that servers show, as a kiosk takes them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use dayroom_central::ca::Authority;
use dayroom_client::transport::{
    Deadlines, DeviceIdentity, Endpoint, Identity as _, MemoryKey, Reading, RevocationList,
    Transport, TransportError, Trust, WallClock, diagnose,
};
use dayroom_protocol::{KioskId, ProblemKind, UtcMillis, route};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::mint::{DAY, HOUR, Mint, Minted, kiosk, moment, server, tampered};
use super::table::{Row, check};

const NAME: &str = "central.example.org";
/// A day on which all of this happens.
const NOW: UtcMillis = UtcMillis(1_796_000_000_000);

/// How the kiosk goes about it.
#[derive(Clone)]
struct Kiosk {
    root_pem: String,
    identity: Arc<DeviceIdentity>,
    name: &'static str,
    reading: Reading,
    list: Option<RevocationList>,
}

impl Kiosk {
    /// One in good order whose clock is right.
    fn of(mint: &Mint, trusts: &Mint) -> Self {
        let own = mint.mint(&kiosk(KioskId(uuid::Uuid::from_u128(1)), NOW));
        let key = MemoryKey::from_pem(own.key.as_bytes()).unwrap();
        let identity = DeviceIdentity::new(own.chain.as_bytes(), Arc::new(key)).unwrap();
        Self {
            root_pem: trusts.root_pem.clone(),
            identity: Arc::new(identity),
            name: NAME,
            reading: Reading {
                utc: NOW,
                behind: false,
            },
            list: None,
        }
    }

    fn at(&self, utc: UtcMillis) -> Self {
        Self {
            reading: Reading { utc, behind: false },
            ..self.clone()
        }
    }

    /// Its own clock is behind what is proven.
    fn known_to_be_past(&self, utc: UtcMillis) -> Self {
        Self {
            reading: Reading { utc, behind: true },
            ..self.clone()
        }
    }

    async fn meets(&self, port: u16) -> String {
        let endpoint = Endpoint {
            host: "127.0.0.1".to_owned(),
            port,
            server_name: self.name.to_owned(),
            root_pem: self.root_pem.clone(),
        };
        let reading = self.reading;
        let trust = Trust {
            clock: WallClock::new(move || reading),
            revocations: self.list.clone(),
        };
        let quick = Deadlines {
            connect: Duration::from_secs(1),
            answer: Duration::from_secs(5),
            ..Deadlines::default()
        };
        let transport = match Transport::new(&endpoint, &*self.identity, quick, &trust) {
            Ok(transport) => transport,
            Err(error) => return format!("{error:?}"),
        };
        match transport.knock().await {
            Ok(()) => "accepted".to_owned(),
            Err(error) => {
                let cause = diagnose(&error, self.identity.validity(), reading.utc);
                format!("{cause:?}")
            }
        }
    }
}

/// A server that shows a certificate and answers as central does.
async fn serve(shown: &Minted, version: &'static SupportedProtocolVersion, alpn: &[&[u8]]) -> u16 {
    let chain = CertificateDer::pem_slice_iter(shown.chain.as_bytes())
        .collect::<Result<_, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(|| async {
        let problem = dayroom_protocol::Problem {
            kind: ProblemKind::NotFound,
            title: "not here".to_owned(),
            status: 404,
        };
        (
            axum::http::StatusCode::NOT_FOUND,
            [("content-type", route::PROBLEM_TYPE)],
            serde_json::to_string(&problem).unwrap(),
        )
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let service = TowerToHyperService::new(router);
                    let _ended = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                }
            });
        }
    });
    port
}

async fn h2(shown: &Minted) -> u16 {
    serve(shown, &rustls::version::TLS13, &[b"h2"]).await
}

/// A port behind which these bytes come, and then nothing.
async fn says(bytes: &'static [u8], stays: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _gone = stream.write_all(bytes).await;
                if stays {
                    let mut rest = Vec::new();
                    let _gone = stream.read_to_end(&mut rest).await;
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_server_is_believed_or_not_as_it_should() {
    let mint = Mint::named(
        "root",
        NOW.plus_millis(-365 * DAY),
        NOW.plus_millis(3_000 * DAY),
    );
    let other = Mint::named(
        "root",
        NOW.plus_millis(-365 * DAY),
        NOW.plus_millis(3_000 * DAY),
    );
    let usual = Kiosk::of(&mint, &mint);
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |name, expected: &str, found: String| {
        rows.push(Row {
            name,
            expected: expected.to_owned(),
            found,
        });
    };
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = server(NAME, NOW);
        change(&mut params);
        mint.mint(&params)
    };
    let fine = with(&|_| {});
    let good = h2(&fine).await;

    row("as central makes it", "accepted", usual.meets(good).await);
    let renamed = Kiosk {
        name: "elsewhere.example.org",
        ..usual.clone()
    };
    row(
        "under another name",
        "WrongServer",
        renamed.meets(good).await,
    );
    let address = Kiosk {
        name: "127.0.0.1",
        ..usual.clone()
    };
    row(
        "asked for by address, named by host",
        "WrongServer",
        address.meets(good).await,
    );
    let shown = other.mint(&server(NAME, NOW));
    row(
        "of another root of the same name",
        "WrongServer",
        usual.meets(h2(&shown).await).await,
    );
    let key = KeyPair::generate().unwrap();
    let own = Minted {
        chain: server(NAME, NOW).self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    };
    row(
        "signed by itself",
        "WrongServer",
        usual.meets(h2(&own).await).await,
    );
    row(
        "one bit of the signature turned",
        "WrongServer",
        usual.meets(h2(&tampered(&fine)).await).await,
    );
    let joined = Minted {
        chain: fine.chain.clone() + &mint.root_pem + &other.root_pem,
        key: fine.key.clone(),
    };
    row(
        "with roots behind it",
        "accepted",
        usual.meets(h2(&joined).await).await,
    );
    let shown = with(&|p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth]);
    row(
        "for clients: a kiosk's",
        "WrongServer",
        usual.meets(h2(&shown).await).await,
    );
    let shown = with(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    row(
        "it is an authority",
        "WrongServer",
        usual.meets(h2(&shown).await).await,
    );
    let shown = with(&|p| p.custom_extensions.push(super::mint::unknown_critical()));
    row(
        "a critical extension that nobody knows",
        "WrongServer",
        usual.meets(h2(&shown).await).await,
    );
    let shown = with(&|p| p.subject_alt_names.clear());
    row(
        "without a name",
        "WrongServer",
        usual.meets(h2(&shown).await).await,
    );

    // Time.
    let ended = with(&|p| {
        p.not_before = moment(NOW.plus_millis(-90 * DAY));
        p.not_after = moment(NOW.plus_millis(-HOUR));
    });
    let ended_port = h2(&ended).await;
    row(
        "ended an hour ago",
        "ServerExpired",
        usual.meets(ended_port).await,
    );
    let later = with(&|p| p.not_before = moment(NOW.plus_millis(DAY)));
    let later_port = h2(&later).await;
    row(
        "begins tomorrow",
        "ServerNotYetValid",
        usual.meets(later_port).await,
    );
    let stranger = {
        let mut params = server(NAME, NOW);
        params.not_after = moment(NOW.plus_millis(-HOUR / 2));
        other.mint(&params)
    };
    row(
        "ended, and of another root",
        "WrongServer",
        usual.meets(h2(&stranger).await).await,
    );
    row(
        "good, and this clock is ahead by a year",
        "CertificateExpired",
        usual.at(NOW.plus_millis(365 * DAY)).meets(good).await,
    );
    row(
        "good, and this clock says 2038",
        "CertificateExpired",
        usual.at(UtcMillis(2_147_483_648_000)).meets(good).await,
    );
    row(
        "good, and this clock says 1970, with nothing proven",
        "CertificateNotYetValid",
        usual.at(UtcMillis(0)).meets(good).await,
    );
    let lost = usual.known_to_be_past(NOW.plus_millis(-20 * DAY));
    row(
        "good, and the clock lost its time twenty days ago",
        "accepted",
        lost.meets(good).await,
    );
    row(
        "ended, and the clock lost its time after that",
        "ServerExpired",
        usual.known_to_be_past(NOW).meets(ended_port).await,
    );
    let before = usual.known_to_be_past(NOW.plus_millis(-2 * HOUR / 2));
    row(
        "begins later, and the clock lost its time",
        "accepted",
        before.meets(later_port).await,
    );
    row(
        "good, this clock is an hour slow",
        "accepted",
        usual.at(NOW.plus_millis(-HOUR / 2)).meets(good).await,
    );

    // The root.
    let old = Mint::named(
        "old root",
        NOW.plus_millis(-3_000 * DAY),
        NOW.plus_millis(-DAY),
    );
    let shown = old.mint(&server(NAME, NOW));
    let of_old = Kiosk::of(&mint, &old);
    row(
        "of a root that has ended",
        "ServerExpired",
        of_old.meets(h2(&shown).await).await,
    );
    let early = Mint::named(
        "early root",
        NOW.plus_millis(DAY),
        NOW.plus_millis(3_000 * DAY),
    );
    let shown = early.mint(&server(NAME, NOW));
    let of_early = Kiosk::of(&mint, &early);
    row(
        "of a root that begins tomorrow",
        "ServerNotYetValid",
        of_early.meets(h2(&shown).await).await,
    );

    // Lists.
    let revoked = list(&mint, &[&fine], NOW, NOW.plus_millis(DAY));
    let listed = |list| Kiosk {
        list: Some(list),
        ..usual.clone()
    };
    row(
        "named by the list that is held",
        "WrongServer",
        listed(revoked).meets(good).await,
    );
    let stale = list(
        &mint,
        &[&ended],
        NOW.plus_millis(-900 * DAY),
        NOW.plus_millis(-899 * DAY),
    );
    row(
        "not named by a list that ended years ago",
        "accepted",
        listed(stale).meets(good).await,
    );
    let stale = list(
        &mint,
        &[&fine],
        NOW.plus_millis(-900 * DAY),
        NOW.plus_millis(-899 * DAY),
    );
    row(
        "named by a list that ended years ago",
        "WrongServer",
        listed(stale).meets(good).await,
    );

    // Keys and protocols.
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let shown = mint.mint_for(&server(NAME, NOW), ed25519);
    row(
        "an Ed25519 key",
        "accepted",
        usual.meets(h2(&shown).await).await,
    );
    let port = serve(&fine, &rustls::version::TLS12, &[b"h2"]).await;
    row(
        "a server that speaks TLS 1.2 only",
        "Refused",
        usual.meets(port).await,
    );
    let port = serve(&fine, &rustls::version::TLS13, &[b"http/1.1"]).await;
    row(
        "a server that speaks HTTP/1.1 only",
        "Refused",
        usual.meets(port).await,
    );

    // Not a server of ours at all.
    row(
        "plain HTTP",
        "WrongServer",
        usual
            .meets(says(b"HTTP/1.1 200 OK\r\n\r\n", true).await)
            .await,
    );
    row(
        "nonsense",
        "WrongServer",
        usual.meets(says(&[0x5a; 64], true).await).await,
    );
    row(
        "hangs up at once",
        "Refused",
        usual.meets(says(b"", false).await).await,
    );
    row(
        "never says a word",
        "Unreachable",
        usual.meets(says(b"", true).await).await,
    );
    row("nobody listens", "Unreachable", usual.meets(nobody()).await);
    check("what servers show", &rows);
}

fn list(mint: &Mint, revoked: &[&Minted], made: UtcMillis, ends: UtcMillis) -> RevocationList {
    let revoked_certs = revoked
        .iter()
        .map(|minted| {
            let der = CertificateDer::from_pem_slice(minted.chain.as_bytes()).unwrap();
            let own = dayroom_client::transport::Certificate::read(&der).unwrap();
            rcgen::RevokedCertParams {
                serial_number: rcgen::SerialNumber::from_slice(&own.serial),
                revocation_time: moment(made),
                reason_code: None,
                invalidity_date: None,
            }
        })
        .collect();
    let list = CertificateRevocationListParams {
        this_update: moment(made),
        next_update: moment(ends),
        crl_number: rcgen::SerialNumber::from_slice(&[7]),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let list = list.signed_by(mint.issuer()).unwrap();
    RevocationList::verify(list.der(), &mint.root_pem).unwrap()
}

/// A port where nobody listens.
fn nobody() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_list_proves_something_only_if_the_root_signed_it() {
    let mint = Mint::named("root", NOW, NOW.plus_millis(DAY));
    let other = Mint::named("root", NOW, NOW.plus_millis(DAY));
    let shown = mint.mint(&server(NAME, NOW));
    let good = list(&mint, &[&shown], NOW, NOW.plus_millis(DAY));
    let verify = |der: &[u8], root: &Mint| RevocationList::verify(der, &root.root_pem).is_ok();
    assert!(verify(&good.der(), &mint));
    assert!(!verify(&good.der(), &other), "a namesake");
    for at in 0..good.der().len() {
        let mut altered = good.der().to_vec();
        if let Some(byte) = altered.get_mut(at) {
            *byte ^= 0x01;
        }
        assert!(!verify(&altered, &mint), "one bit at {at}");
        assert!(!verify(good.der().get(..at).unwrap(), &mint), "cut at {at}");
    }
    let mut longer = good.der().to_vec();
    longer.push(0);
    assert!(!verify(&longer, &mint));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_est_name_nobody_needs_a_certificate_and_the_list_proves_itself() {
    use dayroom_central::serve::{Listen, open_central, serve_state};
    use dayroom_central::tls::Clock;
    use rand::SeedableRng;

    let folder = tempfile::tempdir().unwrap();
    let now = Clock::system().now();
    let names = ["localhost".to_owned()];
    let authority = Authority::create(&folder.path().join("ca"), &names, now).unwrap();
    let mut rng = rand::rngs::SmallRng::seed_from_u64(1);
    let central = open_central(
        folder.path(),
        dayroom_central::CentralOptions::default(),
        &mut rng,
    );
    let listen = Listen::at(([127, 0, 0, 1], 0).into());
    let running = serve_state(folder.path(), central.unwrap(), listen, Clock::system())
        .await
        .unwrap();
    let kiosk = KioskId(uuid::Uuid::from_u128(5));
    let issued = authority.issue_kiosk(kiosk, now).unwrap();
    authority.revoke_kiosk(kiosk, now).unwrap();
    let endpoint = |server_name: &str| Endpoint {
        host: "127.0.0.1".to_owned(),
        port: running.local_addr().port(),
        server_name: server_name.to_owned(),
        root_pem: authority.root_pem().to_owned(),
    };
    let trust = Trust::by(WallClock::standing(now));
    let est = authority.est_name().unwrap();
    let anonymous = Transport::anonymous(&endpoint(&est), Deadlines::default(), &trust).unwrap();
    let list = anonymous
        .revocation_list(authority.root_pem())
        .await
        .unwrap();
    let der = CertificateDer::from_pem_slice(issued.cert_pem.as_bytes()).unwrap();
    let own = dayroom_client::transport::Certificate::read(&der).unwrap();
    assert!(list.revoked(&own).is_some());
    // Under its other name central shows nothing to strangers.
    let quick = Deadlines {
        answer: Duration::from_secs(3),
        ..Deadlines::default()
    };
    let main = Transport::anonymous(&endpoint("localhost"), quick, &trust).unwrap();
    // The HTTP client can lose a request whose refusal comes just as it is handed over.
    for _ in 0..5 {
        match main.revocation_list(authority.root_pem()).await {
            Err(TransportError::Unreachable(_)) => {}
            refused => {
                assert!(
                    matches!(refused, Err(TransportError::HungUp(_))),
                    "{refused:?}"
                );
                break;
            }
        }
    }
    running.shutdown().await;
}
