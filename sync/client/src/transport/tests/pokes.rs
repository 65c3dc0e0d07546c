use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::Response;

use super::server::pieces;
use super::*;

async fn opened(text: &'static [&'static str], ends: bool) -> Pokes {
    let transport = kiosk_of(Arc::new(move |request| {
        assert_eq!(request.uri().path(), "/v1/pokes");
        let said = stream::iter(text.iter().map(|t| Ok(Bytes::from_static(t.as_bytes()))));
        let body = if ends {
            pieces(said)
        } else {
            pieces(said.chain(stream::pending()))
        };
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(body)
            .unwrap()
    }))
    .await;
    transport.pokes().await.unwrap()
}

#[tokio::test]
async fn pokes_come_and_what_is_not_known_is_passed_over() {
    let mut pokes = opened(
        &[
            ":\n\nevent: po",
            "ke\ndata: {}\n\n",
            "event: of-tomorrow\ndata: x\n\n",
            "event: poke\ndata: {}\n\n",
        ],
        true,
    )
    .await;
    assert!(pokes.next().await.unwrap().is_some());
    assert!(pokes.next().await.unwrap().is_some());
    assert!(pokes.next().await.unwrap().is_none(), "central ended it");
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_dead() {
    let mut pokes = opened(&[":\n\n"], false).await;
    let error = pokes.next().await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn an_event_that_never_ends_is_refused() {
    let transport = kiosk_of(Arc::new(|_| {
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"data: more\n")));
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(pieces(endless))
            .unwrap()
    }))
    .await;
    let error = transport.pokes().await.unwrap().next().await.unwrap_err();
    assert!(
        matches!(error, TransportError::Answer(AnswerError::TooLarge)),
        "{error:?}"
    );
}

#[tokio::test]
async fn something_else_than_a_stream_is_refused() {
    let transport = kiosk_of(Arc::new(|_| json("{}"))).await;
    let error = transport.pokes().await.unwrap_err();
    assert!(
        matches!(error, TransportError::Answer(AnswerError::MediaType)),
        "{error:?}"
    );
}
