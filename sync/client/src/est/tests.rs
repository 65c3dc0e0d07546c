#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::fmt;

use dayroom_protocol::{KIOSK_URN, KioskId, UtcMillis};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PublicKeyData, SanType, SigningKey,
};
use rustls_pki_types::CertificateDer;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::*;
use crate::transport::{SignError, Signer};

const KIOSK: KioskId = KioskId(uuid::Uuid::from_u128(
    0x0198_0000_0000_7000_8000_0000_0000_0001,
));
const OTHER: KioskId = KioskId(uuid::Uuid::from_u128(
    0x0198_0000_0000_7000_8000_0000_0000_1002,
));
/// In November 2026, seconds since 1970.
const NOW: i64 = 1_795_800_000;
const DAY: i64 = 86_400;

struct Key(KeyPair, Vec<u8>);

impl Key {
    fn new() -> Self {
        let pair = KeyPair::generate().unwrap();
        let public = pair.subject_public_key_info();
        Self(pair, public)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
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

/// A key that cannot sign now.
#[derive(Debug)]
struct Locked(Key);

impl Signer for Locked {
    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Err(SignError("TPM is locked".to_owned()))
    }
}

#[test]
fn a_request_is_signed_by_its_key_and_names_the_kiosk() {
    let key = Key::new();
    let made = CertificateRequest::new(&key, Subject::Kiosk(KIOSK)).unwrap();
    let (rest, read) = X509CertificationRequest::from_der(made.der()).unwrap();
    assert!(rest.is_empty());
    read.verify_signature().unwrap();
    let info = &read.certification_request_info;
    assert_eq!(info.subject_pki.raw, key.public_key());
    assert_eq!(info.subject.to_string(), format!("CN={KIOSK}"));
    let text = String::from_utf8_lossy(made.der()).into_owned();
    assert!(text.contains(&format!("{KIOSK_URN}{KIOSK}")));
}

#[test]
fn why_a_key_does_not_sign_is_told() {
    let locked = Locked(Key::new());
    let refused = CertificateRequest::new(&locked, Subject::Kiosk(KIOSK)).unwrap_err();
    let EstError::Sign(SignError(why)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(why, "TPM is locked");
}

#[test]
fn a_key_of_another_kind_makes_no_request() {
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let public = pair.subject_public_key_info();
    let refused = CertificateRequest::new(&Key(pair, public), Subject::Kiosk(KIOSK));
    assert!(matches!(refused, Err(EstError::Request)));
}

#[test]
fn answers_are_read_in_base64_with_and_without_lines_and_as_der() {
    let der = [0x30, 0x03, 0x02, 0x01, 0x07];
    assert_eq!(answer::decode(b"MAMCAQc=").unwrap(), der);
    assert_eq!(answer::decode(b"MAMC\r\nAQc=\r\n").unwrap(), der);
    assert_eq!(answer::decode(b" MAMC\n AQc=\n").unwrap(), der);
    assert_eq!(answer::decode(&der).unwrap(), der);
    assert_eq!(answer::decode(b"<html>"), Err(EstAnswerError::Base64));
    assert_eq!(
        answer::decode(answer::encode(&[7; 200]).as_bytes()).unwrap(),
        [7; 200]
    );
    assert!(
        answer::encode(&[7; 200])
            .lines()
            .all(|line| line.len() <= 64)
    );
}

/// Made by OpenSSL; `chain_ber` is `chain.der` in indefinite lengths.
macro_rules! corpus {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fuzz/corpus/cms/", $name))
    };
}

#[test]
fn certificates_of_openssl_are_read_also_in_indefinite_lengths() {
    let chain = certs_only(corpus!("chain.der")).unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(certs_only(corpus!("chain_ber")).unwrap(), chain);
    assert!(chain.contains(&certs_only(corpus!("root.der")).unwrap()[0]));
}

#[test]
fn a_message_without_certificates_is_no_answer() {
    assert_eq!(
        certs_only(corpus!("empty.der")),
        Err(EstAnswerError::Count(0))
    );
    assert_eq!(certs_only(b""), Err(EstAnswerError::Cms));
    assert_eq!(certs_only(b"\x30\x00"), Err(EstAnswerError::Cms));
}

#[test]
fn a_server_may_ask_for_linking_and_it_is_noticed() {
    let asks = b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07";
    assert!(CsrAttributes::from_der(asks).unwrap().asks_for_linking());
    assert_eq!(
        CsrAttributes::from_der(b"\x30\x00").unwrap(),
        CsrAttributes::default()
    );
    assert_eq!(
        CsrAttributes::from_der(b"\x31\x00"),
        Err(EstAnswerError::Attributes)
    );
}

/// An authority that signs whatever it is told to.
struct Root {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

fn root() -> Root {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = at(NOW - 100 * DAY);
    params.not_after = at(NOW + 3_650 * DAY);
    params.distinguished_name.push(DnType::CommonName, "root");
    let made = params.self_signed(&key).unwrap();
    Root {
        pem: made.pem(),
        der: made.der().clone(),
        issuer: Issuer::new(params, key),
    }
}

fn at(seconds: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

/// What a good certificate is, to be spoilt.
fn good() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = at(NOW - 3_600);
    params.not_after = at(NOW + 30 * DAY);
    let urn = Ia5String::try_from(format!("{KIOSK_URN}{KIOSK}")).unwrap();
    params.subject_alt_names = vec![SanType::URI(urn)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn issue(root: &Root, key: &Key, params: &CertificateParams) -> CertificateDer<'static> {
    params.signed_by(&key.0, &root.issuer).unwrap().into()
}

fn check(root: &Root, key: &Key, sent: &[CertificateDer<'_>]) -> Result<Issued, CertificateError> {
    let now = UtcMillis(NOW * 1_000);
    Issued::check(sent, key.public_key(), Some(KIOSK), &root.pem, now)
}

#[test]
fn a_certificate_for_our_key_and_kiosk_by_our_root_is_taken_in_any_order_without_the_root() {
    let (root, key, other) = (root(), Key::new(), Key::new());
    let own = issue(&root, &key, &good());
    let issued = check(&root, &key, &[root.der.clone(), own.clone()]).unwrap();
    assert_eq!(
        (issued.kiosk, issued.chain.as_slice()),
        (KIOSK, [own.clone()].as_slice())
    );
    assert!(
        issued
            .chain_pem()
            .starts_with("-----BEGIN CERTIFICATE-----\n")
    );
    let foreign = issue(&root, &other, &good());
    assert_eq!(
        check(&root, &key, &[foreign, own.clone()]).unwrap().chain[0],
        own
    );
}

#[test]
fn a_certificate_for_another_key_is_not_used() {
    let (root, key) = (root(), Key::new());
    let foreign = issue(&root, &Key::new(), &good());
    assert_eq!(check(&root, &key, &[foreign]), Err(CertificateError::Key));
    assert_eq!(check(&root, &key, &[]), Err(CertificateError::Key));
}

#[test]
fn a_certificate_of_another_kiosk_or_of_several_is_not_used() {
    let (root, key) = (root(), Key::new());
    let urn =
        |kiosk: KioskId| SanType::URI(Ia5String::try_from(format!("{KIOSK_URN}{kiosk}")).unwrap());
    let dns = SanType::DnsName(Ia5String::try_from("central.test").unwrap());
    for names in [
        vec![],
        vec![urn(OTHER)],
        vec![urn(KIOSK), urn(OTHER)],
        vec![urn(KIOSK), dns],
    ] {
        let mut params = good();
        params.subject_alt_names = names;
        let sent = issue(&root, &key, &params);
        assert_eq!(check(&root, &key, &[sent]), Err(CertificateError::Kiosk));
    }
}

#[test]
fn a_certificate_of_another_root_or_not_for_a_client_is_not_used() {
    let (ours, theirs, key) = (root(), root(), Key::new());
    let foreign = issue(&theirs, &key, &good());
    let refused = check(&ours, &key, &[foreign, theirs.der.clone()]);
    assert!(matches!(refused, Err(CertificateError::Chain(_))));
    let mut params = good();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let refused = check(&ours, &key, &[issue(&ours, &key, &params)]);
    assert!(matches!(refused, Err(CertificateError::Chain(_))));
}

#[test]
fn a_certificate_that_does_not_hold_now_or_for_ever_is_not_used() {
    let (root, key) = (root(), Key::new());
    let with = |from: i64, until: i64| {
        let mut params = good();
        (params.not_before, params.not_after) = (at(from), at(until));
        check(&root, &key, &[issue(&root, &key, &params)])
    };
    let early = with(NOW + 60, NOW + 30 * DAY);
    assert!(matches!(early, Err(CertificateError::Validity { .. })));
    let late = with(NOW - 30 * DAY, NOW - 60);
    assert!(matches!(late, Err(CertificateError::Validity { .. })));
    assert_eq!(
        with(NOW - 60, NOW + 500 * DAY),
        Err(CertificateError::TooLong)
    );
    with(NOW - 60, NOW + 60).unwrap();
}
