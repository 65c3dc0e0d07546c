//! The key as a kiosk's client uses it, once for TLS and once for requests: by its public half and its
//! signatures alone, as `dayroom_client::transport::Signer` has them.

use std::sync::Arc;

use dayroom_tpm::TpmKey;
use rcgen::PublicKeyData;
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The point in a `SubjectPublicKeyInfo`.
pub fn point(public_key: &[u8]) -> Vec<u8> {
    let (rest, key) = SubjectPublicKeyInfo::from_der(public_key).unwrap();
    assert!(rest.is_empty());
    key.subject_public_key.data.to_vec()
}

/// As rcgen wants it.
pub struct Requesting<'k> {
    key: &'k TpmKey,
    point: Vec<u8>,
}

impl<'k> Requesting<'k> {
    pub fn with(key: &'k TpmKey) -> Self {
        let point = point(key.public_key());
        Self { key, point }
    }
}

impl PublicKeyData for Requesting<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Requesting<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// As rustls wants it.
#[derive(Clone, Debug)]
pub struct Shaking(pub Arc<TpmKey>);

impl SigningKey for Shaking {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Shaking {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.0
            .sign(message)
            .map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}
