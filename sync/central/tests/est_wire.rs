//! EST as others see it: under its own name, over both versions of HTTP, with any request.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

mod enrolling;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_central::ca::{Authority, CaError, default_est_name};
use dayroom_central::serve::authority_folder;
use dayroom_client::est::{
    CertificateRequest, CsrAttributes, EstClient, EstError, Subject, certs_only,
};
use dayroom_client::transport::{Endpoint, Identity};
use dayroom_protocol::{EnrolmentRefusal, KIOSK_URN, KioskId, route};
use enrolling::{DAY, House, Key, pin_of, reason, system};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use rustls::{ClientConfig, RootCertStore};

const EST: &str = "est.central.test";
const PKCS10: &str = "application/pkcs10";

/// Which versions of HTTP a client offers.
const H2: &[&[u8]] = &[b"h2"];
const H1: &[&[u8]] = &[b"http/1.1"];
const NONE: &[&[u8]] = &[];

/// Any client, showing this identity or nothing, that asks for `name`.
fn client(
    house: &House,
    identity: Option<&dyn Identity>,
    offers: &[&[u8]],
    name: &str,
) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    roots.add(house.authority.root().unwrap()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = offers.iter().map(|offer| offer.to_vec()).collect();
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .resolve(name, house.running.local_addr())
        .no_proxy()
        .timeout(std::time::Duration::from_secs(20))
        .build()
        .unwrap()
}

fn url(house: &House, name: &str, path: &str) -> String {
    format!("https://{name}:{}{path}", house.running.local_addr().port())
}

