use dayroom_protocol::UtcMillis;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::Validity;

/// How every `SubjectPublicKeyInfo` with an uncompressed point of P-256 begins, up to the point
/// (RFC 5480).
pub(super) const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// What a certificate says, as far as anybody here asks. Reading it checks no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// When it holds.
    pub validity: Validity,
    /// Its serial number, without leading zeros.
    pub serial: Vec<u8>,
    /// The key it is for, a DER `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
}

impl Certificate {
    /// Reads one; `None` if it is none.
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(certificate).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let validity = parsed.validity();
        Some(Self {
            validity: Validity {
                from: seconds(validity.not_before.timestamp()),
                until: seconds(validity.not_after.timestamp()),
            },
            serial: serial(parsed.raw_serial()),
            public_key: parsed.public_key().raw.to_vec(),
        })
    }

    /// Reads the first of a chain in PEM, and the whole chain in DER.
    pub fn chain(pem: &[u8]) -> Option<(Self, Vec<CertificateDer<'static>>)> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .ok()?;
        Some((Self::read(chain.first()?)?, chain))
    }

    /// Whether its key is one over P-256.
    pub fn is_p256(&self) -> bool {
        self.public_key.starts_with(P256)
    }
}

/// Whole seconds, as certificates and lists count.
pub(super) fn seconds(at: i64) -> UtcMillis {
    UtcMillis(at.saturating_mul(1_000))
}

/// A serial number without leading zeros.
pub(super) fn serial(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.iter().skip(zeros).copied().collect()
}
