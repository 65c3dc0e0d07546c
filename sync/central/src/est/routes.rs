use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, header};
use axum::response::Response;
use bytes::Bytes;
use dayroom_protocol::{BlobHash, EnrolmentRefusal, UtcMillis, limits};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use rustls_pki_types::CertificateDer;

use super::basic::Basic;
use super::refused::Refused;
use super::{Est, EstPeer, RequestError, answer};

/// Bytes of a request in base64, its line breaks included.
const BODY: usize = limits::CSR_BYTES * 3 / 2;

type Who = Option<Extension<EstPeer>>;

pub(super) async fn cacerts(State(est): State<Arc<Est>>) -> Response {
    let done = est
        .authority
        .root()
        .map_err(Refused::from)
        .and_then(|root| answer::certificates(&[root]));
    answer::finish(done)
}

pub(super) async fn csrattrs() -> Response {
    answer::finish(answer::csrattrs())
}

pub(super) async fn simpleenroll(
    State(est): State<Arc<Est>>,
    who: Who,
    request: Request<Body>,
) -> Response {
    answer::finish(enrol(est, who, request).await)
}

async fn enrol(est: Arc<Est>, who: Who, request: Request<Body>) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let request = read(&parts.headers, body).await;
    let Extension(peer) = who.ok_or(Refused::Stopped)?;
    // The challenge costs no try: many clients wait for it before they say who they are.
    let shown = Basic::read(&parts.headers).ok_or(Refused::Unasked)?;
    let now = est.clock.now();
    est.wait(&peer, now)?;
    let working = Arc::clone(&est);
    let done = est.work(move || working.first(&shown, request, now)).await;
    if let Err(Refused::For(_)) = &done {
        est.note_failure(&peer, now);
    }
    answer::certificates(&[done?])
}

pub(super) async fn simplereenroll(
    State(est): State<Arc<Est>>,
    who: Who,
    request: Request<Body>,
) -> Response {
    answer::finish(renew(est, who, request).await)
}

async fn renew(est: Arc<Est>, who: Who, request: Request<Body>) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let request = read(&parts.headers, body).await;
    let (peer, shown) = certified(who)?;
    let now = est.clock.now();
    est.wait(&peer, now)?;
    let working = Arc::clone(&est);
    let done = est.work(move || working.next(&shown, request, now)).await;
    if let Err(Refused::For(_)) = &done {
        est.note_failure(&peer, now);
    }
    answer::certificates(&[done?])
}

pub(super) async fn site(State(est): State<Arc<Est>>, who: Who) -> Response {
    let done = async {
        let (_, shown) = certified(who)?;
        let now = est.clock.now();
        let working = Arc::clone(&est);
        let work = est.work(move || {
            let kiosk = working.in_service(&shown, now)?.kiosk;
            let names = working.authority.server_names()?;
            let else_name = names.first().map_or("", String::as_str);
            let est_name = working.authority.est_name()?;
            let site = working.central.kiosk_site(kiosk, &est_name, else_name)?;
            let mut site = site.ok_or(EnrolmentRefusal::Retired)?;
            site.releases_root = working.releases_root();
            Ok(site)
        });
        answer::json(&work.await?)
    };
    answer::finish(done.await)
}

impl Est {
    /// What tells the first root of the releases apart, once there are any.
    fn releases_root(&self) -> Option<BlobHash> {
        let begun = self.releases.has_begun();
        begun
            .then(|| self.releases.first_root_digest().ok())
            .flatten()
    }
}

/// For everybody: it is signed, and names nobody but by serial numbers. A kiosk that was hung up on
/// learns from it whether it is revoked, which nothing else would prove.
pub(super) async fn revocation_list(State(est): State<Arc<Est>>) -> Response {
    let working = Arc::clone(&est);
    let list = est.work(move || Ok(working.authority.revocation_list()?.der));
    answer::finish(list.await.map(|list| answer::revocation_list(&list)))
}

pub(super) async fn nowhere(request: Request<Body>) -> Response {
    drop(Limited::new(request.into_body(), BODY).collect().await);
    answer::finish(Err(Refused::Nowhere))
}

/// Who renews must have shown a certificate.
fn certified(who: Who) -> Result<(EstPeer, CertificateDer<'static>), Refused> {
    let Extension(peer) = who.ok_or(Refused::Stopped)?;
    let shown = peer.certificate.clone().ok_or(EnrolmentRefusal::Revoked)?;
    Ok((peer, shown))
}

/// Reads the request, whoever sends it: clients take an answer that comes before they have said
/// all for a broken connection. What is wrong with it is said after the code was looked at.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, RequestError> {
    let body = Limited::new(body, BODY).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            RequestError::TooLarge
        } else {
            RequestError::Broken
        }
    })?;
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    if !media.is_some_and(|media| media.eq_ignore_ascii_case("application/pkcs10")) {
        return Err(RequestError::MediaType);
    }
    Ok(body.to_bytes())
}

impl Est {
    /// Runs `act` where it may block, when there is room for one more.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce() -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let permit = tokio::time::timeout(Duration::from_secs(5), self.at_once.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(Refused::Busy(Duration::from_secs(5)));
        };
        tokio::task::spawn_blocking(act)
            .await
            .map_err(|_| Refused::Stopped)?
    }

    fn wait(&self, peer: &EstPeer, now: UtcMillis) -> Result<(), Refused> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.wait(peer.address, now) {
            Some(wait) => Err(Refused::Busy(wait)),
            None => Ok(()),
        }
    }

    fn note_failure(&self, peer: &EstPeer, now: UtcMillis) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.add(peer.address, now);
    }
}
