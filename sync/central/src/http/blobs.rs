use std::ops::Range;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use dayroom_protocol::{BlobHash, KioskId};
use futures_util::stream;

use super::Service;
use super::range::Wanted;
use super::reply::{DIGEST_HEADER, digest_header, finish};
use super::routes::{Who, kiosk_of};
use crate::kiosk::Refused;

/// Bytes read from the store at once.
const PART_BYTES: usize = 256 * 1024;

pub(super) async fn blob(
    State(service): State<Service>,
    who: Who,
    hash: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let Path(hash) = hash.map_err(|_| Refused::NotFound)?;
        let hash: BlobHash = hash.parse().map_err(|_| Refused::NotFound)?;
        let range = headers
            .get(header::RANGE)
            .and_then(|value| value.to_str().ok());
        send(&service, kiosk, hash, Wanted::read(range)).await
    };
    finish(&service, done.await)
}

async fn send(
    service: &Service,
    kiosk: KioskId,
    hash: BlobHash,
    wanted: Wanted,
) -> Result<Response, Refused> {
    let (start, last) = match wanted {
        Wanted::Whole => (0, None),
        Wanted::Part(start, last) => (start, last),
    };
    let first = service
        .work(move |central, _| central.blob(kiosk, hash, start, PART_BYTES))
        .await?;
    let total = first.total;
    // No byte is left to send from the very end on.
    if wanted != Wanted::Whole && start >= total {
        return Err(Refused::Range);
    }
    let end = last.map_or(total, |last| last.saturating_add(1).min(total));
    let sending = Sending {
        service: service.clone(),
        kiosk,
        hash,
        at: start,
        end,
        ready: Some(first.bytes),
    };
    let stream = stream::try_unfold(sending, Sending::next);
    let mut response = Response::new(Body::from_stream(stream));
    describe(&mut response, wanted, start..end, total);
    if wanted == Wanted::Whole
        && let Some(digest) = digest_header(&hash.0)
    {
        response.headers_mut().insert(DIGEST_HEADER, digest);
    }
    Ok(response)
}

/// Says which bytes of how many an answer carries.
pub(super) fn describe(response: &mut Response, wanted: Wanted, part: Range<u64>, total: u64) {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(part.end - part.start),
    );
    if let Wanted::Part(..) = wanted {
        let range = format!(
            "bytes {}-{}/{total}",
            part.start,
            part.end.saturating_sub(1)
        );
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
}

/// A blob on its way, read part by part; whether the kiosk may see it is asked for each.
struct Sending {
    service: Service,
    kiosk: KioskId,
    hash: BlobHash,
    at: u64,
    end: u64,
    ready: Option<Vec<u8>>,
}

impl Sending {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Refused> {
        if self.at >= self.end {
            return Ok(None);
        }
        let mut bytes = match self.ready.take() {
            Some(bytes) => bytes,
            None => {
                let central = self.service.central.clone();
                let (kiosk, hash, at) = (self.kiosk, self.hash, self.at);
                tokio::task::spawn_blocking(move || central.blob(kiosk, hash, at, PART_BYTES))
                    .await
                    .map_err(|_| Refused::Stopped)??
                    .bytes
            }
        };
        let wanted = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        bytes.truncate(wanted);
        if bytes.is_empty() {
            return Err(Refused::Stopped);
        }
        self.at += bytes.len() as u64;
        Ok(Some((Bytes::from(bytes), self)))
    }
}
