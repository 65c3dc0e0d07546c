//! What happens to connections when certificates and lists end.

mod edge;

use std::time::{Duration, Instant};

use dayroom_central::ca::Authority;
use dayroom_central::tls::Patience;
use edge::{DAY, HOUR, NORTH, SOUTH, Stand, ask, client, known, now, within_five_seconds};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn revocation_by_another_process_closes_the_live_connection_within_five_seconds() {
    let stand = Stand::start().await;
    let bad = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let good = stand.authority.issue_kiosk(SOUTH, now()).unwrap();
    let bad_client = client(known(&stand.authority, &bad));
    let good_client = client(known(&stand.authority, &good));
    let mut staying = bad_client.get(stand.url("/stay")).send().await.unwrap();
    let mut other = good_client.get(stand.url("/stay")).send().await.unwrap();
    assert_eq!(staying.chunk().await.unwrap().unwrap(), "here");
    assert_eq!(other.chunk().await.unwrap().unwrap(), "here");

    let elsewhere = Authority::open(&stand.folder.path().join("ca")).unwrap();
    let revoked_at = Instant::now();
    assert_eq!(elsewhere.revoke_kiosk(NORTH, now()).unwrap(), [bad.serial]);
    staying.chunk().await.unwrap_err();
    assert!(revoked_at.elapsed() < Duration::from_secs(5));

    // Not by a resumed session either: it is the same client.
    ask(&bad_client, &stand.url("/who")).await.unwrap_err();
    ask(&good_client, &stand.url("/who")).await.unwrap();
    let open = stand.running.registry().kiosks();
    assert!(open.contains(&SOUTH) && !open.contains(&NORTH));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_at_half_its_life_is_renewed_and_nobody_notices() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let client = client(known(&stand.authority, &issued));
    let first = stand.authority.revocation_list().unwrap();
    let mut staying = client.get(stand.url("/stay")).send().await.unwrap();
    staying.chunk().await.unwrap().unwrap();
    stand.shift_clock(11 * HOUR);
    ask(&client, &stand.url("/who")).await.unwrap();
    assert_eq!(stand.authority.revocation_list().unwrap(), first);
    stand.shift_clock(13 * HOUR);
    let renewed = within_five_seconds(|| async {
        stand.authority.revocation_list().unwrap().number > first.number
    });
    assert!(renewed.await);
    assert!(stand.authority.revocation_list().unwrap().ends.0 > first.ends.0 + 12 * HOUR);
    ask(&client, &stand.url("/who")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_list_refuses_everyone_until_it_is_renewed() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let config = known(&stand.authority, &issued);
    let mut staying = client(config.clone())
        .get(stand.url("/stay"))
        .send()
        .await
        .unwrap();
    staying.chunk().await.unwrap().unwrap();

    // Without its root key central cannot renew the list.
    let key = stand.folder.path().join("ca/root.key.pem");
    let hidden = stand.folder.path().join("hidden");
    std::fs::rename(&key, &hidden).unwrap();
    stand.shift_clock(DAY + HOUR);
    staying.chunk().await.unwrap_err();
    stand.who(config.clone()).await.unwrap_err();

    std::fs::rename(&hidden, &key).unwrap();
    assert!(within_five_seconds(|| async { stand.who(config.clone()).await.is_ok() }).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_with_its_certificate() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let client = client(known(&stand.authority, &issued));
    let mut staying = client.get(stand.url("/stay")).send().await.unwrap();
    staying.chunk().await.unwrap().unwrap();
    stand.shift_clock(31 * DAY);
    staying.chunk().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_connection_of_one_kiosk_closes_its_oldest() {
    let stand = Stand::start().await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let mut open = Vec::new();
    for _ in 0..5 {
        let client = client(known(&stand.authority, &issued));
        let mut staying = client.get(stand.url("/stay")).send().await.unwrap();
        staying.chunk().await.unwrap().unwrap();
        open.push((client, staying));
    }
    open[0].1.chunk().await.unwrap_err();
    ask(&open[4].0, &stand.url("/who")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_trickles_is_cut() {
    let stand = Stand::start_with(Patience {
        handshake: Duration::from_millis(300),
        first_request: Duration::from_secs(30),
        request_body: Duration::from_millis(300),
    })
    .await;
    // A handshake that never comes.
    let mut stream = TcpStream::connect(stand.running.local_addr())
        .await
        .unwrap();
    stream.write_all(b"\x16\x03\x01").await.unwrap();
    let mut nothing = Vec::new();
    let _reset = stream.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty());
    // A body that never ends.
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>("slow")]);
    let body = futures_util::StreamExt::chain(first, futures_util::stream::pending());
    let answer = client(known(&stand.authority, &issued))
        .post(stand.url("/say"))
        .body(reqwest::Body::wrap_stream(body))
        .send()
        .await;
    assert!(answer.is_err() || answer.unwrap().status().is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_request_is_closed() {
    let stand = Stand::start_with(Patience {
        first_request: Duration::from_millis(200),
        ..Patience::default()
    })
    .await;
    let issued = stand.authority.issue_kiosk(NORTH, now()).unwrap();
    let connector =
        tokio_rustls::TlsConnector::from(std::sync::Arc::new(known(&stand.authority, &issued)));
    let stream = TcpStream::connect(stand.running.local_addr())
        .await
        .unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let mut said = Vec::new();
    let _ended = stream.read_to_end(&mut said).await;
    assert!(stand.running.registry().kiosks().is_empty());
}
