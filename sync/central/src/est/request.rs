use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_protocol::limits;
use ring::digest::{SHA256, digest};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256,
};
use x509_parser::prelude::{FromDer, GeneralName};

/// Bytes of the public key: an uncompressed point of P-256.
const POINT: usize = 65;

/// Why a body is no certificate request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Of another media type.
    #[error("the body is not application/pkcs10")]
    MediaType,
    /// Longer than any request.
    #[error("the request is too large")]
    TooLarge,
    /// It took too long, or broke off.
    #[error("the request did not come in one piece")]
    Broken,
    /// Not base64.
    #[error("the request is not in base64")]
    Base64,
    /// Not PKCS #10.
    #[error("the request is not a PKCS #10")]
    Form,
    /// Not for an ECDSA key over P-256 in the uncompressed form.
    #[error("the request is not for a P-256 key")]
    Key,
    /// Not signed with SHA-256 by the key it is for.
    #[error("the request is not signed by its own key")]
    Signature,
}

/// A certificate request (RFC 2986) that was signed by the P-256 key it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The public key, a DER `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
    /// The subject, as DER. A first certificate passes it over.
    pub subject: Vec<u8>,
    /// The URIs among the alternative names, if those are all there is. A first certificate passes
    /// them over.
    pub uris: Vec<String>,
}

impl CertificateRequest {
    /// Reads the body of a request: base64 with or without line breaks, or DER as it is.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn from_body(body: &[u8]) -> Result<Self, RequestError> {
        // Base64 of DER never begins like DER.
        if body.first() == Some(&0x30) {
            return Self::from_der(body);
        }
        let text: Vec<u8> = body
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let der = STANDARD.decode(text).map_err(|_| RequestError::Base64)?;
        Self::from_der(&der)
    }

    /// Reads a request and checks that its key signed it.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > limits::CSR_BYTES {
            return Err(RequestError::TooLarge);
        }
        let (rest, request) =
            X509CertificationRequest::from_der(der).map_err(|_| RequestError::Form)?;
        if !rest.is_empty() {
            return Err(RequestError::Form);
        }
        let info = &request.certification_request_info;
        let key = &info.subject_pki;
        let curve = key.algorithm.parameters.as_ref();
        let curve = curve.and_then(|parameters| parameters.as_oid().ok());
        let point = &key.subject_public_key;
        if key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY
            || curve != Some(OID_EC_P256)
            || point.unused_bits != 0
            || point.data.len() != POINT
            || point.data.first() != Some(&4)
        {
            return Err(RequestError::Key);
        }
        if request.signature_algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256 {
            return Err(RequestError::Signature);
        }
        request
            .verify_signature()
            .map_err(|_| RequestError::Signature)?;
        Ok(Self {
            public_key: key.raw.to_vec(),
            subject: info.subject.as_raw().to_vec(),
            uris: uris(&request).unwrap_or_default(),
        })
    }

    /// SHA-256 of the public key.
    pub fn key_sha256(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &self.public_key).as_ref());
        hash
    }
}

/// The alternative names, if all of them are URIs.
fn uris(request: &X509CertificationRequest<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for extension in request.requested_extensions()? {
        if let ParsedExtension::SubjectAlternativeName(names) = extension {
            for name in &names.general_names {
                let GeneralName::URI(uri) = name else {
                    return None;
                };
                found.push((*uri).to_owned());
            }
        }
    }
    Some(found)
}
