use std::sync::Arc;

use dayroom_protocol::{KioskId, UtcMillis};
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ca::{KIOSK_URN, Serial};

/// `digitalSignature`, as x509-parser counts the bits of a key's usage (RFC 5280, 4.2.1.3).
const DIGITAL_SIGNATURE: u16 = 1;

/// What a kiosk's certificate says, after TLS has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Which kiosk.
    pub kiosk: KioskId,
    /// Its serial number.
    pub serial: Serial,
    /// When it ends.
    pub ends: UtcMillis,
    /// Its public key, a DER `SubjectPublicKeyInfo`.
    pub key: Arc<[u8]>,
}

/// Why a certificate names no kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// There is none, or it cannot be read.
    #[error("certificate cannot be read")]
    Unreadable,
    /// Its alternative names are not exactly one kiosk.
    #[error("certificate does not name exactly one kiosk")]
    NotOneKiosk,
    /// Its key is not one over P-256: central gives no other certificates.
    #[error("certificate is not for a key over P-256")]
    Key,
    /// It is not for a client that signs, or for more than that.
    #[error("certificate is not for a client that signs, and nothing else")]
    Usage,
}

impl PeerCertificate {
    /// Reads the first certificate of a verified chain.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn read(certificate: &CertificateDer<'_>) -> Result<Self, PeerError> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| PeerError::Unreadable)?;
        // TLS has looked at chain, dates, purpose and revocation, and looks at neither of these.
        let key = &parsed.public_key().algorithm;
        let curve = key
            .parameters
            .as_ref()
            .and_then(|found| found.as_oid().ok());
        if key.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_EC_P256) {
            return Err(PeerError::Key);
        }
        let usage = parsed.key_usage().map_err(|_| PeerError::Unreadable)?;
        if usage.is_none_or(|usage| usage.value.flags != DIGITAL_SIGNATURE) {
            return Err(PeerError::Usage);
        }
        let purpose = parsed.extended_key_usage();
        let purpose = purpose.map_err(|_| PeerError::Unreadable)?;
        if purpose.is_none_or(|purpose| !purpose.value.client_auth || purpose.value.server_auth) {
            return Err(PeerError::Usage);
        }
        let names = parsed
            .subject_alternative_name()
            .map_err(|_| PeerError::Unreadable)?
            .ok_or(PeerError::NotOneKiosk)?;
        let kiosk = match names.value.general_names.as_slice() {
            [GeneralName::URI(uri)] => uri
                .strip_prefix(KIOSK_URN)
                .and_then(|id| id.parse::<KioskId>().ok())
                .ok_or(PeerError::NotOneKiosk)?,
            _ => return Err(PeerError::NotOneKiosk),
        };
        Ok(Self {
            kiosk,
            serial: Serial::from_der(parsed.raw_serial()),
            key: Arc::from(parsed.public_key().raw),
            ends: UtcMillis(
                parsed
                    .validity()
                    .not_after
                    .timestamp()
                    .saturating_mul(1_000),
            ),
        })
    }
}
