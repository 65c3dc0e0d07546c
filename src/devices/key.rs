use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

mod file;
#[cfg_attr(not(feature = "tpm"), path = "key/no_tpm.rs")]
mod tpm;

use file::FileKey;
use tpm::TpmKey;

/// How the file of a key begins that a TPM holds.
const IN_A_TPM: &[u8] = b"-----BEGIN TSS2 PRIVATE KEY-----";

/// Where a new key is made, and then held. By `devices.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHome {
    /// In a file of this disk. For development: whoever copies the disk has the key.
    File,
    /// In the TPM of this name, for instance `/dev/tpmrm0`.
    Tpm(String),
}

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
    /// What is there is no key over P-256: provision the kiosk again.
    #[error("{0} does not hold a key over P-256: provision this kiosk again")]
    NotAKey(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// The key is, or is to be, in a TPM, and this program cannot use one.
    #[cfg(not(feature = "tpm"))]
    #[error("this program was built without keys in a TPM: install one that has the feature `tpm`")]
    NoTpm,
    /// The TPM does not do it.
    #[cfg(feature = "tpm")]
    #[error(transparent)]
    Tpm(#[from] dayroom_tpm::TpmError),
}

/// The key of this kiosk (`identity/key.pem`): ECDSA over P-256, made here and never anywhere else.
/// Whoever wires the processes puts it behind the signing seam.
///
/// The file says by its label where the key is. `PRIVATE KEY` is the key itself. `TSS2 PRIVATE KEY` is
/// a blob that only the TPM which made it can use, and the name of that TPM; nothing else holds that
/// key either, so it ends with the file, in a crypto-erase as well.
pub struct DeviceKey(Held);

enum Held {
    File(Box<FileKey>),
    Tpm(TpmKey),
}

impl DeviceKey {
    /// Makes a new key: itself, and the PEM to keep it by.
    ///
    /// # Errors
    /// When the system gives no randomness, or the TPM no key.
    pub fn make(home: &KeyHome) -> Result<(Self, Zeroizing<String>), KeyError> {
        match home {
            KeyHome::File => {
                FileKey::make().map(|(key, pem)| (Self(Held::File(Box::new(key))), pem))
            }
            KeyHome::Tpm(name) => {
                let key = TpmKey::make(name)?;
                let pem = Zeroizing::new(key.to_pem()?);
                Ok((Self(Held::Tpm(key)), pem))
            }
        }
    }

    /// Reads the key in the file at `path`. One in a TPM is not tried before it signs.
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
        if text.windows(IN_A_TPM.len()).any(|some| some == IN_A_TPM) {
            return TpmKey::from_pem(&text).map(|key| Self(Held::Tpm(key)));
        }
        FileKey::from_pem(&text)
            .map(|key| Self(Held::File(Box::new(key))))
            .ok_or_else(|| KeyError::NotAKey(path.to_owned()))
    }

    /// The public key, a DER `SubjectPublicKeyInfo`.
    pub fn public_key(&self) -> &[u8] {
        match &self.0 {
            Held::File(key) => key.public_key(),
            Held::Tpm(key) => key.public_key(),
        }
    }

    /// The signature over `message`, a DER `Ecdsa-Sig-Value`.
    ///
    /// # Errors
    /// When the system gives no randomness, or the TPM no signature.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.0 {
            Held::File(key) => key.sign(message),
            Held::Tpm(key) => key.sign(message),
        }
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    use super::file::BEFORE_POINT;
    use super::*;

    #[test]
    fn a_key_made_here_is_read_again_and_signs_for_the_same_public_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let (made, pem) = DeviceKey::make(&KeyHome::File).unwrap();
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

    #[cfg(not(feature = "tpm"))]
    #[test]
    fn a_key_in_a_tpm_asks_for_a_program_that_can_use_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let text = "TPM: /dev/tpmrm0\n-----BEGIN TSS2 PRIVATE KEY-----\nMAA=\n";
        std::fs::write(&path, text).unwrap();
        let made = DeviceKey::make(&KeyHome::Tpm("/dev/tpmrm0".to_owned()));
        for error in [DeviceKey::open(&path).unwrap_err(), made.unwrap_err()] {
            assert!(error.to_string().contains("the feature `tpm`"), "{error}");
        }
    }
}
