//! The sync process as it runs: real central, mutual TLS, two processes' worth of files, the local
//! socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dayroom::devices::Clock;
use dayroom::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use dayroom::domain::{IntentBody, IntentId, MessageState, Outcome, ResidentId};
use dayroom::replica::sync::{SyncClock, SyncOptions, run};
use dayroom::replica::{Identity, SyncError};
use dayroom::store::{BlobReader, CacheReader, Journal, NewIntent, StorePlace};
use dayroom_central::ca::{Authority, Site, write_kiosk_bundle};
use dayroom_central::demo::{DemoFacility, populate};
use dayroom_central::serve::{Listen, Running, authority_folder, open_central, serve_state};
use dayroom_central::{Central, CentralOptions, NewMessage, PinCost, tls};
use dayroom_client::plan::PlanConfig;
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct House {
    central: Central,
    authority: Authority,
    demo: DemoFacility,
    running: Option<Running>,
    kiosk: wire::KioskId,
    folder: tempfile::TempDir,
}

impl House {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("central");
        let now = tls::Clock::system().now();
        let names = ["localhost".to_owned()];
        let authority = Authority::create(&authority_folder(&state), &names, now).unwrap();
        let mut rng = SmallRng::seed_from_u64(3);
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let central = open_central(&state, options, &mut rng).unwrap();
        let demo = populate(&central, now, &mut rng).unwrap();
        let marcus = demo.residents.first().unwrap();
        let kiosk = if marcus.unit == demo.unit_a {
            demo.kiosk_a
        } else {
            demo.kiosk_b
        };
        let mut house = Self {
            central,
            authority,
            kiosk,
            demo,
            running: None,
            folder,
        };
        let address = house.serve("127.0.0.1:0".parse().unwrap()).await;
        let site = Site {
            central_host: "127.0.0.1".to_owned(),
            central_port: address.port(),
            server_name: "localhost".to_owned(),
            root_pem: house.authority.root_pem().to_owned(),
            facility: house.demo.facility,
            unit: house.demo.residents.first().unwrap().unit,
            kiosk,
        };
        let issued = house.authority.issue_kiosk(kiosk, now).unwrap();
        std::fs::create_dir_all(house.state()).unwrap();
        write_kiosk_bundle(&house.state(), &site, &issued).unwrap();
        house
    }

    async fn serve(&mut self, at: std::net::SocketAddr) -> std::net::SocketAddr {
        let state = self.folder.path().join("central");
        let listen = Listen::at(at);
        let clock = tls::Clock::system();
        let running = serve_state(&state, self.central.clone(), listen, clock)
            .await
            .unwrap();
        let address = running.local_addr();
        self.running = Some(running);
        address
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("kiosk")
    }

    fn marcus(&self) -> ResidentId {
        ResidentId(self.demo.residents.first().unwrap().id.0)
    }
}

/// The sync process and the screen's ends of what they share.
struct Kiosk {
    screen: UnixStream,
    cache: CacheReader,
    journal: Journal,
    stop: oneshot::Sender<()>,
    process: JoinHandle<Result<(), SyncError>>,
    state: PathBuf,
}

impl Kiosk {
    async fn start(state: &Path) -> Self {
        let place = StorePlace::new(state.join("store"));
        std::fs::create_dir_all(&place.folder).unwrap();
        let key = Identity::read(state).unwrap().store;
        let journal = Journal::open(&place, &key).unwrap();
        let clock = Clock::open().unwrap();
        let floor = clock.clone();
        let socket = state.join("run/kiosk.sock");
        let mut options = SyncOptions::new(
            state.to_owned(),
            socket.clone(),
            SyncClock {
                now: Arc::new(move || clock.now()),
                raise_floor: Arc::new(move |at| floor.raise_floor(at)),
            },
        );
        options.plan = PlanConfig {
            first_contact: 0,
            ..PlanConfig::default()
        };
        let (stop, stopped) = oneshot::channel();
        let process = tokio::spawn(run(options, async move {
            let _dropped = stopped.await;
        }));
        let mut look = tokio::time::interval(Duration::from_millis(5));
        let screen = loop {
            look.tick().await;
            if let Ok(screen) = UnixStream::connect(&socket).await {
                break screen;
            }
            assert!(!process.is_finished(), "sync has ended");
        };
        Self {
            screen,
            cache: CacheReader::open(&place, &key).unwrap(),
            journal,
            stop,
            process,
            state: state.to_owned(),
        }
    }

    async fn say(&mut self, frame: ToSync) {
        let body = serde_json::to_vec(&frame).unwrap();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.screen
            .write_all(&[&length, body.as_slice()].concat())
            .await
            .unwrap();
    }

    async fn hear(&mut self) -> ToScreen {
        let hear = async {
            let length = self.screen.read_u32().await.unwrap();
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.screen.read_exact(&mut body).await.unwrap();
            serde_json::from_slice(&body).unwrap()
        };
        tokio::time::timeout(PATIENCE, hear)
            .await
            .expect("sync says something")
    }

    /// Listens until something holds in the cache.
    async fn until(&mut self, mut holds: impl FnMut(&CacheReader) -> bool) {
        while !holds(&self.cache) {
            self.hear().await;
        }
    }

    async fn until_link(&mut self, expected: impl Fn(&Link) -> bool) {
        loop {
            if let ToScreen::Status { link, .. } = self.hear().await
                && expected(&link)
            {
                return;
            }
        }
    }

    fn record(&mut self, resident: ResidentId, body: IntentBody) -> IntentId {
        let id = IntentId(Uuid::now_v7());
        let now = Clock::open().unwrap().now();
        let intent = NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until: None,
            body,
        };
        self.journal.record(&intent).unwrap();
        id
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.process.await.unwrap().unwrap();
        assert!(!self.state.join("run/kiosk.sock").exists());
    }
}

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
    let key = Identity::read(&house.state()).unwrap().store;
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
async fn a_revoked_kiosk_says_that_central_turns_it_away_and_keeps_its_data() {
    let house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    let now = tls::Clock::system().now();
    house.authority.revoke_kiosk(house.kiosk, now).unwrap();
    kiosk.until_link(offline(OfflineCause::Refused)).await;
    assert!(kiosk.cache.resident(marcus).unwrap().is_some());
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
        SyncClock {
            now: Arc::new(move || clock.now()),
            raise_floor: Arc::new(|_| {}),
        },
    );
    let error = run(options, std::future::pending()).await.unwrap_err();
    assert!(
        error.to_string().contains("already has a writer"),
        "{error}"
    );
    kiosk.stop().await;
}
