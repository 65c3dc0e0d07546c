//! The sync process as it runs: real central, mutual TLS, two processes' worth of files, the local
//! socket.

use std::time::Duration;

use dayroom::demo::sync_clock;
use dayroom::devices::Clock;
use dayroom::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use dayroom::domain::{IntentBody, MessageState, Outcome};
use dayroom::replica::store_key;
use dayroom::replica::sync::{SyncOptions, run};
use dayroom::store::{BlobReader, CacheReader, StorePlace};
use dayroom_central::{NewMessage, tls};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::house::{House, Kiosk, PATIENCE, device_key};

fn offline(cause: OfflineCause) -> impl Fn(&Link) -> bool {
    move |link| matches!(link, Link::Offline { cause: other, .. } if *other == cause)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_and_central_keep_each_other_up_to_date() {
    let house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;

    // Everything arrives, pictures last.
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    let messages = |cache: &CacheReader| -> Vec<_> {
        let connections = cache.connections(marcus).unwrap();
        let of = |id| cache.messages(marcus, id, 0, 100).unwrap();
        connections.into_iter().flat_map(|c| of(c.id)).collect()
    };
    kiosk.until(|cache| !messages(cache).is_empty()).await;
    let picture = messages(&kiosk.cache)
        .iter()
        .find_map(|m| m.attachments.first().map(|a| a.blob))
        .unwrap();
    kiosk.say(ToSync::WantBlob { blob: picture }).await;
    while kiosk.hear().await != (ToScreen::BlobReady { blob: picture }) {}
    let place = StorePlace::new(house.state().join("store"));
    let key = store_key(&house.state()).unwrap();
    let pictures = BlobReader::open(&place, &key).unwrap();
    assert!(pictures.read(picture).unwrap().is_some());

    // What is done here is settled there, and the settlement comes back.
    let unread = messages(&kiosk.cache)
        .into_iter()
        .find(|m| m.read_at.is_none() && m.state == MessageState::Delivered)
        .unwrap();
    let message = unread.id;
    let read = kiosk.record(marcus, IntentBody::ReadMessage { message });
    kiosk.say(ToSync::IntentsWaiting).await;
    kiosk
        .until(|cache| cache.settlement(read).unwrap() == Some(Outcome::Applied))
        .await;
    let seen = kiosk.cache.message(marcus, message).unwrap().unwrap();
    assert!(seen.read_at.is_some());

    // What happens there is here without anybody asking.
    let before = messages(&kiosk.cache).len();
    let message = NewMessage {
        connection: wire::ConnectionId(unread.connection.0),
        text: "Dinner is at six.".to_owned(),
        attachments: Vec::new(),
        source: None,
    };
    let now = tls::Clock::system().now();
    house
        .central
        .take_message(&message, now, &mut SmallRng::seed_from_u64(9))
        .unwrap();
    kiosk.until(|cache| messages(cache).len() > before).await;

    // Who leaves is forgotten, and central hears so.
    let id = wire::ResidentId(marcus.0);
    house.central.depart(&[id]).unwrap();
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_none())
        .await;
    let mut look = tokio::time::interval(Duration::from_millis(5));
    tokio::time::timeout(PATIENCE, async {
        while !house.central.pending_forgets().unwrap().is_empty() {
            look.tick().await;
        }
    })
    .await
    .expect("acknowledged");
    assert!(pictures.read(picture).unwrap().is_none());
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_lives_through_a_restart_of_central_and_of_itself() {
    let mut house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    let running = house.running.take().unwrap();
    let address = running.local_addr();
    running.shutdown().await;
    kiosk
        .until_link(|link| matches!(link, Link::Offline { .. }))
        .await;
    kiosk.stop().await;

    // It starts again without central, and what is done meanwhile waits.
    let mut kiosk = Kiosk::start(&house.state()).await;
    let signed_in = kiosk.record(marcus, IntentBody::SignIn);
    kiosk.until_link(offline(OfflineCause::Unreachable)).await;
    assert!(kiosk.cache.resident(marcus).unwrap().is_some());
    house.serve(address).await;
    kiosk.say(ToSync::PersonWaiting).await;
    kiosk
        .until(|cache| cache.settlement(signed_in).unwrap() == Some(Outcome::Applied))
        .await;
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_sync_process_does_not_start_beside_the_first() {
    let house = House::start().await;
    let kiosk = Kiosk::start(&house.state()).await;
    let clock = Clock::open().unwrap();
    let options = SyncOptions::new(
        house.state(),
        house.state().join("run/other.sock"),
        sync_clock(clock),
        device_key(&house.state()),
    );
    let error = run(options, std::future::pending()).await.unwrap_err();
    assert!(
        error.to_string().contains("already has a writer"),
        "{error}"
    );
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_cache_is_set_aside_and_fetched_again() {
    let house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    let signed_in = kiosk.record(marcus, IntentBody::SignIn);
    kiosk.stop().await;

    let store = house.state().join("store");
    let mut bytes = std::fs::read(store.join("cache.db")).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(store.join("cache.db"), bytes).unwrap();
    // The log may still hold every page, and heals what it holds.
    std::fs::write(store.join("cache.db-wal"), b"").unwrap();

    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    kiosk
        .until(|cache| cache.settlement(signed_in).unwrap() == Some(Outcome::Applied))
        .await;
    let aside = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        name.starts_with("cache.db.damaged")
    };
    let entries = std::fs::read_dir(&store).unwrap();
    assert!(entries.map(Result::unwrap).any(aside));
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_talks_nonsense_is_hung_up_on_and_may_come_back() {
    let house = House::start().await;
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    let socket = house.state().join("run/kiosk.sock");
    for nonsense in [&[0xff; 64][..], &[0, 0, 0, 2, b'{', b'}'], &[0; 4]] {
        let mut stranger = UnixStream::connect(&socket).await.unwrap();
        stranger.write_all(nonsense).await.unwrap();
        stranger.shutdown().await.unwrap();
        let mut heard = Vec::new();
        let hung_up = tokio::time::timeout(PATIENCE, stranger.read_to_end(&mut heard));
        // A reset is a hang-up too.
        let _reset = hung_up.await.expect("sync hangs up");
    }
    kiosk.screen = UnixStream::connect(&socket).await.unwrap();
    kiosk.until_link(|link| *link == Link::Online).await;
    kiosk.stop().await;
}
