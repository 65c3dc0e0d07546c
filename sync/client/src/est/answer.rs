use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dayroom_protocol::{EnrolmentRefusal, limits, route};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::{EstAnswerError, EstError};
use crate::transport::{Deadlines, Pace, TransportError, header_text};

/// When to come back if a server that says "later" does not say when.
const LATER: Duration = Duration::from_secs(60);

/// Sends a request and takes the head of its answer, or the reason there is none.
pub(super) async fn send(
    request: RequestBuilder,
    deadlines: Deadlines,
) -> Result<Response, EstError> {
    let response = tokio::time::timeout(deadlines.answer, request.send())
        .await
        .map_err(|elapsed| TransportError::Unreachable(elapsed.into()))?
        .map_err(TransportError::of_request)?;
    let status = response.status();
    let retry_after = header_text(response.headers(), RETRY_AFTER.as_str())
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    if matches!(status, StatusCode::OK | StatusCode::NO_CONTENT) {
        return Ok(response);
    }
    if status == StatusCode::ACCEPTED {
        return Err(EstError::Pending {
            retry_after: retry_after.unwrap_or(LATER),
        });
    }
    let said = header_text(response.headers(), route::EST_REASON);
    let reason = said
        .and_then(EnrolmentRefusal::of_name)
        .or_else(|| reason_of(status))
        .ok_or(EstAnswerError::Status(status.as_u16()))?;
    Err(EstError::Refused {
        reason,
        retry_after,
    })
}

/// What a server that is not ours means by its status.
fn reason_of(status: StatusCode) -> Option<EnrolmentRefusal> {
    match status.as_u16() {
        401 => Some(EnrolmentRefusal::Wrong),
        403 => Some(EnrolmentRefusal::Revoked),
        400 | 413 | 415 | 422 => Some(EnrolmentRefusal::Request),
        429 | 503 => Some(EnrolmentRefusal::Busy),
        500..=599 => Some(EnrolmentRefusal::Internal),
        _ => None,
    }
}

/// Reads a body of `media`, at most [`limits::EST_BYTES`] long.
pub(super) async fn body(
    mut response: Response,
    media: &str,
    deadlines: Deadlines,
) -> Result<Vec<u8>, EstError> {
    let said = header_text(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
    let said = said.split(';').next().unwrap_or_default().trim();
    if !said.eq_ignore_ascii_case(media) {
        return Err(EstAnswerError::MediaType.into());
    }
    let mut body = Vec::new();
    let mut pace = Pace::new(deadlines);
    while let Some(chunk) = pace.next(&mut response).await? {
        if body.len() + chunk.len() > limits::EST_BYTES {
            return Err(EstAnswerError::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What is in an answer: base64 with or without line breaks (RFC 8951), or, from servers that know
/// no better, the DER itself. Base64 of DER never begins like DER.
pub(super) fn decode(body: &[u8]) -> Result<Vec<u8>, EstAnswerError> {
    if body.first() == Some(&0x30) {
        return Ok(body.to_vec());
    }
    let text: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).map_err(|_| EstAnswerError::Base64)
}

/// Base64 in lines of 64, which every EST server reads (RFC 2045, 6.8; RFC 8951, 3).
pub(super) fn encode(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    text.as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n")
        .collect()
}
