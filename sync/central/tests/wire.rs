//! Central's routes: digests, limits, ranges, problems, pokes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::future::poll_fn;
use std::io::Cursor as Bytes;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_central::http::{HttpOptions, Peer, router};
use dayroom_central::{NewAttachment, NewMessage, Opening};
use dayroom_protocol::{
    Acknowledgement, ChangesPage, Cursor, HealthKnown, IntentBody, KioskId, Problem, ProblemKind,
    PushReply, limits, openapi, route,
};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use image::{ImageFormat, RgbImage};
use support::{Journal, MARCUS, NOW, World};
use tower::ServiceExt;

fn service(world: &World) -> Router {
    with(world, HttpOptions::default())
}

fn with(world: &World, options: HttpOptions) -> Router {
    router(world.central.clone(), Arc::new(|| NOW), options)
}

fn digest(body: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    format!("sha-256=:{}:", STANDARD.encode(digest))
}

fn get(kiosk: KioskId, path: &str) -> Request<Body> {
    Request::get(path)
        .extension(Peer(kiosk))
        .body(Body::empty())
        .unwrap()
}

fn post(kiosk: KioskId, path: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(path)
        .extension(Peer(kiosk))
        .header(header::CONTENT_TYPE, "application/json")
        .header(route::CONTENT_DIGEST, digest(&body))
        .body(Body::from(body))
        .unwrap()
}

async fn bytes(response: Response<Body>) -> Vec<u8> {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

/// The body as JSON, its digest checked.
async fn json<T: serde::de::DeserializeOwned>(response: Response<Body>) -> T {
    let said = response.headers()[route::CONTENT_DIGEST]
        .to_str()
        .unwrap()
        .to_owned();
    let body = bytes(response).await;
    assert_eq!(said, digest(&body));
    serde_json::from_slice(&body).unwrap()
}

async fn problem(response: Response<Body>, status: u16) -> ProblemKind {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        route::PROBLEM_TYPE
    );
    let problem: Problem = json(response).await;
    assert_eq!(problem.status, status);
    problem.kind
}

#[tokio::test]
async fn a_page_on_the_wire_is_the_page_of_the_library() {
    let mut world = World::with_small_pages(3);
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    world.message(connection, "with \"quotes\", ñ and \u{202e} marks");
    let response = service(&world)
        .oneshot(get(world.kiosk_b, route::CHANGES))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let page: ChangesPage = json(response).await;
    let same = world
        .central
        .changes(world.kiosk_b, None, &Cursor::default(), NOW)
        .unwrap();
    assert_eq!(
        serde_json::to_value(&page).unwrap(),
        serde_json::to_value(&same).unwrap()
    );
    let next = format!(
        "{}?epoch={}&after={}",
        route::CHANGES,
        page.epoch,
        page.cursor
    );
    let response = service(&world)
        .oneshot(get(world.kiosk_b, &next))
        .await
        .unwrap();
    let next: ChangesPage = json(response).await;
    assert_eq!(next.after, page.cursor);
    assert!(!next.more && next.records.len() == 1);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_served_is_a_reset_problem() {
    let world = World::new();
    let path = format!("{}?epoch=old.1&after=5.5", route::CHANGES);
    let response = service(&world)
        .oneshot(get(world.kiosk_a, &path))
        .await
        .unwrap();
    assert!(matches!(
        problem(response, 409).await,
        ProblemKind::Reset { .. }
    ));
    let long = format!("{}?epoch=e&after={}", route::CHANGES, "1".repeat(65));
    let response = service(&world)
        .oneshot(get(world.kiosk_a, &long))
        .await
        .unwrap();
    assert_eq!(problem(response, 400).await, ProblemKind::BadRequest);
}

#[tokio::test]
async fn who_has_no_name_or_none_in_service_gets_nothing() {
    let world = World::new();
    let nobody = Request::get(route::CHANGES).body(Body::empty()).unwrap();
    let response = service(&world).oneshot(nobody).await.unwrap();
    assert_eq!(problem(response, 403).await, ProblemKind::UnknownKiosk);
    let stranger = KioskId(uuid::Uuid::from_u128(1));
    for path in [route::CHANGES, route::POKES] {
        let response = service(&world).oneshot(get(stranger, path)).await.unwrap();
        assert_eq!(problem(response, 403).await, ProblemKind::UnknownKiosk);
    }
}

#[tokio::test]
async fn intents_are_taken_in_and_a_body_that_does_not_match_its_digest_is_not() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let mut journal = Journal::new(1);
    let intent = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    let body = serde_json::to_vec(&journal.batch(&[&intent])).unwrap();

    let mut twisted = post(world.kiosk_b, route::INTENTS, body.clone());
    *twisted.body_mut() = Body::from(
        String::from_utf8(body.clone())
            .unwrap()
            .replace("sign_in", "undone"),
    );
    let response = service(&world).oneshot(twisted).await.unwrap();
    assert_eq!(problem(response, 400).await, ProblemKind::BadRequest);

    let mut bare = post(world.kiosk_b, route::INTENTS, body.clone());
    bare.headers_mut().remove(route::CONTENT_DIGEST);
    let response = service(&world).oneshot(bare).await.unwrap();
    assert_eq!(problem(response, 400).await, ProblemKind::BadRequest);
    assert!(world.central.activity().unwrap().is_empty());

    let request = post(world.kiosk_b, route::INTENTS, body);
    let response = service(&world).oneshot(request).await.unwrap();
    assert_eq!(json::<PushReply>(response).await.expected, 2);
    assert_eq!(world.central.activity().unwrap().len(), 1);
}

