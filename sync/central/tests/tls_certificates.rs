//! Which certificates a running server lets in.

mod edge;

use edge::{
    DAY, NORTH, SOUTH, Stand, anonymous, ask, client, known, new_authority, now, roots, with_pem,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn the_right_certificate_is_served_as_the_kiosk_it_names() {
    let stand = Stand::start().await;
    for kiosk in [NORTH, SOUTH] {
        let issued = stand.authority.issue_kiosk(kiosk, now()).unwrap();
        let config = known(&stand.authority, &issued);
        assert_eq!(stand.who(config).await.unwrap(), kiosk.to_string());
    }
    stand.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_certificate_is_refused() {
    let stand = Stand::start().await;
    stand.who(anonymous(&stand.authority)).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_a_foreign_authority_is_refused() {
    let stand = Stand::start().await;
    let elsewhere = TempDir::new().unwrap();
    let foreign = new_authority(elsewhere.path());
    let issued = foreign.issue_kiosk(NORTH, now()).unwrap();
    stand
        .who(known(&stand.authority, &issued))
        .await
        .unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused() {
    let stand = Stand::start().await;
    let then = now().plus_millis(-31 * DAY);
    let issued = stand.authority.issue_kiosk(NORTH, then).unwrap();
    stand
        .who(known(&stand.authority, &issued))
        .await
        .unwrap_err();
    stand.shift_clock(-2 * DAY);
    stand.who(known(&stand.authority, &issued)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_yet_valid_is_refused() {
    let stand = Stand::start().await;
    let then = now().plus_millis(DAY / 2);
    let issued = stand.authority.issue_kiosk(NORTH, then).unwrap();
    stand
        .who(known(&stand.authority, &issued))
        .await
        .unwrap_err();
    stand.shift_clock(DAY / 2);
    stand.who(known(&stand.authority, &issued)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_certificate_does_not_make_a_kiosk() {
    let stand = Stand::start().await;
    let pem = std::fs::read_to_string(stand.folder.path().join("ca/server.pem")).unwrap();
    let config = with_pem(roots(&stand.authority), &pem, &pem, &rustls::version::TLS13);
    stand.who(config).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_revoked_before_the_start_is_refused() {
    let folder = TempDir::new().unwrap();
    let authority = new_authority(folder.path());
    let bad = authority.issue_kiosk(NORTH, now()).unwrap();
    let good = authority.issue_kiosk(SOUTH, now()).unwrap();
    assert!(authority.revoke(&bad.serial, now()).unwrap());
    let running = dayroom_central::serve::serve_router(
        dayroom_central::serve::Listen::at(([127, 0, 0, 1], 0).into()),
        authority.clone(),
        dayroom_central::tls::Clock::system(),
        axum::Router::new(),
    )
    .await
    .unwrap();
    let url = format!("https://localhost:{}/", running.local_addr().port());
    ask(&client(known(&authority, &bad)), &url)
        .await
        .unwrap_err();
    ask(&client(known(&authority, &good)), &url).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_is_refused() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let config = |version| {
        with_pem(
            roots(&stand.authority),
            &issued.cert_pem,
            &issued.key_pem,
            version,
        )
    };
    stand
        .who(config(&rustls::version::TLS12))
        .await
        .unwrap_err();
    stand.who(config(&rustls::version::TLS13)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn http_1_is_refused() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let mut config = known(&stand.authority, &issued);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    stand.who(config).await.unwrap_err();
    let mut config = known(&stand.authority, &issued);
    config.alpn_protocols = vec![];
    stand.who(config).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_answered_with_nothing_readable() {
    let stand = Stand::start().await;
    let mut stream = TcpStream::connect(stand.running.local_addr())
        .await
        .unwrap();
    stream
        .write_all(b"GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A reset is an answer too.
    let _reset = stream.read_to_end(&mut answer).await;
    assert!(!answer.windows(4).any(|four| four == b"HTTP"));
    assert!(answer.len() <= 7, "at most a TLS alert");
}
