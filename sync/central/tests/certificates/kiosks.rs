//! Certificates that kiosks show, as the running central takes them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dayroom_central::ca::Authority;
use dayroom_central::serve::{Listen, Running, open_central, serve_state};
use dayroom_central::tls::Clock;
use dayroom_central::{Central, CentralOptions, PinCost, PinDigits};
use dayroom_client::plan::Cause;
use dayroom_client::transport::{
    Deadlines, DeviceIdentity, Endpoint, Identity as _, IdentityError, MemoryKey, Transport, Trust,
    WallClock, diagnose,
};
use dayroom_protocol::{KioskId, UtcMillis, route};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose};
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::mint::{DAY, HOUR, Mint, Minted, dns, kiosk, moment, tampered, unknown_critical, uri};
use super::table::{Row, check};

const RSA: &str = include_str!("rsa.key.pem");

/// A central that runs, with two kiosks.
struct House {
    _folder: tempfile::TempDir,
    state: PathBuf,
    authority: Authority,
    central: Central,
    running: Running,
    north: KioskId,
    retired: KioskId,
}

impl House {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().to_owned();
        let now = now();
        let authority =
            Authority::create(&state.join("ca"), &["localhost".to_owned()], now).unwrap();
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let mut rng = SmallRng::seed_from_u64(1);
        let central = open_central(&state, options, &mut rng).unwrap();
        let facility = central
            .create_facility("Cedar County", "UTC", PinDigits::Six, &mut rng)
            .unwrap();
        let unit = central.create_unit(facility, "North", &mut rng).unwrap();
        let north = central.create_kiosk(unit, "North wall", &mut rng).unwrap();
        let retired = central.create_kiosk(unit, "Old wall", &mut rng).unwrap();
        central.retire_kiosk(retired, now).unwrap();
        let listen = Listen::at(([127, 0, 0, 1], 0).into());
        let running = serve_state(&state, central.clone(), listen, Clock::system())
            .await
            .unwrap();
        Self {
            _folder: folder,
            state,
            authority,
            central,
            running,
            north,
            retired,
        }
    }

    fn mint(&self) -> Mint {
        Mint::of(&self.state)
    }

    /// What central does with whoever shows this, however little sense it makes.
    async fn takes(&self, shown: &Shown) -> &'static str {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(shown.config(&self.authority))
            .no_proxy()
            .build()
            .unwrap();
        let port = self.running.local_addr().port();
        let nobodys = "00".repeat(32);
        let url = format!("https://localhost:{port}{}/{nobodys}", route::BLOBS);
        // The HTTP client can lose a request whose refusal comes just as it is handed over.
        for _ in 0..5 {
            let asked = client.get(&url).send();
            match tokio::time::timeout(Duration::from_secs(2), asked).await {
                // The blob is nobody's, and central says so to those it knows.
                Ok(Ok(answer)) if answer.status() == 404 => return "accepted",
                Ok(Ok(answer)) if answer.status() == 403 => return "refused: unknown",
                Ok(Ok(answer)) => panic!("central says {}", answer.status()),
                Ok(Err(_)) => return "refused",
                Err(_) => {}
            }
        }
        panic!("neither answered nor refused");
    }

    /// What the kiosk itself makes of it.
    async fn diagnosed(&self, minted: &Minted) -> String {
        let key = match MemoryKey::from_pem(minted.key.as_bytes()) {
            Ok(key) => Arc::new(key),
            Err(error) => return format!("{error:?}"),
        };
        let identity = match DeviceIdentity::new(minted.chain.as_bytes(), key) {
            Ok(identity) => identity,
            Err(error) => return format!("{error:?}"),
        };
        let endpoint = Endpoint {
            host: "127.0.0.1".to_owned(),
            port: self.running.local_addr().port(),
            server_name: "localhost".to_owned(),
            root_pem: self.authority.root_pem().to_owned(),
        };
        let trust = Trust::by(WallClock::standing(now()));
        let quick = Deadlines {
            answer: Duration::from_secs(3),
            ..Deadlines::default()
        };
        for _ in 0..5 {
            let transport = Transport::new(&endpoint, &identity, quick, &trust).unwrap();
            match transport.knock().await {
                Ok(()) => return "online".to_owned(),
                Err(error) => match diagnose(&error, identity.validity(), now()) {
                    Cause::Unreachable => {}
                    cause => return format!("{cause:?}"),
                },
            }
        }
        panic!("central cannot be reached");
    }
}

