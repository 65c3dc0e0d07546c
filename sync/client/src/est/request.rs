use std::cell::RefCell;
use std::fmt;

use dayroom_protocol::{EnrolmentNumber, KIOSK_URN, KioskId};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, PublicKeyData, SanType};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::EstError;
use crate::transport::{SignError, Signer};

/// Whom a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// This kiosk; what a renewal must say (RFC 7030, 4.2.2).
    Kiosk(KioskId),
    /// The kiosk of an enrolment, whose id is not known here before the certificate is.
    Enrolment(EnrolmentNumber),
}

/// A PKCS #10 request (RFC 2986), signed by the key it is for.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    der: Vec<u8>,
}

impl CertificateRequest {
    /// Makes one with the key behind `signer`.
    ///
    /// # Errors
    /// [`EstError::Sign`] when the key will not sign; [`EstError::Request`] when it is no P-256 key.
    pub fn new(signer: &dyn Signer, subject: Subject) -> Result<Self, EstError> {
        let (_, key) =
            SubjectPublicKeyInfo::from_der(signer.public_key()).map_err(|_| EstError::Request)?;
        let key = Key {
            signer,
            point: key.subject_public_key.data.to_vec(),
            failed: RefCell::new(None),
        };
        if key.subject_public_key_info() != signer.public_key() {
            return Err(EstError::Request);
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let name = match subject {
            Subject::Kiosk(kiosk) => {
                let urn = Ia5String::try_from(format!("{KIOSK_URN}{kiosk}"));
                let urn = urn.map_err(|_| EstError::Request)?;
                params.subject_alt_names = vec![SanType::URI(urn)];
                kiosk.to_string()
            }
            Subject::Enrolment(number) => number.to_string(),
        };
        params.distinguished_name.push(DnType::CommonName, name);
        match params.serialize_request(&key) {
            Ok(request) => Ok(Self {
                der: request.der().to_vec(),
            }),
            Err(_) => Err(key.failed.take().map_or(EstError::Request, EstError::Sign)),
        }
    }

    /// It, as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest")
            .field("bytes", &self.der.len())
            .finish()
    }
}

/// The signing seam as rcgen wants it.
struct Key<'s> {
    signer: &'s dyn Signer,
    point: Vec<u8>,
    /// Why it did not sign; rcgen's error has no room for it.
    failed: RefCell<Option<SignError>>,
}

impl PublicKeyData for Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signer.sign(message).map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            rcgen::Error::RemoteKeyError
        })
    }
}
