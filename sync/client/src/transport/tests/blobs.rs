use std::sync::Arc;

use dayroom_protocol::BlobHash;
use hyper::Response;

use super::server::Body;
use super::*;

const BLOB: &[u8] = b"0123456789";

fn part(status: u16, range: &str, body: &'static [u8]) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/octet-stream")
        .header("content-length", body.len())
        .header("content-range", range)
        .body(full(body))
        .unwrap()
}

async fn fetched(
    offset: u64,
    answer: impl Fn() -> Response<Body> + Send + Sync + 'static,
) -> Result<(u64, Vec<u8>), TransportError> {
    let transport = kiosk_of(Arc::new(move |request| {
        assert_eq!(
            request.uri().path(),
            format!("/v1/blobs/{}", "07".repeat(32))
        );
        let range = request
            .headers()
            .get("range")
            .map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(range, (offset > 0).then(|| format!("bytes={offset}-")));
        answer()
    }))
    .await;
    let mut stream = transport.blob(BlobHash([7; 32]), offset).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok((stream.total(), bytes))
}

#[tokio::test]
async fn a_blob_comes_whole_or_from_where_it_stopped() {
    let whole = fetched(0, || part(200, "", BLOB)).await.unwrap();
    assert_eq!(whole, (10, BLOB.to_vec()));
    let rest = fetched(4, || part(206, "bytes 4-9/10", b"456789"))
        .await
        .unwrap();
    assert_eq!(rest, (10, b"456789".to_vec()));
}

#[tokio::test]
async fn a_server_that_cannot_resume_costs_bytes_and_nothing_else() {
    let rest = fetched(4, || part(200, "", BLOB)).await.unwrap();
    assert_eq!(rest, (10, b"456789".to_vec()));
}

#[tokio::test]
async fn another_part_than_was_asked_for_is_refused() {
    for range in [
        "bytes 5-9/10",
        "bytes 4-8/10",
        "bytes 4-9/99999999999",
        "bytes 4-9/11",
        "bytes 4-18446744073709551615/10",
        "lines 4-9/10",
        "",
    ] {
        let error = fetched(4, move || part(206, range, b"456789"))
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                TransportError::Answer(AnswerError::Range | AnswerError::TooLarge)
            ),
            "{range}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_blob_past_the_limit_is_refused_before_it_comes() {
    let error = fetched(0, || {
        let mut answer = part(200, "", b"");
        answer
            .headers_mut()
            .insert("content-length", (33 * 1024 * 1024).into());
        *answer.body_mut() = server::pieces(futures_util::stream::pending());
        answer
    })
    .await
    .unwrap_err();
    assert!(
        matches!(error, TransportError::Answer(AnswerError::TooLarge)),
        "{error:?}"
    );
}
