use std::sync::Arc;

use dayroom_protocol::{KioskId, UtcMillis};
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ca::{KIOSK_URN, Serial};

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
}

impl PeerCertificate {
    /// Reads the first certificate of a verified chain.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub fn read(certificate: &CertificateDer<'_>) -> Result<Self, PeerError> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| PeerError::Unreadable)?;
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
