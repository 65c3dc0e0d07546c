use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dayroom_protocol::route;
use serde::Serialize;

use super::body::digest_item;
use super::{Service, log_failure};
use crate::kiosk::{Refused, sha256};
use crate::store::StoreError;

pub(super) const DIGEST_HEADER: HeaderName = HeaderName::from_static(route::CONTENT_DIGEST);

/// JSON with its digest, never to be kept by anything in between.
pub(super) fn json_text(status: StatusCode, media: &'static str, json: String) -> Response {
    let digest = digest_header(&sha256(json.as_bytes()).0);
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(digest) = digest {
        headers.insert(DIGEST_HEADER, digest);
    }
    response
}

pub(super) fn digest_header(digest: &[u8; 32]) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("sha-256={}", digest_item(digest))).ok()
}

pub(super) fn json(value: &impl Serialize) -> Result<Response, Refused> {
    let text = serde_json::to_string(value).map_err(StoreError::from)?;
    Ok(json_text(StatusCode::OK, "application/json", text))
}

/// The answer, or the problem there was.
pub(super) fn finish(service: &Service, done: Result<Response, Refused>) -> Response {
    done.unwrap_or_else(|refused| {
        log_failure(&refused);
        let problem = refused.problem();
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let Ok(text) = serde_json::to_string(&problem) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = json_text(status, route::PROBLEM_TYPE, text);
        if matches!(refused, Refused::Busy) {
            let seconds = service.options.retry_after.as_secs().max(1);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    })
}
