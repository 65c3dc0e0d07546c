//! A housing unit: its central on a thread behind mutual TLS on loopback, and kiosks that know it.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use dayroom::devices::{Clock, DeviceKey};
use dayroom::domain::local::ToScreen;
use dayroom::replica::sync::{self, SyncOptions};
use dayroom::runtime::paths::KioskPaths;
use dayroom::store::{CacheReader, StoreKey, StorePlace};
use dayroom_central::ca::{Authority, Site, write_kiosk_bundle};
use dayroom_central::serve::{Listen, authority_folder, open_central, serve_state};
use dayroom_central::{
    Central, CentralOptions, NewConnection, NewMessage, Opening, PageLimits, PinCost, PinDigits,
    RosterLine, tls,
};
use dayroom_protocol::{
    ApprovalRule, ConnectionId, Contact, FacilityId, Identity, Lane, MessageId, ResidentId, UnitId,
    UtcMillis,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::text;

/// People of the unit.
const RESIDENTS: usize = 64;
/// Whom each of them writes with.
const CONTACTS: usize = 4;
/// Messages central takes in one transaction.
const BATCH: usize = 5_000;

/// Central with one facility of one unit.
pub struct Unit {
    folder: TempDir,
    facility: FacilityId,
    unit: UnitId,
    central: Central,
    authority: Authority,
    contacts: Vec<(ResidentId, ConnectionId)>,
    random: StdRng,
    address: SocketAddr,
    /// Dropping it stops the server.
    _stop: mpsc::Sender<()>,
}

impl Unit {
    /// Makes it in a folder of its own and starts central.
    pub fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let state = folder.path().join("central");
        std::fs::create_dir_all(&state)?;
        let mut random = StdRng::seed_from_u64(7);
        let options = CentralOptions {
            page: PageLimits::default(),
            pins: PinCost::Simulated,
        };
        let central = open_central(&state, options, &mut random)?;
        let now = now();
        let authority =
            Authority::create(&authority_folder(&state), &["localhost".to_owned()], now)?;
        let facility = central.create_facility(
            "Cedar County Detention Center",
            "America/Chicago",
            PinDigits::Six,
            &mut random,
        )?;
        let unit = central.create_unit(facility, "Unit B", &mut random)?;
        let lines = (0..RESIDENTS)
            .map(|number| RosterLine {
                number: format!("{}", 10_000 + number),
                name: format!("Person {number}"),
                unit,
            })
            .collect();
        let arrived = central
            .apply_roster(facility, lines, now, &mut random)?
            .arrived;
        let mut contacts = Vec::new();
        for (resident, number) in arrived
            .iter()
            .flat_map(|a| (0..CONTACTS).map(|n| (a.resident, n)))
        {
            let new = contact(resident, number, now);
            contacts.push((
                resident,
                central.add_connection_request(&new, now, &mut random)?,
            ));
        }
        let (stop, stopped) = mpsc::channel();
        let address = serve(state, central.clone(), stopped)?;
        Ok(Self {
            folder,
            facility,
            unit,
            central,
            authority,
            contacts,
            random,
            address,
            _stop: stop,
        })
    }

    /// Central itself, for what an operator does.
    pub fn central(&self) -> &Central {
        &self.central
    }

    /// Takes in so many messages, spread over everybody; gives the last one's id and receiver.
    pub fn fill(&mut self, messages: usize) -> anyhow::Result<(MessageId, ResidentId)> {
        let mut last = None;
        let mut left = messages;
        while left > 0 {
            let batch = left.min(BATCH);
            let mut whose = None;
            let new: Vec<NewMessage> = (0..batch)
                .map(|_| {
                    let (resident, connection) = self.someone();
                    whose = Some(resident);
                    new_message(connection, text::message(&mut self.random))
                })
                .collect();
            let ids = self.central.take_messages(&new, now(), &mut self.random)?;
            last = ids.last().copied().zip(whose);
            left -= batch;
        }
        last.context("no message was asked for")
    }

    /// Takes in one message.
    pub fn add_one(&mut self) -> anyhow::Result<(MessageId, ResidentId, ConnectionId)> {
        let (resident, connection) = self.someone();
        let new = new_message(connection, text::message(&mut self.random));
        let id = self.central.take_message(&new, now(), &mut self.random)?;
        Ok((id, resident, connection))
    }

    fn someone(&mut self) -> (ResidentId, ConnectionId) {
        let place = self.random.random_range(0..self.contacts.len());
        self.contacts.get(place).copied().unwrap_or((
            ResidentId(uuid::Uuid::nil()),
            ConnectionId(uuid::Uuid::nil()),
        ))
    }

    /// Sets up one more kiosk in the unit.
    pub fn kiosk(&mut self, label: &str) -> anyhow::Result<Kiosk> {
        let id = self
            .central
            .create_kiosk(self.unit, label, &mut self.random)?;
        let site = Site {
            central_host: Ipv4Addr::LOCALHOST.to_string(),
            central_port: self.address.port(),
            server_name: "localhost".to_owned(),
            est_name: "est.localhost".to_owned(),
            root_pem: self.authority.root_pem().to_owned(),
            facility: self.facility,
            unit: self.unit,
            kiosk: id,
        };
        let folder = self.folder.path().join(format!("kiosk-{id}"));
        std::fs::create_dir_all(&folder)?;
        write_kiosk_bundle(&folder, &site, &self.authority.issue_kiosk(id, now())?)?;
        Kiosk::at(folder)
    }
}

