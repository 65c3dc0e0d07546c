//! Certificates and TLS 1.3 with a key that a software TPM holds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::sync::Arc;

use dayroom_tpm::TpmKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use support::SoftwareTpm;
use support::seam::{Requesting, Shaking};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

/// Central's authority.
struct Authority {
    root: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let root = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        Self { root, issuer }
    }

    /// Gives a certificate for a request of somebody else.
    fn answer(&self, request: &[u8]) -> CertificateDer<'static> {
        let mut request = CertificateSigningRequestParams::from_der(&request.into()).unwrap();
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.signed_by(&self.issuer).unwrap().der().clone()
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        Arc::new(roots)
    }
}

fn request(key: &TpmKey) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "North wall");
    let request = params.serialize_request(&Requesting::with(key)).unwrap();
    request.der().to_vec()
}

#[test]
fn a_certificate_request_of_it_is_accepted() {
    let machine = SoftwareTpm::new();
    let key = TpmKey::make(&machine.tpm()).unwrap();
    let request = request(&key);
    let (_, read) = X509CertificationRequest::from_der(&request).unwrap();
    read.verify_signature().unwrap();
    assert_eq!(
        read.certification_request_info.subject_pki.raw,
        key.public_key()
    );
    Authority::new().answer(&request);
}

#[test]
fn a_tls_handshake_is_made_with_it() {
    let machine = SoftwareTpm::new();
    let key = Arc::new(TpmKey::make(&machine.tpm()).unwrap());
    let central = Authority::new();
    let own = central.answer(&request(&key));
    let (mut client, mut server) = ends(&central, own.clone(), key);
    shake(&mut client, &mut server).unwrap();
    let seen = server.peer_certificates().unwrap();
    assert_eq!(seen, [own]);
}

#[test]
fn a_tls_handshake_with_a_certificate_of_another_key_is_refused() {
    let machine = SoftwareTpm::new();
    let [key, other] = [(); 2].map(|()| Arc::new(TpmKey::make(&machine.tpm()).unwrap()));
    let central = Authority::new();
    let own = central.answer(&request(&other));
    let (mut client, mut server) = ends(&central, own, key);
    let error = shake(&mut client, &mut server).unwrap_err();
    assert!(
        matches!(error, rustls::Error::InvalidCertificate(_)),
        "{error:?}"
    );
}

/// A kiosk with this certificate and key, and central, which asks for one.
fn ends(
    central: &Authority,
    own: CertificateDer<'static>,
    key: Arc<TpmKey>,
) -> (ClientConnection, ServerConnection) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server_key = KeyPair::generate().unwrap();
    let server_cert = CertificateParams::new(["central.test".to_owned()])
        .unwrap()
        .signed_by(&server_key, &central.issuer)
        .unwrap();
    let judge = WebPkiClientVerifier::builder_with_provider(central.roots(), Arc::clone(&provider))
        .build()
        .unwrap();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(judge)
        .with_single_cert(
            vec![server_cert.der().clone()],
            PrivateKeyDer::try_from(server_key.serialize_der()).unwrap(),
        )
        .unwrap();
    let certified = CertifiedKey::new(vec![own], Arc::new(Shaking(key)));
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(central.roots())
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    let name = ServerName::try_from("central.test").unwrap();
    (
        ClientConnection::new(Arc::new(client), name).unwrap(),
        ServerConnection::new(Arc::new(server)).unwrap(),
    )
}

/// Carries what they say to each other, until both are content.
fn shake(
    client: &mut ClientConnection,
    server: &mut ServerConnection,
) -> Result<(), rustls::Error> {
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}
