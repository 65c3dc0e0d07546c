use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dayroom_protocol::{IntentBatch, JournalId, route};
use futures_util::{StreamExt, stream};
use hyper::Response;
use hyper::http::response::Builder;

use super::server::{Body, pieces};
use super::*;

/// What comes of a pull that is answered so.
async fn pulled(make: impl Fn(Builder) -> Response<Body> + Send + Sync + 'static) -> AnswerError {
    let answer: Answer = Arc::new(move |_| make(Response::builder()));
    match kiosk_of(answer).await.changes(&place()).await {
        Err(TransportError::Answer(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = pulled(|answer| {
        answer
            .status(302)
            .header("location", "https://elsewhere.test/")
            .body(full(""))
            .unwrap()
    })
    .await;
    assert!(matches!(error, AnswerError::Redirect), "{error:?}");
}

#[tokio::test]
async fn a_compressed_answer_is_refused() {
    let error = pulled(|_| {
        let mut answer = json("{}");
        answer
            .headers_mut()
            .insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    assert!(matches!(error, AnswerError::Encoded), "{error:?}");
}

#[tokio::test]
async fn the_page_of_a_captive_portal_is_refused() {
    let error = pulled(|answer| {
        answer
            .header("content-type", "text/html")
            .body(full("<h1>Welcome</h1>"))
            .unwrap()
    })
    .await;
    assert!(matches!(error, AnswerError::MediaType), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_a_digest_or_with_a_wrong_one_is_refused() {
    let error = pulled(|_| {
        let mut answer = json("{}");
        answer.headers_mut().remove(route::CONTENT_DIGEST);
        answer
    })
    .await;
    assert!(matches!(error, AnswerError::NoDigest), "{error:?}");
    let error = pulled(|_| {
        let mut answer = json("{\"a\":1}");
        *answer.body_mut() = full("{\"a\":2}");
        answer
    })
    .await;
    assert!(matches!(error, AnswerError::Digest), "{error:?}");
}

#[tokio::test]
async fn an_answer_past_the_limit_is_refused_whether_it_says_so_or_not() {
    let error = pulled(|_| json(&" ".repeat(1024 * 1024 + 1))).await;
    assert!(matches!(error, AnswerError::TooLarge), "{error:?}");
    let error = pulled(|answer| {
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[b' '; 16 * 1024])));
        answer
            .header("content-type", "application/json")
            .body(pieces(endless))
            .unwrap()
    })
    .await;
    assert!(matches!(error, AnswerError::TooLarge), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_refused() {
    let error = pulled(|answer| {
        answer
            .header("content-type", "application/json")
            .header("content-length", 100)
            .body(pieces(stream::iter([Ok(Bytes::from_static(
                b"{\"epoch\"",
            ))])))
            .unwrap()
    })
    .await;
    assert!(matches!(error, AnswerError::Truncated(_)), "{error:?}");
    assert_eq!(
        told(&error.into()),
        Failure::Contact(Cause::Unreachable),
        "a line that breaks is no fault of central's"
    );
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_is_not_waited_for() {
    let error = pulled(|answer| {
        let stuck = stream::iter([Ok(Bytes::from_static(b"{"))]).chain(stream::pending());
        answer
            .header("content-type", "application/json")
            .body(pieces(stuck))
            .unwrap()
    })
    .await;
    assert!(matches!(error, AnswerError::TooSlow), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_trickles_is_not_waited_for() {
    let answer: Answer = Arc::new(|_| {
        let trickle = stream::repeat_with(|| Ok(Bytes::from_static(b" ")));
        Response::builder()
            .header("content-type", "application/json")
            .body(pieces(trickle))
            .unwrap()
    });
    let hasty = Deadlines {
        grace: Duration::ZERO,
        pace: u64::MAX,
        ..deadlines()
    };
    let error = kiosk_with(answer, hasty).await.changes(&place()).await;
    assert!(
        matches!(error, Err(TransportError::Answer(AnswerError::TooSlow))),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_deep_body_and_a_page_of_too_many_records_are_refused() {
    let error = pulled(|_| json(&"[".repeat(10_000))).await;
    assert!(matches!(error, AnswerError::TooDeep), "{error:?}");
    let error = pulled(|_| {
        let record = r#"{"kind":"forget","id":"00000000-0000-0000-0000-000000000001","version":1,"body":{}}"#;
        let records = vec![record; 501].join(",");
        json(&format!(
            r#"{{"epoch":"e","after":"","cursor":"","records":[{records}],"more":false,"now":1}}"#
        ))
    })
    .await;
    assert!(matches!(error, AnswerError::Limit("records")), "{error:?}");
}

#[tokio::test]
async fn a_problem_is_read_with_when_to_come_back() {
    let answer: Answer = Arc::new(|_| {
        Response::builder()
            .status(503)
            .header("content-type", route::PROBLEM_TYPE)
            .header("retry-after", "7")
            .body(full(
                r#"{"type":"busy","title":"come back later","status":503}"#,
            ))
            .unwrap()
    });
    let error = kiosk_of(answer).await.changes(&place()).await.unwrap_err();
    assert_eq!(
        told(&error),
        Failure::Busy {
            retry_after: Some(7_000)
        }
    );
}

#[tokio::test]
async fn each_problem_tells_the_plan_what_it_can_act_on() {
    let cases = [
        (
            r#"{"type":"reset","epoch":"e9","title":"","status":409}"#,
            Failure::Reset {
                epoch: Epoch("e9".to_owned()),
            },
        ),
        (
            r#"{"type":"gap","expected":4,"title":"","status":409}"#,
            Failure::Gap { expected: 4 },
        ),
        (
            r#"{"type":"conflict","intent":"00000000-0000-0000-0000-000000000001","title":"","status":409}"#,
            Failure::Conflict,
        ),
        (
            r#"{"type":"unknown_kiosk","title":"","status":403}"#,
            Failure::Contact(Cause::Refused),
        ),
        (
            r#"{"type":"of_tomorrow","title":"","status":418}"#,
            Failure::Refused,
        ),
    ];
    for (body, expected) in cases {
        let answer: Answer = Arc::new(move |_| {
            Response::builder()
                .status(409)
                .header("content-type", route::PROBLEM_TYPE)
                .body(full(body))
                .unwrap()
        });
        let error = kiosk_of(answer).await.changes(&place()).await.unwrap_err();
        assert_eq!(told(&error), expected, "{body}");
    }
}

#[tokio::test]
async fn what_is_sent_carries_its_digest() {
    let answer: Answer = Arc::new(|request| {
        let digest = request.headers()[route::CONTENT_DIGEST].to_str().unwrap();
        assert_eq!(digest, json::digest_header(request.body()));
        assert_eq!(request.headers()["content-type"], "application/json");
        json(r#"{"expected":12}"#)
    });
    let batch = IntentBatch {
        journal: JournalId("0198b0c4-0000-7000-8000-000000000001".parse().unwrap()),
        first_held: 1,
        intents: Vec::new(),
    };
    let reply = kiosk_of(answer).await.push(&batch).await.unwrap();
    assert_eq!(reply.expected, 12);
}
