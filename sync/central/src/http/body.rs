use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use dayroom_protocol::{limits, route};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::Service;
use crate::kiosk::{Refused, sha256};

/// Levels of JSON within one another that any request may have (T17).
const DEPTH: usize = 32;

/// Reads a JSON body under all its limits.
pub(super) async fn read<T: DeserializeOwned>(
    service: &Service,
    request: Request<Body>,
) -> Result<T, Refused> {
    read_within(service, request, limits::BODY_BYTES).await
}

/// The same, for a body that has a limit of its own.
pub(super) async fn read_within<T: DeserializeOwned>(
    service: &Service,
    request: Request<Body>,
    most: usize,
) -> Result<T, Refused> {
    let (parts, body) = request.into_parts();
    check_headers(&parts.headers, most)?;
    let collect = Limited::new(body, most).collect();
    let bytes = tokio::time::timeout(service.options.body_timeout, collect)
        .await
        .map_err(|_| Refused::BadRequest("body took too long"))?
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refused::TooLarge
            } else {
                Refused::BadRequest("body broke off")
            }
        })?
        .to_bytes();
    check_digest(&parts.headers, &bytes)?;
    if !shallow(&bytes) {
        return Err(Refused::BadRequest("body is too deep"));
    }
    serde_json::from_slice(&bytes).map_err(|_| Refused::BadRequest("body is not of its form"))
}

fn check_headers(headers: &HeaderMap, most: usize) -> Result<(), Refused> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Refused::BadRequest("encoded bodies are not taken"));
    }
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    if media != Some("application/json") {
        return Err(Refused::BadRequest("body is not JSON"));
    }
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(Refused::TooLarge);
    }
    Ok(())
}

fn check_digest(headers: &HeaderMap, bytes: &Bytes) -> Result<(), Refused> {
    let said = headers
        .get_all(route::CONTENT_DIGEST)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|entry| entry.trim().strip_prefix("sha-256="))
        .ok_or(Refused::BadRequest("body has no digest"))?;
    if said == digest_item(&sha256(bytes).0) {
        Ok(())
    } else {
        Err(Refused::BadRequest("body does not match its digest"))
    }
}

/// A digest as RFC 9530 writes its bytes.
pub(super) fn digest_item(digest: &[u8; 32]) -> String {
    format!(":{}:", STANDARD.encode(digest))
}

/// Whether JSON stays within [`DEPTH`]; what is not JSON is left to the parser.
fn shallow(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > DEPTH {
                    return false;
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_texts() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(shallow(nested(32).as_bytes()));
        assert!(!shallow(nested(33).as_bytes()));
        let text = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(100));
        assert!(shallow(text.as_bytes()));
        let after = format!(r#"["\\",{}]"#, nested(32));
        assert!(!shallow(after.as_bytes()));
    }
}