/// A kiosk's state folder.
pub struct Kiosk {
    paths: KioskPaths,
    key: StoreKey,
    key_digits: String,
}

impl Kiosk {
    fn at(folder: PathBuf) -> anyhow::Result<Self> {
        let paths = KioskPaths::at(folder);
        paths.make()?;
        let digits = std::fs::read_to_string(paths.identity().join("store.key"))?;
        let digits = digits.trim().to_owned();
        let key = StoreKey::from_hex(&digits).context("store.key holds no key")?;
        Ok(Self {
            paths,
            key,
            key_digits: digits,
        })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.paths.root()
    }

    /// Its store's key as SQLCipher's pragma takes it.
    pub fn key_digits(&self) -> &str {
        &self.key_digits
    }

    /// Opens its cache as the screen does.
    pub fn reader(&self) -> anyhow::Result<CacheReader> {
        Ok(CacheReader::open(
            &StorePlace::new(self.paths.store()),
            &self.key,
        )?)
    }

    /// Starts the sync process on a thread and connects to its socket as the screen does.
    pub fn start_sync(&self) -> anyhow::Result<RunningSync> {
        let clock = Clock::open()?;
        let clock = dayroom::demo::sync_clock(clock);
        let key = dayroom::demo::sync_key(DeviceKey::open(&self.paths.key())?);
        let (state, socket) = (self.paths.root().to_owned(), self.paths.socket());
        let mut options = SyncOptions::new(state, socket, clock, key);
        // Kiosks wait a little at their start so that they do not come all at once.
        options.plan.first_contact = 0;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || -> anyhow::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(sync::run(options, async move {
                let _dropped = stopped.await;
            }))?;
            Ok(())
        });
        let screen = loop {
            match UnixStream::connect(self.paths.socket()) {
                Ok(screen) => break screen,
                Err(_) if !thread.is_finished() => {
                    std::thread::park_timeout(Duration::from_millis(1));
                }
                Err(error) => {
                    let _ended = thread
                        .join()
                        .map_err(|_| anyhow::anyhow!("sync panicked"))?;
                    return Err(error.into());
                }
            }
        };
        screen.set_read_timeout(Some(Duration::from_secs(120)))?;
        Ok(RunningSync {
            screen,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A sync process that runs on a thread.
pub struct RunningSync {
    screen: UnixStream,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
}

impl RunningSync {
    /// Waits until it says that the cache has changed.
    pub fn wait_for_change(&mut self) -> anyhow::Result<()> {
        loop {
            let mut length = [0; 4];
            self.screen
                .read_exact(&mut length)
                .context("sync does not say that it is done")?;
            let mut body = vec![0; usize::try_from(u32::from_be_bytes(length))?];
            self.screen.read_exact(&mut body)?;
            if serde_json::from_slice::<ToScreen>(&body)? == ToScreen::Changed {
                return Ok(());
            }
        }
    }

    /// Stops it.
    pub fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        match self.thread.take().map(std::thread::JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => anyhow::bail!("sync panicked"),
            None => Ok(()),
        }
    }
}

/// The machine's clock.
pub fn now() -> UtcMillis {
    tls::Clock::system().now()
}

fn contact(resident: ResidentId, number: usize, now: UtcMillis) -> NewConnection {
    NewConnection {
        resident,
        contact: Contact {
            name: format!("Contact {number}"),
            relationship: "Friend".to_owned(),
            place: Some("Waco, Texas".to_owned()),
            lane: Lane::Ordinary,
        },
        note: String::new(),
        identity: Identity::Checked { at: now },
        approval: ApprovalRule::AfterResident,
        opening: Opening::Active,
    }
}

fn new_message(connection: ConnectionId, text: String) -> NewMessage {
    NewMessage {
        connection,
        text,
        attachments: Vec::new(),
        source: None,
    }
}

/// Serves on a thread until the sender of `stopped` is gone.
fn serve(
    state: PathBuf,
    central: Central,
    stopped: mpsc::Receiver<()>,
) -> anyhow::Result<SocketAddr> {
    let (up, is_up) = mpsc::channel();
    std::thread::spawn(move || -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listen = Listen::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let serving = serve_state(&state, central, listen, tls::Clock::system());
        match runtime.block_on(serving) {
            Ok(running) => {
                up.send(Ok(running.local_addr()))?;
                let _gone = stopped.recv();
                runtime.block_on(running.shutdown());
            }
            Err(error) => up.send(Err(error))?,
        }
        Ok(())
    });
    Ok(is_up.recv().context("central did not start")??)
}
