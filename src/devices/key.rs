use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

/// How a `SubjectPublicKeyInfo` of P-256 begins, up to the point (RFC 5480).
const BEFORE_POINT: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Characters of a line of PEM (RFC 7468).
const LINE: usize = 64;

/// Why the key of this kiosk cannot be used. A technician can act on each.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none: the kiosk is not provisioned; or somebody else's.
    #[error("cannot read {path}: this kiosk has not been provisioned, or not for this user")]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// What is there is no PKCS #8 key over P-256: provision the kiosk again.
    #[error("{0} does not hold a key over P-256: provision this kiosk again")]
    NotAKey(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

/// The key of this kiosk that lies in a file (`identity/key.pem`): ECDSA over P-256, made here and
/// never anywhere else. Whoever wires the processes puts it behind the signing seam, as a key in a
/// TPM will be put there.
pub struct DeviceKey {
    pair: EcdsaKeyPair,
    public_key: Vec<u8>,
    random: SystemRandom,
}

impl DeviceKey {
    /// Makes a new key: itself, and the PEM to keep it by.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn make() -> Result<(Self, Zeroizing<String>), KeyError> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|_| KeyError::Randomness)?;
        let key = Self::from_pkcs8(made.as_ref()).ok_or(KeyError::Randomness)?;
        Ok((key, pem(made.as_ref())))
    }

    /// Reads the key in the file at `path`.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let text =
            std::fs::read(path)
                .map(Zeroizing::new)
                .map_err(|cause| KeyError::Unreadable {
                    path: path.to_owned(),
                    cause,
                })?;
        PrivatePkcs8KeyDer::from_pem_slice(&text)
            .ok()
            .and_then(|key| Self::from_pkcs8(key.secret_pkcs8_der()))
            .ok_or_else(|| KeyError::NotAKey(path.to_owned()))
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

    /// The public key, a DER `SubjectPublicKeyInfo`.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The signature over `message`, a DER `Ecdsa-Sig-Value`.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.pair
            .sign(&self.random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| KeyError::Randomness)
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey").finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_key_made_here_is_read_again_and_signs_for_the_same_public_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let (made, pem) = DeviceKey::make().unwrap();
        std::fs::write(&path, pem.as_bytes()).unwrap();
        let read = DeviceKey::open(&path).unwrap();
        assert_eq!(read.public_key(), made.public_key());
        assert!(pem.lines().all(|line| line.len() <= 64));
        let signature = read.sign(b"hello").unwrap();
        let (_, point) = made.public_key().split_at(BEFORE_POINT.len());
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(b"hello", &signature)
            .unwrap();
        assert!(format!("{made:?} {read:?}").len() < 50, "and shows nothing");
    }

    #[test]
    fn what_is_no_key_is_said_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let missing = DeviceKey::open(&path).unwrap_err();
        assert!(missing.to_string().contains("not been provisioned"));
        for text in [
            "",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            std::fs::write(&path, text).unwrap();
            let error = DeviceKey::open(&path).unwrap_err();
            assert!(matches!(error, KeyError::NotAKey(_)), "{error}");
        }
    }
}
