use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use dayroom_protocol::{
    Acknowledgement, Cursor, DigestReport, Epoch, HealthReport, IntentBatch, KioskId, OrderResults,
    Retirement, limits, openapi,
};
use serde::Deserialize;

use super::reply::{finish, json, json_text};
use super::{Peer, Service, body};
use crate::kiosk::Refused;

/// The kiosk at the other end; without one there is nothing for anybody.
pub(super) type Who = Option<Extension<Peer>>;

pub(super) fn kiosk_of(who: Who) -> Result<KioskId, Refused> {
    who.map(|Extension(Peer(kiosk))| kiosk)
        .ok_or(Refused::UnknownKiosk)
}

#[derive(Deserialize)]
pub(super) struct ChangesQuery {
    epoch: Option<Epoch>,
    #[serde(default)]
    after: Cursor,
}

pub(super) async fn changes(
    State(service): State<Service>,
    who: Who,
    query: Result<Query<ChangesQuery>, QueryRejection>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let Query(query) = query.map_err(|_| Refused::BadRequest("query is not of its form"))?;
        let epoch_bytes = query.epoch.as_ref().map_or(0, |epoch| epoch.0.len());
        if query.after.0.len().max(epoch_bytes) > limits::CURSOR_BYTES {
            return Err(Refused::BadRequest("cursor or epoch is too long"));
        }
        let work = service.work(move |central, now| {
            let page = central.page(kiosk, query.epoch.as_ref(), &query.after, now)?;
            Ok(page.to_json()?)
        });
        Ok(json_text(StatusCode::OK, "application/json", work.await?))
    };
    finish(&service, done.await)
}

pub(super) async fn intents(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let batch: IntentBatch = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.take_intents(kiosk, &batch, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn digest(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let report: DigestReport = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.digest(kiosk, &report, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn acknowledgements(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let said: Acknowledgement = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.acknowledge(kiosk, &said, now));
        work.await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    finish(&service, done.await)
}

pub(super) async fn order_results(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let said: OrderResults = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.take_order_results(kiosk, &said, now));
        work.await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    finish(&service, done.await)
}

pub(super) async fn health(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let report: HealthReport =
            body::read_within(&service, request, limits::HEALTH_BYTES).await?;
        let work = service.work(move |central, now| central.take_health(kiosk, &report, now));
        work.await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    finish(&service, done.await)
}

pub(super) async fn health_known(State(service): State<Service>, who: Who) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let work = service.work(move |central, now| central.health_known(kiosk, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn retirement(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let said: Retirement = body::read(&service, request).await?;
        let work = service.work(move |central, now| central.retirement(kiosk, &said, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn openapi(State(service): State<Service>) -> Response {
    finish(&service, json(&openapi::document()))
}

pub(super) async fn nowhere(State(service): State<Service>) -> Response {
    finish(&service, Err(Refused::NotFound))
}
