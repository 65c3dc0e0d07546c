use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use dayroom_protocol::{
    DraftKeyAsk, DraftKeyHave, DraftKeyState, DraftKeyWrap, KioskId, UtcMillis,
};
use serde::de::DeserializeOwned;

use super::reply::{finish, json};
use super::routes::{Who, kiosk_of};
use super::{Service, body};
use crate::central::Central;
use crate::kiosk::Refused;

pub(super) async fn state(State(service): State<Service>, who: Who) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let work = service.work(move |central, now| central.draft_key(kiosk, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}

pub(super) async fn ask(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    take::<DraftKeyAsk>(service, who, request, Central::ask_draft_key).await
}

pub(super) async fn made(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    take::<DraftKeyHave>(service, who, request, Central::made_draft_key).await
}

pub(super) async fn wrap(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    take::<DraftKeyWrap>(service, who, request, Central::wrap_draft_key).await
}

pub(super) async fn held(
    State(service): State<Service>,
    who: Who,
    request: Request<Body>,
) -> Response {
    take::<DraftKeyHave>(service, who, request, Central::held_draft_key).await
}

/// Reads what is said about the draft key and answers how it stands then.
async fn take<T: DeserializeOwned + Send + 'static>(
    service: Service,
    who: Who,
    request: Request<Body>,
    act: fn(&Central, KioskId, &T, UtcMillis) -> Result<DraftKeyState, Refused>,
) -> Response {
    let done = async {
        let kiosk = kiosk_of(who)?;
        let said: T = body::read(&service, request).await?;
        let work = service.work(move |central, now| act(central, kiosk, &said, now));
        json(&work.await?)
    };
    finish(&service, done.await)
}
