use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::KeyError;

/// How a `SubjectPublicKeyInfo` of P-256 begins, up to the point (RFC 5480).
pub(super) const BEFORE_POINT: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Characters of a line of PEM (RFC 7468).
const LINE: usize = 64;

/// A key whose private half lies in the file itself, and in the memory of whoever opened it.
pub(super) struct FileKey {
    pair: EcdsaKeyPair,
    public_key: Vec<u8>,
    random: SystemRandom,
}

impl FileKey {
    /// Makes a new one: itself, and the PEM to keep it by.
    pub(super) fn make() -> Result<(Self, Zeroizing<String>), KeyError> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|_| KeyError::Randomness)?;
        let key = Self::from_pkcs8(made.as_ref()).ok_or(KeyError::Randomness)?;
        Ok((key, pem(made.as_ref())))
    }

    /// Reads one: PKCS #8 in PEM.
    pub(super) fn from_pem(text: &[u8]) -> Option<Self> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(text).ok()?;
        Self::from_pkcs8(key.secret_pkcs8_der())
    }

    fn from_pkcs8(key: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key, &random).ok()?;
        Some(Self {
            public_key: [BEFORE_POINT, pair.public_key().as_ref()].concat(),
            pair,
            random,
        })
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.pair
            .sign(&self.random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| KeyError::Randomness)
    }
}

fn pem(key: &[u8]) -> Zeroizing<String> {
    let digits = Zeroizing::new(STANDARD.encode(key));
    // As long as it gets, so that no half of it stays behind where a string has moved from.
    let mut text = Zeroizing::new(String::with_capacity(digits.len() * 2 + LINE * 2));
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text.push_str("\n-----END PRIVATE KEY-----\n");
    text
}
