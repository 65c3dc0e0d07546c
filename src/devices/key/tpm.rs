use dayroom_tpm::Tpm;

use super::KeyError;

/// A key that a TPM holds.
pub(super) struct TpmKey(dayroom_tpm::TpmKey);

impl TpmKey {
    /// Has the TPM of this name make a new one.
    pub(super) fn make(name: &str) -> Result<Self, KeyError> {
        Ok(Self(dayroom_tpm::TpmKey::make(&Tpm::named(name)?)?))
    }

    /// Reads one: the blob and the name of its TPM.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(dayroom_tpm::TpmKey::from_pem(text)?))
    }

    pub(super) fn to_pem(&self) -> Result<String, KeyError> {
        Ok(self.0.to_pem()?)
    }

    pub(super) fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.sign(message)?)
    }
}
