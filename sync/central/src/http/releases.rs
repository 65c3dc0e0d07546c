use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dayroom_protocol::ReleaseReport;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;

use super::blobs::describe;
use super::range::Wanted;
use super::reply::{finish, json};
use super::routes::{Who, kiosk_of};
use super::{Service, body};
use crate::kiosk::Refused;
use crate::releases::{ReleaseFile, ReleaseFileKind};

/// Bytes of a file read at once.
const PART_BYTES: usize = 256 * 1024;

pub(super) async fn offer(State(service): State<Service>, who: Who) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let work = service.work(move |central, _| central.release_offer(kiosk));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn report(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let report: ReleaseReport = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.note_release(kiosk, &report, now));
        work.await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    finish(&service, done.await)
}

type Name = Result<Path<String>, PathRejection>;

pub(super) async fn metadata(
    State(service): State<Service>,
    who: Who,
    name: Name,
    headers: HeaderMap,
) -> Response {
    let done = file(&service, who, name, &headers, ReleaseFileKind::Metadata).await;
    finish(&service, done)
}

pub(super) async fn target(
    State(service): State<Service>,
    who: Who,
    name: Name,
    headers: HeaderMap,
) -> Response {
    let done = file(&service, who, name, &headers, ReleaseFileKind::Target).await;
    finish(&service, done)
}

/// Metadata and bundles are no secrets: every kiosk in service may have them.
async fn file(
    service: &Service,
    who: Who,
    name: Name,
    headers: &HeaderMap,
    kind: ReleaseFileKind,
) -> Result<Response, Refused> {
    let kiosk = kiosk_of(who)?;
    let Path(name) = name.map_err(|_| Refused::NotFound)?;
    let releases = service.releases.clone().ok_or(Refused::NotFound)?;
    let room = match kind {
        ReleaseFileKind::Metadata => None,
        ReleaseFileKind::Target => {
            let room = Arc::clone(&service.bundles).try_acquire_owned();
            Some(room.map_err(|_| Refused::Busy)?)
        }
    };
    let file = service
        .work(move |central, _| {
            central.check_kiosk(kiosk)?;
            releases
                .open(kind, &name)
                .map_err(Refused::Release)?
                .ok_or(Refused::NotFound)
        })
        .await?;
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    send(file, Wanted::read(range), room)
}

fn send(
    file: ReleaseFile,
    wanted: Wanted,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Response, Refused> {
    let total = file.total;
    let (start, last) = match wanted {
        Wanted::Whole => (0, None),
        Wanted::Part(start, last) => (start, last),
    };
    // No byte is left to send from the very end on.
    if wanted != Wanted::Whole && start >= total {
        return Err(Refused::Range);
    }
    let end = last.map_or(total, |last| last.saturating_add(1).min(total));
    let sending = Sending {
        file,
        at: start,
        end,
        _room: room,
    };
    let stream = stream::try_unfold(sending, Sending::next);
    let mut response = Response::new(Body::from_stream(stream));
    describe(&mut response, wanted, start..end, total);
    Ok(response)
}

/// A file on its way, read part by part.
struct Sending {
    file: ReleaseFile,
    at: u64,
    end: u64,
    _room: Option<OwnedSemaphorePermit>,
}

impl Sending {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let read = tokio::task::spawn_blocking(move || {
            let bytes = self.file.part(self.at, left.min(PART_BYTES))?;
            Ok::<_, io::Error>((bytes, self))
        });
        let (bytes, mut sending) = read.await.map_err(io::Error::other)??;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        sending.at += bytes.len() as u64;
        Ok(Some((Bytes::from(bytes), sending)))
    }
}