#[tokio::test]
async fn a_hole_and_a_contradiction_are_problems_a_kiosk_can_act_on() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let mut journal = Journal::new(1);
    let first = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    let second = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    let send = async |intent| {
        let body = serde_json::to_vec(&journal.batch(&[intent])).unwrap();
        let request = post(world.kiosk_b, route::INTENTS, body);
        service(&world).oneshot(request).await.unwrap()
    };
    let kind = problem(send(&second).await, 409).await;
    assert_eq!(kind, ProblemKind::Gap { expected: 1 });
    assert_eq!(send(&first).await.status(), StatusCode::OK);
    let mut twisted = first.clone();
    twisted.body = IntentBody::FailSignIn;
    let kind = problem(send(&twisted).await, 409).await;
    assert_eq!(kind, ProblemKind::Conflict { intent: first.id });
}

#[tokio::test]
async fn bodies_that_are_too_large_too_deep_encoded_or_no_json_are_refused() {
    let world = World::new();
    let send = async |request| service(&world).oneshot(request).await.unwrap();
    let request = |body: Vec<u8>| post(world.kiosk_a, route::INTENTS, body);

    let large = vec![b' '; limits::BODY_BYTES + 1];
    assert_eq!(
        problem(send(request(large.clone())).await, 413).await,
        ProblemKind::BadRequest
    );
    // Without a length told beforehand, the bytes are counted.
    let chunks = large
        .chunks(64 * 1024)
        .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()));
    let mut unsized_body = request(large.clone());
    *unsized_body.body_mut() =
        Body::from_stream(futures_util::stream::iter(chunks.collect::<Vec<_>>()));
    assert_eq!(
        problem(send(unsized_body).await, 413).await,
        ProblemKind::BadRequest
    );

    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(
        problem(send(request(deep.into_bytes())).await, 400).await,
        ProblemKind::BadRequest
    );

    let mut zipped = request(b"{}".to_vec());
    zipped
        .headers_mut()
        .insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
    assert_eq!(
        problem(send(zipped).await, 400).await,
        ProblemKind::BadRequest
    );

    let mut form = request(b"{}".to_vec());
    form.headers_mut()
        .insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    assert_eq!(
        problem(send(form).await, 400).await,
        ProblemKind::BadRequest
    );

    assert_eq!(
        problem(send(request(b"{".to_vec())).await, 400).await,
        ProblemKind::BadRequest
    );
}