async fn enroll(
    house: &House,
    media: &str,
    user: &str,
    code: &str,
    body: impl Into<reqwest::Body>,
) -> reqwest::Response {
    client(house, None, H1, EST)
        .post(url(house, EST, route::EST_SIMPLEENROLL))
        .basic_auth(user, Some(code))
        .header(CONTENT_TYPE, media)
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_is_given_out_as_the_rfc_says_over_both_versions_of_http() {
    let house = House::start().await;
    for (offers, version) in [
        (H2, reqwest::Version::HTTP_2),
        (H1, reqwest::Version::HTTP_11),
        (NONE, reqwest::Version::HTTP_11),
    ] {
        let asked = client(&house, None, offers, EST).get(url(&house, EST, route::EST_CACERTS));
        let answer = asked.send().await.unwrap();
        assert_eq!(
            (answer.status(), answer.version()),
            (StatusCode::OK, version)
        );
        let media = &answer.headers()[CONTENT_TYPE];
        assert_eq!(media, "application/pkcs7-mime; smime-type=certs-only");
        assert_eq!(answer.headers()["content-transfer-encoding"], "base64");
        let body = answer.text().await.unwrap();
        assert!(body.lines().all(|line| line.len() <= 76), "MIME's lines");
        let der = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        assert_eq!(certs_only(&der).unwrap(), [house.authority.root().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_of_a_request_name_p_256_and_ecdsa_with_sha_256() {
    let house = House::start().await;
    let asked = client(&house, None, H1, EST).get(url(&house, EST, route::EST_CSRATTRS));
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/csrattrs");
    let body = answer.text().await.unwrap().replace("\r\n", "");
    let der = STANDARD.decode(body).unwrap();
    assert_eq!(
        der,
        b"\x30\x21\x30\x15\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x31\x0a\x06\x08\x2a\x86\x48\xce\x3d\
          \x03\x01\x07\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
    );
    let read = house.stranger().csrattrs().await.unwrap();
    assert_eq!(read.names, ["1.2.840.10045.2.1", "1.2.840.10045.4.3.2"]);
    assert!(!read.asks_for_linking());
    assert_eq!(CsrAttributes::from_der(&der).unwrap(), read);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_every_other_name_a_client_certificate_is_required_and_there_is_no_est() {
    let house = House::start().await;
    let key = Key::new();
    let issued = house.enrol(house.kiosk, &key).await;
    let identity = key.identity(&issued);
    for name in ["central.test", "localhost"] {
        let asked = client(&house, None, H2, name).get(url(&house, name, route::EST_CACERTS));
        asked.send().await.unwrap_err();
        let asked = client(&house, Some(&identity), H2, name);
        let answer = asked
            .get(url(&house, name, route::EST_CACERTS))
            .send()
            .await;
        assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND);
        let answer = asked.get(url(&house, name, route::CHANGES)).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
    // An address sends no name at all.
    let bare = format!(
        "https://127.0.0.1:{}{}",
        house.running.local_addr().port(),
        route::EST_CACERTS
    );
    let asked = client(&house, None, H2, EST).get(&bare);
    asked.send().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_est_name_there_is_nothing_else_whatever_host_is_asked_for() {
    let house = House::start().await;
    let key = Key::new();
    let issued = house.enrol(house.kiosk, &key).await;
    let identity = key.identity(&issued);
    for identity in [None, Some(&identity as &dyn Identity)] {
        let asked = client(&house, identity, H1, EST);
        for path in [
            route::CHANGES,
            route::POKES,
            route::OPENAPI,
            "/",
            "/.well-known/est",
        ] {
            for host in [EST, "central.test"] {
                let answer = asked
                    .get(url(&house, EST, path))
                    .header("host", host)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            }
        }
        let answer = asked
            .get(url(&house, EST, route::EST_SIMPLEENROLL))
            .send()
            .await;
        assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn est_is_spoken_under_the_name_every_central_has_too() {
    let house = House::start().await;
    let name = route::EST_COMMON_NAME;
    let asked = client(&house, None, H2, name).get(url(&house, name, route::EST_CACERTS));
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_nothing_is_challenged_and_it_costs_no_try() {
    let house = House::start().await;
    house.code(house.kiosk);
    let asked = client(&house, None, H1, EST);
    for basic in [
        None,
        Some("Basic"),
        Some("Basic !!!!"),
        Some("Basic bm9jb2xvbg=="),
        Some("Digest a"),
    ] {
        let mut request = asked
            .post(url(&house, EST, route::EST_SIMPLEENROLL))
            .header(CONTENT_TYPE, PKCS10)
            .body("AAAA");
        if let Some(basic) = basic {
            request = request.header(AUTHORIZATION, basic);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.starts_with("Basic realm="));
    }
    assert_eq!(house.central.enrolments(house.now()).unwrap()[0].tries, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_code_is_challenged_with_a_sentence() {
    let house = House::start().await;
    house.code(house.kiosk);
    let user = house.kiosk.to_string();
    let answer = enroll(&house, PKCS10, &user, "false", "AAAA").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!(answer.headers()[route::EST_REASON], "wrong");
    assert!(answer.text().await.unwrap().contains("not known here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn base64_in_lines_in_one_line_and_der_itself_are_taken() {
    let house = House::start().await;
    let key = Key::new();
    let der = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let der = der.der().to_vec();
    let one_line = STANDARD.encode(&der);
    let lines: Vec<&str> = one_line
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let bodies = [
        one_line.clone().into_bytes(),
        (lines.join("\r\n") + "\r\n").into_bytes(),
        lines.join("\n").into_bytes(),
        der,
    ];
    let (user, code) = (house.kiosk.to_string(), house.code(house.kiosk).plain());
    for body in bodies {
        let answer = enroll(&house, PKCS10, &user, &code, body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let media = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        assert_eq!(media, "application/pkcs7-mime; smime-type=certs-only");
        let der = STANDARD
            .decode(answer.text().await.unwrap().replace("\r\n", ""))
            .unwrap();
        let sent = certs_only(&der).unwrap();
        assert_eq!(
            sent.len(),
            1,
            "the certificate and nothing else (RFC 7030, 4.2.3)"
        );
        house.check(&sent, house.kiosk, &key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_buys_nothing_does_not_spend_the_code() {
    let house = House::start().await;
    let (user, code) = (house.kiosk.to_string(), house.code(house.kiosk).plain());
    let key = Key::new();
    let good = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let good = good.der().to_vec();
    let mut unsigned = good.clone();
    let last = unsigned.len() - 4;
    unsigned[last] ^= 1;
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = CertificateParams::default()
        .serialize_request(&p384)
        .unwrap();
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let ed25519 = CertificateParams::default()
        .serialize_request(&ed25519)
        .unwrap();
    let wrong: [(&str, &str, Vec<u8>); 8] = [
        ("the media type", "application/json", good.clone()),
        ("nothing", PKCS10, Vec::new()),
        ("no base64", PKCS10, b"!!!!".to_vec()),
        ("no PKCS #10", PKCS10, b"0123".to_vec()),
        ("another's signature", PKCS10, unsigned),
        ("P-384", PKCS10, p384.der().to_vec()),
        ("Ed25519", PKCS10, ed25519.der().to_vec()),
        ("too much", PKCS10, [good.clone(), vec![0; 40_000]].concat()),
    ];
    for (what, media, body) in wrong {
        let answer = enroll(&house, media, &user, &code, body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(answer.headers()[route::EST_REASON], "request", "{what}");
    }
    let trailing = [good.clone(), vec![0]].concat();
    let answer = enroll(&house, PKCS10, &user, &code, trailing).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer = enroll(&house, PKCS10, &user, &code, good).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

/// A request that asks for what it should not get.
fn greedy(key: &KeyPair, kiosk: KioskId) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, kiosk.to_string());
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Dayroom central");
    let urn = Ia5String::try_from(format!("{KIOSK_URN}{kiosk}")).unwrap();
    params.subject_alt_names = vec![
        SanType::URI(urn),
        SanType::DnsName(Ia5String::try_from("central.test").unwrap()),
    ];
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    params.serialize_request(key).unwrap().der().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_request_asks_for_the_certificate_is_the_kiosks_of_the_code() {
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    let (user, code) = (house.kiosk.to_string(), house.code(house.kiosk).plain());
    let answer = enroll(&house, PKCS10, &user, &code, greedy(&key, house.other)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let der = STANDARD
        .decode(answer.text().await.unwrap().replace("\r\n", ""))
        .unwrap();
    let sent = certs_only(&der).unwrap();
    let peer = dayroom_central::tls::PeerCertificate::read(&sent[0]).unwrap();
    assert_eq!(peer.kiosk, house.kiosk);
    let text = String::from_utf8_lossy(&sent[0]).into_owned();
    assert!(!text.contains("central.test") && !text.contains(&house.other.to_string()));
    let usual = house.enrol(house.other, &Key::new()).await;
    let difference = sent[0].len().abs_diff(usual.chain[0].len());
    assert!(
        difference <= 4,
        "of one form: lengths differ by {difference}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_must_name_the_kiosk_of_the_certificate() {
    let house = House::start().await;
    let key = Key::new();
    let issued = house.enrol(house.kiosk, &key).await;
    let client = house.client(Some(&key.identity(&issued)));
    for subject in [
        Subject::Kiosk(house.other),
        Subject::Enrolment(dayroom_protocol::EnrolmentNumber::new(7)),
    ] {
        let request = CertificateRequest::new(&key, subject).unwrap();
        let refused = client.reenroll(&request).await.unwrap_err();
        assert_eq!(reason(&refused), EnrolmentRefusal::Name);
    }
    // Another key may be taken at a renewal: it signed the request.
    let next = Key::new();
    let request = CertificateRequest::new(&next, Subject::Kiosk(house.kiosk)).unwrap();
    let sent = client.reenroll(&request).await.unwrap();
    house.check(&sent, house.kiosk, &next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_without_a_certificate_or_with_one_that_does_not_count_is_refused() {
    let house = House::start().await;
    let key = Key::new();
    let issued = house.enrol(house.kiosk, &key).await;
    let identity = key.identity(&issued);
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let nothing = house.stranger().reenroll(&request).await.unwrap_err();
    assert_eq!(reason(&nothing), EnrolmentRefusal::Revoked);

    // Revoked on a connection that stands: refused without waiting for the list to be loaded.
    let client = house.client(Some(&identity));
    client.reenroll(&request).await.unwrap();
    house.authority.revoke_kiosk(house.kiosk, system()).unwrap();
    let revoked = client.reenroll(&request).await.unwrap_err();
    assert_eq!(reason(&revoked), EnrolmentRefusal::Revoked);
    let gone = enrolling::within_five_seconds(async || {
        let anew = house.client(Some(&identity)).reenroll(&request).await;
        !matches!(anew, Err(EstError::Refused { .. }))
    });
    assert!(gone.await, "then TLS itself refuses it");

    let other = Key::new();
    let issued = house.enrol(house.other, &other).await;
    let request = CertificateRequest::new(&other, Subject::Kiosk(house.other)).unwrap();
    let identity = other.identity(&issued);
    house.pass(29 * DAY);
    house.renew(&identity, &request).await.unwrap();
    house.pass(2 * DAY);
    // The control, which also waits for the list of the new day.
    let fresh = Key::new();
    let mine = house.enrol(house.kiosk, &fresh).await;
    let own = CertificateRequest::new(&fresh, Subject::Kiosk(house.kiosk)).unwrap();
    house.renew(&fresh.identity(&mine), &own).await.unwrap();
    let expired = house.client(Some(&identity)).reenroll(&request).await;
    assert!(
        matches!(expired, Err(EstError::Transport(_))),
        "{expired:?}"
    );
    house.pass(-2 * DAY);
    house
        .central
        .retire_kiosk(house.other, house.now())
        .unwrap();
    let retired = house.renew(&identity, &request).await.unwrap_err();
    assert_eq!(reason(&retired), EnrolmentRefusal::Retired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_is_refused_under_the_est_name_too() {
    let house = House::start().await;
    let elsewhere = House::start().await;
    let key = Key::new();
    let foreign = elsewhere.enrol(elsewhere.kiosk, &key).await;
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let client = house.client(Some(&key.identity(&foreign)));
    client.reenroll(&request).await.unwrap_err();
    client.cacerts().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_buys_nothing_from_another_central() {
    let house = House::start().await;
    let elsewhere = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let refused = elsewhere
        .enrol_with(house.kiosk, &key, code)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Wrong);
    // A kiosk that trusts its root does not even ask.
    let endpoint = Endpoint {
        port: elsewhere.running.local_addr().port(),
        ..house.place().trusting(house.authority.root_pem())
    };
    let client = EstClient::new(
        &endpoint,
        None,
        house.now(),
        dayroom_client::transport::Deadlines::default(),
    );
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let asked = client.unwrap().enroll(&request, "x", &code.plain()).await;
    assert!(matches!(
        asked,
        Err(EstError::Transport(
            dayroom_client::transport::TransportError::WrongServer(_)
        ))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_an_earlier_release_gets_a_name_for_est() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["central.test".to_owned()];
    let authority = Authority::create(&authority_folder(folder.path()), &names, system()).unwrap();
    let before = pin_of(&authority.root().unwrap());
    // As the release before this one wrote it.
    let note = authority_folder(folder.path()).join("server.json");
    let text = std::fs::read_to_string(&note).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value.as_object_mut().unwrap().remove("est").unwrap();
    std::fs::write(&note, value.to_string()).unwrap();

    let authority = Authority::open(&authority_folder(folder.path())).unwrap();
    assert_eq!(authority.est_name().unwrap(), "est.central.test");
    let shown = authority.server_identity(system()).unwrap();
    let names = String::from_utf8_lossy(&shown.chain[0]).into_owned();
    for name in ["central.test", "est.central.test", route::EST_COMMON_NAME] {
        assert!(names.contains(name), "{name}");
    }
    assert_eq!(pin_of(&authority.root().unwrap()), before);
    assert_eq!(authority.server_names().unwrap(), ["central.test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn est_can_have_another_name_while_central_runs_but_not_one_of_centrals_own() {
    let house = House::start().await;
    for taken in ["central.test", "CENTRAL.test", "127.0.0.1", ""] {
        let refused = house.authority.set_est_name(taken, system());
        assert!(matches!(refused, Err(CaError::EstName(_))), "{taken}");
    }
    house
        .authority
        .set_est_name("enrol.cedar.test", system())
        .unwrap();
    let name = "enrol.cedar.test";
    let served = enrolling::within_five_seconds(async || {
        let asked = client(&house, None, H2, name).get(url(&house, name, route::EST_CACERTS));
        asked
            .send()
            .await
            .is_ok_and(|answer| answer.status() == StatusCode::OK)
    });
    assert!(served.await);
    let old = client(&house, None, H2, EST).get(url(&house, EST, route::EST_CACERTS));
    old.send().await.unwrap_err();
}

#[test]
fn the_name_of_est_comes_from_centrals_first_host_name() {
    let names = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        default_est_name(&names)
    };
    assert_eq!(
        names(&["10.0.0.1", "central.test", "b.test"]),
        "est.central.test"
    );
    assert_eq!(names(&["127.0.0.1", "localhost"]), "est.localhost");
    assert_eq!(names(&["a.test", "est.a.test"]), route::EST_COMMON_NAME);
}
