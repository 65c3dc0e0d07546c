use std::collections::BTreeMap;
use std::fmt;

use dayroom_protocol::UtcMillis;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::Certificate;
use super::certificate::{seconds, serial};

/// Bytes of a list: some 200,000 certificates.
pub const LIST_BYTES: usize = 8 * 1024 * 1024;

/// Why a list proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// Not a certificate revocation list (RFC 5280, 5), or of another kind than a complete one.
    #[error("revocation list cannot be read")]
    Form,
    /// Not signed by the private root, or the root may not sign lists.
    #[error("revocation list is not of the private root")]
    Signature,
}

/// A revocation list that the private root has signed. That it names a certificate proves that the
/// certificate is revoked, whoever brought the list and however old it is: nothing takes a
/// certificate back off a list. That it names none proves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
    number: Vec<u8>,
    made: UtcMillis,
    revoked: BTreeMap<Vec<u8>, UtcMillis>,
}

impl RevocationList {
    /// Reads a list and checks that the root in `root_pem` signed it.
    ///
    /// # Errors
    /// See [`RevocationError`].
    pub fn verify(der: &[u8], root_pem: &str) -> Result<Self, RevocationError> {
        if der.len() > LIST_BYTES {
            return Err(RevocationError::Form);
        }
        let (rest, list) =
            CertificateRevocationList::from_der(der).map_err(|_| RevocationError::Form)?;
        if !rest.is_empty() {
            return Err(RevocationError::Form);
        }
        // A delta, or one of part of the certificates, says so in a critical extension.
        if list.extensions().iter().any(|extension| extension.critical) {
            return Err(RevocationError::Form);
        }
        let number = list.crl_number().ok_or(RevocationError::Form)?;
        let signed = CertificateDer::pem_slice_iter(root_pem.as_bytes())
            .filter_map(Result::ok)
            .any(|root| is_signed_by(&list, &root));
        if !signed {
            return Err(RevocationError::Signature);
        }
        let revoked = list
            .iter_revoked_certificates()
            .map(|entry| {
                let at = seconds(entry.revocation_date.timestamp());
                (serial(entry.raw_serial()), at)
            })
            .collect();
        Ok(Self {
            der: der.to_vec(),
            number: number.to_bytes_be(),
            made: seconds(list.last_update().timestamp()),
            revoked,
        })
    }

    /// When the certificate was revoked, if it was.
    pub fn revoked(&self, certificate: &Certificate) -> Option<UtcMillis> {
        self.revoked.get(&certificate.serial).copied()
    }

    /// When it was made: no moment before this is now.
    pub fn made(&self) -> UtcMillis {
        self.made
    }

    /// Whether it was made after `other`.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.number.len(), &self.number) > (other.number.len(), &other.number)
    }

    /// As it is signed.
    pub fn der(&self) -> CertificateRevocationListDer<'static> {
        self.der.clone().into()
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("made", &self.made)
            .field("revoked", &self.revoked.len())
            .finish_non_exhaustive()
    }
}

fn is_signed_by(list: &CertificateRevocationList<'_>, root: &CertificateDer<'_>) -> bool {
    let Ok((_, root)) = X509Certificate::from_der(root) else {
        return false;
    };
    let may_sign = root
        .key_usage()
        .ok()
        .flatten()
        .is_none_or(|usage| usage.value.crl_sign());
    may_sign
        && list.issuer().as_raw() == root.subject().as_raw()
        && list.verify_signature(root.public_key()).is_ok()
}