#[tokio::test]
async fn a_blob_comes_whole_with_its_digest_or_from_an_offset() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let image = RgbImage::from_fn(600, 400, |x, y| {
        image::Rgb([(x * y % 251) as u8, (x ^ y) as u8, (x * 7 + y * 13) as u8])
    });
    let mut content = Bytes::new(Vec::new());
    image.write_to(&mut content, ImageFormat::Png).unwrap();
    let content = content.into_inner();
    assert!(content.len() > 300_000, "more than one part");
    let picture = NewAttachment::read("photo.png", content.clone()).unwrap();
    let path = format!("{}/{}", route::BLOBS, picture.hash());
    let new = NewMessage {
        connection,
        text: String::new(),
        attachments: vec![picture],
        source: None,
    };
    world
        .central
        .take_message(&new, NOW, &mut world.rng)
        .unwrap();
    let send = async |kiosk, range: Option<&str>| {
        let mut request = get(kiosk, &path);
        if let Some(range) = range {
            request
                .headers_mut()
                .insert(header::RANGE, range.parse().unwrap());
        }
        service(&world).oneshot(request).await.unwrap()
    };
    let whole = send(world.kiosk_b, None).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.headers()[route::CONTENT_DIGEST], digest(&content));
    assert_eq!(
        whole.headers()[header::CONTENT_LENGTH],
        content.len().to_string()
    );
    assert!(bytes(whole).await == content);

    let rest = send(world.kiosk_b, Some("bytes=70001-")).await;
    assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
    let range = format!("bytes 70001-{}/{}", content.len() - 1, content.len());
    assert_eq!(rest.headers()[header::CONTENT_RANGE], range);
    assert!(bytes(rest).await == content[70_001..]);

    let middle = send(world.kiosk_b, Some("bytes=5-8")).await;
    assert!(bytes(middle).await == content[5..9]);

    let behind = format!("bytes={}-", content.len());
    let kind = problem(send(world.kiosk_b, Some(&behind)).await, 416).await;
    assert_eq!(kind, ProblemKind::BadRequest);
    let kind = problem(send(world.kiosk_a, None).await, 404).await;
    assert_eq!(kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn too_many_at_once_are_told_when_to_come_back() {
    let world = World::new();
    let options = HttpOptions {
        at_once: 0,
        retry_after: Duration::from_secs(7),
        ..HttpOptions::default()
    };
    let response = with(&world, options)
        .oneshot(get(world.kiosk_a, route::CHANGES))
        .await
        .unwrap();
    assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    assert_eq!(problem(response, 503).await, ProblemKind::Busy);
}

#[tokio::test]
async fn a_poke_comes_to_the_kiosk_that_has_something_to_pull() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let service = service(&world);
    let mut streams = Vec::new();
    for kiosk in [world.kiosk_a, world.kiosk_b] {
        let response = service
            .clone()
            .oneshot(get(kiosk, route::POKES))
            .await
            .unwrap();
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        streams.push(response.into_body().into_data_stream());
    }
    world.message(connection, "for unit B alone");
    let event = streams[1].next().await.unwrap().unwrap();
    assert_eq!(&event[..], b"event: poke\ndata: {}\n\n");
    let policy = world.central.policy(world.a).unwrap();
    world.central.set_policy(world.a, &policy).unwrap();
    world.message(connection, "for unit B again");
    // Unit A's one event is its policy: the messages before and after it are not among its own.
    assert!(streams[0].next().await.is_some());
    let quiet = poll_fn(|context| Poll::Ready(streams[0].poll_next_unpin(context).is_pending()));
    assert!(quiet.await);
}

#[tokio::test]
async fn a_forget_is_acknowledged_and_the_description_is_served() {
    let world = World::new();
    let body = serde_json::to_vec(&Acknowledgement { forgotten: vec![] }).unwrap();
    let request = post(world.kiosk_a, route::ACKNOWLEDGEMENTS, body);
    let response = service(&world).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let response = service(&world)
        .oneshot(get(world.kiosk_a, route::OPENAPI))
        .await
        .unwrap();
    assert_eq!(
        json::<serde_json::Value>(response).await,
        openapi::document()
    );
    let response = service(&world)
        .oneshot(get(world.kiosk_a, "/v1/elsewhere"))
        .await
        .unwrap();
    assert_eq!(problem(response, 404).await, ProblemKind::NotFound);
}

#[tokio::test]
async fn a_health_report_is_noted_and_one_past_its_limits_is_not() {
    let world = World::new();
    let golden = include_bytes!("../../protocol/tests/golden/health_report.json").to_vec();
    let noted = service(&world)
        .oneshot(post(world.kiosk_a, route::HEALTH, golden.clone()))
        .await
        .unwrap();
    assert_eq!(noted.status(), StatusCode::NO_CONTENT);
    assert!(bytes(noted).await.is_empty());
    let asked = service(&world)
        .oneshot(get(world.kiosk_a, route::HEALTH))
        .await
        .unwrap();
    let known: HealthKnown = json(asked).await;
    assert_eq!(known.now, NOW);
    assert_eq!(known.reported_at, Some(NOW));

    let mut long = golden.clone();
    long.resize(limits::HEALTH_BYTES + 1, b' ');
    let refused = service(&world)
        .oneshot(post(world.kiosk_a, route::HEALTH, long))
        .await
        .unwrap();
    assert_eq!(problem(refused, 413).await, ProblemKind::BadRequest);
    let bell = String::from_utf8(golden.clone())
        .unwrap()
        .replace("Example USB Keyboard", "\\u0007");
    let refused = service(&world)
        .oneshot(post(world.kiosk_a, route::HEALTH, bell.into_bytes()))
        .await
        .unwrap();
    assert_eq!(problem(refused, 400).await, ProblemKind::BadRequest);
    let nobody = Request::post(route::HEALTH)
        .header(header::CONTENT_TYPE, "application/json")
        .header(route::CONTENT_DIGEST, digest(&golden))
        .body(Body::from(golden))
        .unwrap();
    let refused = service(&world).oneshot(nobody).await.unwrap();
    assert_eq!(problem(refused, 403).await, ProblemKind::UnknownKiosk);
}
