use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::content_info::ContentInfo;
use dayroom_protocol::route;
use der::asn1::{Any, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use rustls_pki_types::CertificateDer;
use x509_cert::{Certificate, PkiPath};

use super::refused::Refused;

/// Media type of certificates (RFC 7030, 4.1.3 and 4.2.3).
const CERTS_ONLY: &str = "application/pkcs7-mime; smime-type=certs-only";
/// Media type of the attributes of a request (RFC 7030, 4.5.2).
const CSRATTRS: &str = "application/csrattrs";

/// `ecPublicKey` (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480, 2.1.1.1).
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `ecdsa-with-SHA256` (RFC 5758, 3.2).
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// An attribute of `CsrAttrs` (RFC 7030, 4.5.2).
#[derive(Sequence)]
struct Attribute {
    name: ObjectIdentifier,
    values: SetOfVec<ObjectIdentifier>,
}

/// Certificates as certs-only CMS.
pub(super) fn certs_only(certificates: &[CertificateDer<'_>]) -> Result<Vec<u8>, der::Error> {
    let path: PkiPath = certificates
        .iter()
        .map(|certificate| Certificate::from_der(certificate))
        .collect::<Result<_, _>>()?;
    ContentInfo::try_from(path)?.to_der()
}

/// What a request must be: for a P-256 key, signed with SHA-256.
pub(super) fn attributes() -> Result<Vec<u8>, der::Error> {
    let key = Attribute {
        name: EC_PUBLIC_KEY,
        values: SetOfVec::try_from(vec![P256])?,
    };
    vec![Any::encode_from(&key)?, Any::encode_from(&ECDSA_SHA256)?].to_der()
}

pub(super) fn certificates(certificates: &[CertificateDer<'_>]) -> Result<Response, Refused> {
    let message = certs_only(certificates).map_err(|_| Refused::Stopped)?;
    Ok(in_base64(CERTS_ONLY, &message))
}

pub(super) fn csrattrs() -> Result<Response, Refused> {
    let message = attributes().map_err(|_| Refused::Stopped)?;
    Ok(in_base64(CSRATTRS, &message))
}

pub(super) fn revocation_list(list: &[u8]) -> Response {
    respond(
        StatusCode::OK,
        HeaderValue::from_static(route::REVOCATION_LIST_TYPE),
        list.to_vec(),
    )
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<Response, Refused> {
    let text = serde_json::to_string(value).map_err(crate::store::StoreError::from)?;
    Ok(respond(
        StatusCode::OK,
        HeaderValue::from_static("application/json"),
        text,
    ))
}

/// Base64 in lines, as MIME has it (RFC 2045, 6.8) and every client reads (RFC 8951, 3).
fn in_base64(media: &'static str, message: &[u8]) -> Response {
    let text = STANDARD.encode(message);
    let lines: String = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n")
        .collect();
    let mut response = respond(StatusCode::OK, HeaderValue::from_static(media), lines);
    response.headers_mut().insert(
        HeaderName::from_static("content-transfer-encoding"),
        HeaderValue::from_static("base64"),
    );
    response
}

/// The answer, or a sentence that says why there is none (RFC 7030, 4.2.3).
pub(super) fn finish(done: Result<Response, Refused>) -> Response {
    done.unwrap_or_else(|refused| {
        log(&refused);
        let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::FORBIDDEN);
        let media = HeaderValue::from_static("text/plain; charset=utf-8");
        // Bouncy Castle's client closes a challenge without reading it and calls one that says
        // something broken.
        let text = if matches!(refused, Refused::Unasked) {
            String::new()
        } else {
            format!("{refused}\n")
        };
        let mut response = respond(status, media, text);
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = "Basic realm=\"kiosk and one-time code\", charset=\"UTF-8\"";
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        if let Refused::Busy(wait) = &refused {
            let seconds = wait.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(reason) = refused.reason() {
            headers.insert(
                HeaderName::from_static(route::EST_REASON),
                HeaderValue::from_static(reason.name()),
            );
        }
        response
    })
}

fn respond(status: StatusCode, media: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Notes a failure of ours; who was refused stands in the activity.
fn log(refused: &Refused) {
    match refused {
        Refused::Authority(error) => tracing::error!(%error, "est.failed"),
        Refused::Store(error) => tracing::error!(%error, "est.failed"),
        Refused::Stopped => tracing::error!("est.failed"),
        Refused::Busy(_) => tracing::warn!("est.turned_away"),
        Refused::For(reason) => tracing::info!(reason = reason.name(), "est.refused"),
        Refused::Unasked | Refused::Request(_) | Refused::Nowhere => {
            tracing::debug!(error = %refused, "est.refused");
        }
    }
}
