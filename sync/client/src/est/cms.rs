use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, EncodingRules};
use rustls_pki_types::CertificateDer;

use super::EstAnswerError;

/// Certificates of an answer: a chain, or a root with those that carry its change (RFC 4210).
const CERTIFICATES: usize = 8;

/// `id-signedData` (RFC 5652, 5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// The certificates of a certs-only CMS (RFC 5652), in the order they came in. BER is read too:
/// some servers write indefinite lengths.
///
/// # Errors
/// When it is none, or has none or too many.
pub fn certs_only(message: &[u8]) -> Result<Vec<CertificateDer<'static>>, EstAnswerError> {
    let info = ContentInfo::from_ber(message).map_err(|_| EstAnswerError::Cms)?;
    if info.content_type != SIGNED_DATA {
        return Err(EstAnswerError::Cms);
    }
    let signed: SignedData = info
        .content
        .decode_as_encoding(EncodingRules::Ber)
        .map_err(|_| EstAnswerError::Cms)?;
    let held = signed
        .certificates
        .map_or_else(Vec::new, |set| set.0.into_vec());
    if held.is_empty() || held.len() > CERTIFICATES {
        return Err(EstAnswerError::Count(held.len()));
    }
    held.iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => certificate
                .to_der()
                .map(CertificateDer::from)
                .map_err(|_| EstAnswerError::Cms),
            CertificateChoices::Other(_) => Err(EstAnswerError::Cms),
        })
        .collect()
}
