use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{OtherError, SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use super::{Certificate, Validity};

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key of this kiosk cannot sign: {0}")]
pub struct SignError(pub String);

/// Why an identity cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is none: the kiosk is not enrolled.
    #[error("this kiosk has no certificate")]
    Missing,
    /// Not PEM, or no certificate in it.
    #[error("certificate of this kiosk cannot be read")]
    Certificate,
    /// Not an ECDSA key over P-256.
    #[error("key of this kiosk is not one over P-256")]
    Key,
    /// The key is not the certificate's.
    #[error("key of this kiosk is not its certificate's")]
    Mismatch,
}

/// A certificate chain and the key behind the signing seam that it is for.
pub struct DeviceIdentity {
    key: Arc<CertifiedKey>,
    own: Certificate,
}

impl DeviceIdentity {
    /// Puts a certificate chain in PEM, this kiosk's own first, and its key together.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn new(chain: &[u8], signer: Arc<dyn Signer>) -> Result<Self, IdentityError> {
        let (own, chain) = Certificate::chain(chain).ok_or(IdentityError::Certificate)?;
        if !own.is_p256() {
            return Err(IdentityError::Key);
        }
        if own.public_key != signer.public_key() {
            return Err(IdentityError::Mismatch);
        }
        let key = CertifiedKey::new(chain, Arc::new(SeamKey(signer)));
        Ok(Self {
            key: Arc::new(key),
            own,
        })
    }

    /// What this kiosk's own certificate says.
    pub fn certificate(&self) -> &Certificate {
        &self.own
    }
}

impl Identity for DeviceIdentity {
    fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.key)))
    }

    fn validity(&self) -> Validity {
        self.own.validity
    }
}

impl fmt::Debug for DeviceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceIdentity")
            .field("validity", &self.own.validity)
            .finish_non_exhaustive()
    }
}

/// The seam as TLS sees it.
#[derive(Clone, Debug)]
struct SeamKey(Arc<dyn Signer>);

impl SigningKey for SeamKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256)
            .then(|| Box::new(self.clone()) as Box<dyn rustls::sign::Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.0.public_key().into())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl rustls::sign::Signer for SeamKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        // Found again by `TransportError::of_request`, so that a technician looks at the key.
        self.0
            .sign(message)
            .map_err(|error| rustls::Error::Other(OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}
