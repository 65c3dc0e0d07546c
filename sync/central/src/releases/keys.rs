use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use tough::schema::Signature;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::{EcdsaKey, EcdsaScheme, Key};

use super::ReleasesError;
use crate::ca::write_private;

/// Bytes of a file that may be a key; larger ones are none.
const KEY_FILE_BYTES: u64 = 64 * 1024;

/// What tells a key apart in metadata.
pub(super) type KeyId = Decoded<Hex>;

/// A key that signs metadata: ECDSA on P-256 with SHA-256, kept as PKCS #8 PEM.
///
/// Signing is ring's, as everywhere in Dayroom; only checking is done by `tough` and what it brings.
pub struct ReleaseKey {
    pair: EcdsaKeyPair,
    public: Key,
    id: KeyId,
}

impl fmt::Debug for ReleaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleaseKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl ReleaseKey {
    /// Makes a key and writes it to `path`, which must not be there.
    ///
    /// # Errors
    /// When there is a file, or it cannot be written.
    pub fn create(path: &Path) -> Result<Self, ReleasesError> {
        if path.exists() {
            return Err(ReleasesError::KeyExists(path.to_owned()));
        }
        let pair = KeyPair::generate().map_err(|_| ReleasesError::Key)?;
        let key = Self::from_der(&pair.serialize_der())?;
        write_private(path, pair.serialize_pem().as_bytes())?;
        Ok(key)
    }

    /// Reads one; `None` when the file is no key of this kind.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, ReleasesError> {
        let failed = |source| ReleasesError::File {
            path: path.to_owned(),
            source,
        };
        let about = fs::metadata(path).map_err(failed)?;
        if !about.is_file() || about.len() > KEY_FILE_BYTES {
            return Ok(None);
        }
        let bytes = fs::read(path).map_err(failed)?;
        Ok(Self::from_bytes(&bytes))
    }

    /// PEM, or PKCS #8 as it is.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match PrivatePkcs8KeyDer::from_pem_slice(bytes) {
            Ok(der) => Self::from_der(der.secret_pkcs8_der()).ok(),
            Err(_) => Self::from_der(bytes).ok(),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, ReleasesError> {
        let rng = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &rng)
            .map_err(|_| ReleasesError::Key)?;
        let public = Key::Ecdsa {
            keyval: EcdsaKey {
                public: pair.public_key().as_ref().to_vec().into(),
                _extra: HashMap::new(),
            },
            scheme: EcdsaScheme::EcdsaSha2Nistp256,
            _extra: HashMap::new(),
        };
        let id = public.key_id().map_err(|_| ReleasesError::Key)?;
        Ok(Self { pair, public, id })
    }

    /// The public half, as metadata carries it.
    pub fn public(&self) -> &Key {
        &self.public
    }

    pub(super) fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Signature, ReleasesError> {
        let signed = self
            .pair
            .sign(&SystemRandom::new(), bytes)
            .map_err(|_| ReleasesError::Key)?;
        Ok(Signature {
            keyid: self.id.clone(),
            sig: signed.as_ref().to_vec().into(),
        })
    }
}

/// The keys an operator has brought, from one folder or several.
#[derive(Debug)]
pub struct KeyFolder {
    keys: Vec<ReleaseKey>,
}

impl KeyFolder {
    /// Reads every key in these folders.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn read(folders: &[PathBuf]) -> Result<Self, ReleasesError> {
        let mut keys = Vec::new();
        for folder in folders {
            let failed = |source| ReleasesError::File {
                path: folder.clone(),
                source,
            };
            for entry in fs::read_dir(folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.extension().is_some_and(|ending| ending == "pem") {
                    keys.extend(ReleaseKey::read(&path)?);
                }
            }
        }
        Ok(Self { keys })
    }

    pub(super) fn of(keys: Vec<ReleaseKey>) -> Self {
        Self { keys }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ReleaseKey> {
        self.keys.iter()
    }
}