fn now() -> UtcMillis {
    Clock::system().now()
}

/// How a client connects.
struct Shown {
    minted: Option<Minted>,
    version: &'static SupportedProtocolVersion,
    protocols: Vec<Vec<u8>>,
}

impl Shown {
    fn of(minted: Minted) -> Self {
        Self {
            minted: Some(minted),
            version: &rustls::version::TLS13,
            protocols: vec![b"h2".to_vec()],
        }
    }

    fn config(&self, authority: &Authority) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(authority.root().unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.minted {
            Some(minted) => config.with_client_cert_resolver(unchecked(minted)),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = self.protocols.clone();
        config
    }
}

/// Shows the chain whether or not the key is its own.
fn unchecked(minted: &Minted) -> Arc<dyn ResolvesClientCert> {
    let chain = CertificateDer::pem_slice_iter(minted.chain.as_bytes())
        .collect::<Result<_, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_slice(minted.key.as_bytes()).unwrap();
    let key = CertifiedKey::new(chain, any_supported_type(&key).unwrap());
    Arc::new(SingleCertAndKey::from(key))
}

/// A case: what is shown, what central is to do, and what the kiosk is to make of it.
struct Case {
    name: &'static str,
    minted: Minted,
    central: &'static str,
    kiosk: String,
}

fn case(
    name: &'static str,
    minted: Minted,
    central: &'static str,
    kiosk: impl Into<String>,
) -> Case {
    Case {
        name,
        minted,
        central,
        kiosk: kiosk.into(),
    }
}

const ACCEPTED: &str = "accepted";
const REFUSED: &str = "refused";

fn cases(house: &House) -> Vec<Case> {
    let (mint, now, north) = (house.mint(), now(), house.north);
    let good = || kiosk(north, now);
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = good();
        change(&mut params);
        mint.mint(&params)
    };
    let refused = Cause::Refused;
    let turned_away = |name, minted| case(name, minted, REFUSED, format!("{refused:?}"));
    let urn = |id: &str| uri(&format!("urn:dayroom:kiosk:{id}"));
    let fine = mint.mint(&good());
    let spare = mint.mint(&good());
    let joined = |parts: &[&str]| Minted {
        chain: parts.concat(),
        key: fine.key.clone(),
    };
    let named = |name| Mint::named(name, now.plus_millis(-DAY), now.plus_millis(365 * DAY));
    let (namesake, stranger) = (named("Dayroom demo root"), named("Somebody else"));
    vec![
        case("as central makes it", fine.clone(), ACCEPTED, "online"),
        case(
            "with the root behind it",
            joined(&[&fine.chain, &mint.root_pem]),
            ACCEPTED,
            "online",
        ),
        case(
            "with other certificates behind it",
            joined(&[&fine.chain, &spare.chain, &stranger.root_pem]),
            ACCEPTED,
            "online",
        ),
        case(
            "root first, own certificate second",
            joined(&[&mint.root_pem, &fine.chain]),
            REFUSED,
            "Mismatch",
        ),
        case(
            "another kiosk's first, own second",
            joined(&[&spare.chain, &fine.chain]),
            REFUSED,
            "Mismatch",
        ),
        case(
            "ended half an hour ago",
            with(&|p| p.not_after = moment(now.plus_millis(-HOUR / 2))),
            REFUSED,
            "CertificateExpired",
        ),
        case(
            "ended a year ago",
            with(&|p| {
                p.not_before = moment(now.plus_millis(-400 * DAY));
                p.not_after = moment(now.plus_millis(-365 * DAY));
            }),
            REFUSED,
            "CertificateExpired",
        ),
        case(
            "begins in an hour",
            with(&|p| p.not_before = moment(now.plus_millis(HOUR))),
            REFUSED,
            "CertificateNotYetValid",
        ),
        case(
            "begins in a year",
            with(&|p| {
                p.not_before = moment(now.plus_millis(365 * DAY));
                p.not_after = moment(now.plus_millis(395 * DAY));
            }),
            REFUSED,
            "CertificateNotYetValid",
        ),
        turned_away("of another authority", stranger.mint(&good())),
        turned_away(
            "of another authority of the same name",
            namesake.mint(&good()),
        ),
        turned_away("signed by itself", signed_by_itself(&good())),
        turned_away("signed by another kiosk", signed_by_a_kiosk(&mint, &good())),
        turned_away(
            "behind an authority below the root",
            below_the_root(&mint, &good()),
        ),
        turned_away("one bit of the signature turned", tampered(&fine)),
        turned_away(
            "for servers",
            with(&|p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth]),
        ),
        turned_away(
            "for clients and servers",
            with(&|p| {
                p.extended_key_usages
                    .push(rcgen::ExtendedKeyUsagePurpose::ServerAuth)
            }),
        ),
        turned_away(
            "for signing code",
            with(&|p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::CodeSigning]),
        ),
        turned_away(
            "for any purpose",
            with(&|p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::Any]),
        ),
        turned_away(
            "for no purpose that is named",
            with(&|p| p.extended_key_usages.clear()),
        ),
        turned_away(
            "its key is for encryption",
            with(&|p| p.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
        ),
        turned_away(
            "its key may sign certificates too",
            with(&|p| p.key_usages.push(KeyUsagePurpose::KeyCertSign)),
        ),
        turned_away(
            "nothing is said of its key's use",
            with(&|p| p.key_usages.clear()),
        ),
        turned_away(
            "it is an authority",
            with(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        ),
        turned_away(
            "a critical extension that nobody knows",
            with(&|p| p.custom_extensions.push(unknown_critical())),
        ),
        turned_away("without a name", with(&|p| p.subject_alt_names.clear())),
        turned_away(
            "the kiosk's id as a host name",
            with(&|p| p.subject_alt_names = vec![dns(&north.to_string())]),
        ),
        turned_away(
            "two kiosks' names",
            with(&|p| p.subject_alt_names.push(urn(&house.retired.to_string()))),
        ),
        turned_away(
            "the same name twice",
            with(&|p| p.subject_alt_names.push(urn(&north.to_string()))),
        ),
        turned_away(
            "a host name beside the kiosk's",
            with(&|p| p.subject_alt_names.push(dns("central.example.org"))),
        ),
        turned_away(
            "a name of another scheme",
            with(&|p| p.subject_alt_names = vec![uri(&format!("urn:other:kiosk:{north}"))]),
        ),
        turned_away(
            "a web address with the kiosk's id",
            with(&|p| {
                p.subject_alt_names = vec![uri(&format!("https://urn:dayroom:kiosk:{north}/"))];
            }),
        ),
        turned_away(
            "a name that is no id",
            with(&|p| p.subject_alt_names = vec![urn("the-north-wall")]),
        ),
        turned_away(
            "something behind the id",
            with(&|p| p.subject_alt_names = vec![urn(&format!("{north}:b"))]),
        ),
        turned_away(
            "a name in capitals",
            with(&|p| p.subject_alt_names = vec![uri(&format!("URN:DAYROOM:KIOSK:{north}"))]),
        ),
        case(
            "a kiosk that central does not know",
            mint.mint(&kiosk(KioskId(uuid::Uuid::from_u128(7)), now)),
            "refused: unknown",
            "Refused",
        ),
        case(
            "a kiosk that is retired",
            mint.mint(&kiosk(house.retired, now)),
            "refused: unknown",
            "Refused",
        ),
        case(
            "a key that is another certificate's",
            Minted {
                chain: fine.chain.clone(),
                key: spare.key.clone(),
            },
            REFUSED,
            format!("{:?}", IdentityError::Mismatch),
        ),
        case(
            "a key over P-384",
            mint.mint_for(
                &good(),
                KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
            ),
            REFUSED,
            "Key",
        ),
        case(
            "an Ed25519 key",
            mint.mint_for(
                &good(),
                KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
            ),
            REFUSED,
            "Key",
        ),
        case(
            "an RSA key of 2048 bits",
            mint.mint_for(&good(), KeyPair::from_pem(RSA).unwrap()),
            REFUSED,
            "Key",
        ),
    ]
}

