use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use super::certificate::P256;
use super::{IdentityError, SignError, Signer};

/// A key in this process's memory: for tests, tools and simulated fleets. A kiosk's own is made and
/// read by its `devices`.
pub struct MemoryKey {
    pair: EcdsaKeyPair,
    public_key: Vec<u8>,
    random: SystemRandom,
}

impl MemoryKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, IdentityError> {
        let key =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|_| IdentityError::Key)?;
        Self::from_pkcs8(key.as_ref())
    }

    /// Reads a PKCS #8 key in PEM.
    ///
    /// # Errors
    /// When it is not one over P-256.
    pub fn from_pem(pem: &[u8]) -> Result<Self, IdentityError> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| IdentityError::Key)?;
        Self::from_pkcs8(key.secret_pkcs8_der())
    }

    fn from_pkcs8(key: &[u8]) -> Result<Self, IdentityError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key, &random)
            .map_err(|_| IdentityError::Key)?;
        Ok(Self {
            public_key: [P256, pair.public_key().as_ref()].concat(),
            pair,
            random,
        })
    }
}

impl Signer for MemoryKey {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.pair
            .sign(&self.random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SignError("no randomness".to_owned()))
    }
}

impl fmt::Debug for MemoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKey").finish_non_exhaustive()
    }
}
