use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::Validity;

/// Who this kiosk is: a certificate, and a key that signs and need not be readable (a TPM's).
pub trait Identity: fmt::Debug + Send + Sync {
    /// What signs for TLS.
    fn resolver(&self) -> Arc<dyn ResolvesClientCert>;
    /// When its certificate holds.
    fn validity(&self) -> Validity;
}

/// A private key of this kiosk that signs and need not be readable (a TPM's): ECDSA over P-256
/// with SHA-256, the one kind that files, TPM 2.0 and EST servers have in common.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public key, a DER `SubjectPublicKeyInfo` (RFC 5280, 4.1).
    fn public_key(&self) -> &[u8];
    /// The signature over `message`, a DER `Ecdsa-Sig-Value` (RFC 3279, 2.2.3).
    ///
    /// # Errors
    /// When whatever holds the key will not sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The key cannot sign now; why, in words for a technician.
#[derive(Debug, thiserror::Error)]
#[error("key of this kiosk cannot sign: {0}")]
pub struct SignError(pub String);

/// An identity whose key lies in a file.
pub struct FileIdentity {
    key: Arc<CertifiedKey>,
    validity: Validity,
}

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not PEM, or no certificate in it.
    #[error("certificate of this kiosk cannot be read")]
    Certificate,
    /// Not PEM, or not a key ring can sign with.
    #[error("key of this kiosk cannot be read")]
    Key,
    /// The key is not the certificate's.
    #[error("key of this kiosk is not its certificate's")]
    Mismatch(#[source] rustls::Error),
}

impl FileIdentity {
    /// Reads a certificate chain, this kiosk's own first, and its key.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| IdentityError::Certificate)?;
        let own = chain.first().ok_or(IdentityError::Certificate)?;
        let validity = Validity::of(own).ok_or(IdentityError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| IdentityError::Key)?;
        let key = any_supported_type(&key).map_err(|_| IdentityError::Key)?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(IdentityError::Mismatch)?;
        Ok(Self {
            key: Arc::new(key),
            validity,
        })
    }
}

impl Identity for FileIdentity {
    fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.key)))
    }

    fn validity(&self) -> Validity {
        self.validity
    }
}

impl fmt::Debug for FileIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileIdentity")
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}
