//! Certificates of every kind, good and bad, made with central's own root.

use std::path::Path;

use dayroom_central::ca::KIOSK_URN;
use dayroom_protocol::{KioskId, UtcMillis};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use time::OffsetDateTime;

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// An authority that signs whatever a test wants.
pub struct Mint {
    pub root_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A chain and its key.
#[derive(Clone)]
pub struct Minted {
    pub chain: String,
    pub key: String,
}

impl Mint {
    /// Central's own root, as somebody who stole its key would use it.
    pub fn of(central: &Path) -> Self {
        let read = |name: &str| std::fs::read_to_string(central.join("ca").join(name)).unwrap();
        let root_pem = read("root.pem");
        let key = KeyPair::from_pem(&read("root.key.pem")).unwrap();
        Self {
            issuer: Issuer::from_ca_cert_pem(&root_pem, key).unwrap(),
            root_pem,
        }
    }

    /// Another root of this name.
    pub fn named(name: &str, from: UtcMillis, until: UtcMillis) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = moment(from);
        params.not_after = moment(until);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        Self {
            root_pem: root.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    pub fn mint(&self, params: &CertificateParams) -> Minted {
        self.mint_for(params, KeyPair::generate().unwrap())
    }

    pub fn mint_for(&self, params: &CertificateParams, key: KeyPair) -> Minted {
        Minted {
            chain: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// What central puts into a kiosk's certificate, at this moment.
pub fn kiosk(kiosk: KioskId, now: UtcMillis) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, kiosk.to_string());
    params.not_before = moment(now.plus_millis(-HOUR));
    params.not_after = moment(now.plus_millis(30 * DAY));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = vec![uri(&format!("{KIOSK_URN}{kiosk}"))];
    params.use_authority_key_identifier_extension = true;
    params
}

/// What central puts into its own, at this moment.
pub fn server(name: &str, now: UtcMillis) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = moment(now.plus_millis(-HOUR));
    params.not_after = moment(now.plus_millis(90 * DAY));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

pub fn uri(text: &str) -> SanType {
    SanType::URI(Ia5String::try_from(text).unwrap())
}

pub fn dns(text: &str) -> SanType {
    SanType::DnsName(Ia5String::try_from(text).unwrap())
}

/// A critical extension that nobody knows.
pub fn unknown_critical() -> CustomExtension {
    let mut extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}

pub fn moment(at: UtcMillis) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).unwrap()
}

/// The same certificate with one bit of its signature turned.
pub fn tampered(minted: &Minted) -> Minted {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut der = CertificateDer::from_pem_slice(minted.chain.as_bytes())
        .unwrap()
        .to_vec();
    *der.last_mut().unwrap() ^= 1;
    Minted {
        chain: pem(&der),
        key: minted.key.clone(),
    }
}

pub fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let digits = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
