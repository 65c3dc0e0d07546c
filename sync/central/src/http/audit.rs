use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use dayroom_protocol::AuditBatch;

use super::reply::{finish, json};
use super::routes::{Who, kiosk_of};
use super::{PeerKey, Service, body};

pub(super) async fn take(
    State(service): State<Service>,
    who: Who,
    key: Option<Extension<PeerKey>>,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let batch: AuditBatch = body::read(&service, request).await?;
        let work = service.work(move |central, now| {
            let key = key.as_ref().map(|Extension(PeerKey(key))| key.as_ref());
            central.take_audit(kiosk, key, &batch, now)
        });
        json(&work.await?)
    };
    finish(&service, done.await)
}
