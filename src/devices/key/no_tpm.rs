//! Instead of `tpm.rs`, where the program is built without the feature `tpm`.

use std::convert::Infallible;

use super::KeyError;

/// There is no such key.
pub(super) struct TpmKey(Infallible);

impl TpmKey {
    pub(super) fn make(_name: &str) -> Result<Self, KeyError> {
        Err(KeyError::NoTpm)
    }

    pub(super) fn from_pem(_text: &[u8]) -> Result<Self, KeyError> {
        Err(KeyError::NoTpm)
    }

    pub(super) fn to_pem(&self) -> Result<String, KeyError> {
        match self.0 {}
    }

    pub(super) fn public_key(&self) -> &[u8] {
        match self.0 {}
    }

    pub(super) fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self.0 {}
    }
}