fn signed_by_itself(params: &CertificateParams) -> Minted {
    let key = KeyPair::generate().unwrap();
    Minted {
        chain: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

fn signed_by_a_kiosk(mint: &Mint, params: &CertificateParams) -> Minted {
    let signer = KeyPair::generate().unwrap();
    let above = params.signed_by(&signer, mint.issuer()).unwrap();
    let issuer = rcgen::Issuer::new(params.clone(), signer);
    let key = KeyPair::generate().unwrap();
    let own = params.signed_by(&key, &issuer).unwrap();
    Minted {
        chain: own.pem() + &above.pem(),
        key: key.serialize_pem(),
    }
}

/// The root says that there is none below it.
fn below_the_root(mint: &Mint, params: &CertificateParams) -> Minted {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let signer = KeyPair::generate().unwrap();
    let above = authority.signed_by(&signer, mint.issuer()).unwrap();
    let issuer = rcgen::Issuer::new(authority, signer);
    let key = KeyPair::generate().unwrap();
    let own = params.signed_by(&key, &issuer).unwrap();
    Minted {
        chain: own.pem() + &above.pem(),
        key: key.serialize_pem(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_kiosk_certificate_is_taken_or_refused_as_it_should() {
    let house = House::start().await;
    let mut rows = Vec::new();
    for case in cases(&house) {
        let found = format!(
            "{}, kiosk: {}",
            house.takes(&Shown::of(case.minted.clone())).await,
            house.diagnosed(&case.minted).await
        );
        rows.push(Row {
            name: case.name,
            expected: format!("{}, kiosk: {}", case.central, case.kiosk),
            found,
        });
    }
    rows.extend(issued_and_revoked(&house).await);
    rows.extend(without_certificate(&house).await);
    check("what kiosks show", &rows);
    house.running.shutdown().await;
    drop(house.central);
}

/// Central's own certificates, in the order of a life.
async fn issued_and_revoked(house: &House) -> Vec<Row> {
    let of = |issued: &dayroom_central::ca::Issued| Minted {
        chain: issued.cert_pem.clone(),
        key: issued.key_pem.clone(),
    };
    let first = house.authority.issue_kiosk(house.north, now()).unwrap();
    let second = house.authority.issue_kiosk(house.north, now()).unwrap();
    let mut rows = Vec::new();
    let mut row = |name, expected: &str, found: &str| {
        rows.push(Row {
            name,
            expected: expected.to_owned(),
            found: found.to_owned(),
        });
    };
    let took = house.takes(&Shown::of(of(&first))).await;
    row("the first of a kiosk", ACCEPTED, took);
    let took = house.takes(&Shown::of(of(&second))).await;
    row("the second, beside the first", ACCEPTED, took);
    house.authority.revoke(&first.serial, now()).unwrap();
    loaded(house, &of(&first)).await;
    let took = house.takes(&Shown::of(of(&first))).await;
    row(
        "the first, when the second has superseded it",
        REFUSED,
        took,
    );
    let took = house.takes(&Shown::of(of(&second))).await;
    row(
        "the second, when it has superseded the first",
        ACCEPTED,
        took,
    );
    house.authority.revoke_kiosk(house.north, now()).unwrap();
    loaded(house, &of(&second)).await;
    let took = house.takes(&Shown::of(of(&second))).await;
    row("any, when the kiosk is revoked", REFUSED, took);
    let third = house.authority.issue_kiosk(house.north, now()).unwrap();
    let took = house.takes(&Shown::of(of(&third))).await;
    row("a new one after that", ACCEPTED, took);
    rows
}

/// Until central has taken the new list over; it says within five seconds.
async fn loaded(house: &House, revoked: &Minted) {
    for _ in 0..50 {
        if house.takes(&Shown::of(revoked.clone())).await == REFUSED {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within five seconds");
}

async fn without_certificate(house: &House) -> Vec<Row> {
    let fine = house.mint().mint(&kiosk(house.north, now()));
    let (tls12, tls13) = (&rustls::version::TLS12, &rustls::version::TLS13);
    let shown = [
        ("none", None, tls13, vec!["h2"]),
        (
            "a good one over TLS 1.2",
            Some(fine.clone()),
            tls12,
            vec!["h2"],
        ),
        (
            "a good one and HTTP/1.1",
            Some(fine.clone()),
            tls13,
            vec!["http/1.1"],
        ),
        ("a good one and no protocol", Some(fine), tls13, vec![]),
    ];
    let mut rows = Vec::new();
    for (name, minted, version, protocols) in shown {
        let shown = Shown {
            minted,
            version,
            protocols: protocols
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect(),
        };
        rows.push(Row {
            name,
            expected: REFUSED.to_owned(),
            found: house.takes(&shown).await.to_owned(),
        });
    }
    rows
}
