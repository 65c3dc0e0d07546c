use std::time::Duration;

use dayroom_protocol::{Problem, limits, route};
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::deadlines::Pace;
use super::{AnswerError, Deadlines, TransportError, json};

/// Bytes of a problem.
const PROBLEM_BYTES: usize = 16 * 1024;

/// Sends a request and takes the head of its answer, or the problem it says.
pub(super) async fn send(
    request: RequestBuilder,
    deadlines: Deadlines,
) -> Result<Response, TransportError> {
    let response = tokio::time::timeout(deadlines.answer, request.send())
        .await
        .map_err(|elapsed| TransportError::Unreachable(elapsed.into()))?
        .map_err(TransportError::of_request)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(AnswerError::Redirect.into());
    }
    if text(response.headers(), CONTENT_ENCODING.as_str()).is_some_and(|name| name != "identity") {
        return Err(AnswerError::Encoded.into());
    }
    if status.is_success() {
        return Ok(response);
    }
    if media_type(response.headers()) != Some(route::PROBLEM_TYPE) {
        return Err(AnswerError::Status(status.as_u16()).into());
    }
    let retry_after = text(response.headers(), RETRY_AFTER.as_str())
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    let (body, digest) = body(response, PROBLEM_BYTES, deadlines).await?;
    if let Some(digest) = digest {
        json::check_digest(&body, &digest)?;
    }
    let problem: Box<Problem> = json::read(&body)?;
    Err(TransportError::Problem {
        problem,
        retry_after,
    })
}

/// Reads a JSON answer, its digest checked.
pub(super) async fn read<T: DeserializeOwned>(
    response: Response,
    deadlines: Deadlines,
) -> Result<T, TransportError> {
    expect_type(&response, "application/json")?;
    let (body, digest) = body(response, limits::BODY_BYTES, deadlines).await?;
    json::check_digest(&body, &digest.ok_or(AnswerError::NoDigest)?)?;
    Ok(json::read(&body)?)
}

/// Reads an answer that proves itself, of at most `limit` bytes.
pub(super) async fn signed(
    response: Response,
    media_type: &str,
    limit: usize,
    deadlines: Deadlines,
) -> Result<Vec<u8>, TransportError> {
    expect_type(&response, media_type)?;
    Ok(body(response, limit, deadlines).await?.0)
}

/// Refuses an answer of another media type.
pub(super) fn expect_type(response: &Response, expected: &str) -> Result<(), AnswerError> {
    if response.status() != StatusCode::NO_CONTENT
        && media_type(response.headers()) == Some(expected)
    {
        Ok(())
    } else {
        Err(AnswerError::MediaType)
    }
}

/// A header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// How long the body says it is.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok())
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, CONTENT_TYPE.as_str())?;
    Some(value.split_once(';').map_or(value, |(kind, _)| kind).trim())
}

/// Reads a body of at most `limit` bytes, and its digest.
async fn body(
    mut response: Response,
    limit: usize,
    deadlines: Deadlines,
) -> Result<(Vec<u8>, Option<String>), TransportError> {
    let declared = length(response.headers()).unwrap_or(0);
    if declared > limit as u64 {
        return Err(AnswerError::TooLarge.into());
    }
    let digest = text(response.headers(), route::CONTENT_DIGEST).map(str::to_owned);
    let mut body = Vec::with_capacity(usize::try_from(declared).unwrap_or(0));
    let mut pace = Pace::new(deadlines);
    while let Some(chunk) = pace.next(&mut response).await? {
        if body.len() + chunk.len() > limit {
            return Err(AnswerError::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, digest))
}
