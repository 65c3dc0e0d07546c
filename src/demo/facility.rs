//! The invented facility: its central on a thread, and one kiosk that knows it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use dayroom_central::ca::{Authority, Site, write_kiosk_bundle};
use dayroom_central::demo::{DemoFacility, populate, something_happens};
use dayroom_central::serve::{Listen, authority_folder, open_central, serve_state};
use dayroom_central::{Activity, Central, CentralOptions, tls};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::devices::Clock;

/// What `demo.json` in the state folder is called.
const REMEMBERED: &str = "demo.json";

/// Somebody who can sign in.
#[derive(Clone)]
pub struct Person {
    /// Their number.
    pub number: String,
    /// Their PIN.
    pub pin: String,
    /// Their name.
    pub name: String,
    /// The language they read.
    pub language: String,
}

/// The facility in its state folder.
pub struct Facility {
    folder: PathBuf,
    demo: DemoFacility,
    central: Central,
}

impl Facility {
    /// Opens the facility in `folder`, or makes it there.
    ///
    /// # Errors
    /// When the folder holds something else, or cannot be written.
    pub fn open(folder: &Path, clock: &Clock) -> anyhow::Result<Self> {
        let central_folder = folder.join("central");
        std::fs::create_dir_all(&central_folder)
            .with_context(|| format!("cannot make {}", central_folder.display()))?;
        let remembered = folder.join(REMEMBERED);
        let mut random = StdRng::from_os_rng();
        let central = open_central(&central_folder, CentralOptions::default(), &mut random)?;
        let now = utc(clock);
        let demo = if remembered.exists() {
            serde_json::from_slice(&std::fs::read(&remembered)?)
                .with_context(|| format!("{} is not a demo's", remembered.display()))?
        } else {
            let names = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()];
            Authority::create(&authority_folder(&central_folder), &names, now)?;
            let demo = populate(&central, now, &mut random)?;
            std::fs::write(&remembered, serde_json::to_vec_pretty(&demo)?)?;
            demo
        };
        Ok(Self {
            folder: folder.to_owned(),
            demo,
            central,
        })
    }

    /// Where the kiosk keeps its state.
    pub fn kiosk_folder(&self) -> PathBuf {
        self.folder.join("kiosk")
    }

    /// Central itself, for what an operator does.
    pub fn central(&self) -> &Central {
        &self.central
    }

    /// What was made.
    pub fn demo(&self) -> &DemoFacility {
        &self.demo
    }

    /// Who can sign in on the kiosk.
    pub fn people(&self) -> Vec<Person> {
        self.demo
            .residents
            .iter()
            .filter(|resident| resident.unit == self.demo.unit_b)
            .map(|resident| Person {
                number: resident.number.clone(),
                pin: resident.pin.clone(),
                name: resident.name.clone(),
                language: resident.language.clone(),
            })
            .collect()
    }

    /// What kiosks did, as central recorded it.
    ///
    /// # Errors
    /// When central's store fails.
    pub fn activity(&self) -> anyhow::Result<Vec<Activity>> {
        Ok(self.central.activity()?)
    }

    /// A picture of a message, as the kiosk may fetch it.
    ///
    /// # Errors
    /// When the kiosk may not.
    pub fn blob(&self, hash: dayroom_central::protocol::BlobHash) -> anyhow::Result<Vec<u8>> {
        let part = self.central.blob(self.demo.kiosk_b, hash, 0, usize::MAX)?;
        Ok(part.bytes)
    }

    /// Starts central on a free port of loopback and sets the kiosk up for it.
    ///
    /// # Errors
    /// When it cannot listen, or the kiosk's files cannot be written.
    pub fn serve(&self, clock: &Clock) -> anyhow::Result<CentralThread> {
        let central = self.serve_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), clock)?;
        let now = utc(clock);
        let authority = Authority::open(&authority_folder(&self.folder.join("central")))?;
        let issued = authority.issue_kiosk(self.demo.kiosk_b, now)?;
        let site = Site {
            central_host: Ipv4Addr::LOCALHOST.to_string(),
            central_port: central.address.port(),
            server_name: "localhost".to_owned(),
            est_name: "est.localhost".to_owned(),
            root_pem: authority.root_pem().to_owned(),
            facility: self.demo.facility,
            unit: self.demo.unit_b,
            kiosk: self.demo.kiosk_b,
        };
        std::fs::create_dir_all(self.kiosk_folder())?;
        write_kiosk_bundle(&self.kiosk_folder(), &site, &issued)?;
        Ok(central)
    }

    /// Starts central at an address it had before.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn serve_at(&self, address: SocketAddr, clock: &Clock) -> anyhow::Result<CentralThread> {
        let (stop, stopped) = mpsc::channel();
        let (up, is_up) = mpsc::channel();
        let (folder, central, clock) = (
            self.folder.join("central"),
            self.central.clone(),
            clock.clone(),
        );
        let thread_clock = clock.clone();
        let thread = std::thread::spawn(move || {
            serve_until(&folder, central, address, &thread_clock, &up, &stopped);
        });
        let address = is_up.recv().context("central did not start")??;
        Ok(CentralThread {
            address,
            central: self.central.clone(),
            demo: self.demo.clone(),
            clock,
            stop,
            thread: Some(thread),
        })
    }
}

/// A central that is running.
pub struct CentralThread {
    address: SocketAddr,
    central: Central,
    demo: DemoFacility,
    clock: Clock,
    stop: mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl CentralThread {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets a message or a request arrive now and then.
    pub fn let_things_happen(&self, every: Duration) {
        let (central, demo, clock) = (self.central.clone(), self.demo.clone(), self.clock.clone());
        std::thread::spawn(move || {
            for turn in 0.. {
                std::thread::park_timeout(every);
                if let Err(error) = something_happens(&central, &demo, turn, utc(&clock)) {
                    tracing::warn!(error = %error, "demo.nothing_happened");
                }
            }
        });
    }

    /// Stops it and waits until it has.
    pub fn stop(mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve_until(
    folder: &Path,
    central: Central,
    address: SocketAddr,
    clock: &Clock,
    up: &mpsc::Sender<anyhow::Result<SocketAddr>>,
    stopped: &mpsc::Receiver<()>,
) {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = up.send(Err(error.into()));
            return;
        }
    };
    let clock = clock.clone();
    let clock = tls::Clock::new(move || utc(&clock));
    match runtime.block_on(serve_state(folder, central, Listen::at(address), clock)) {
        Ok(running) => {
            let _ = up.send(Ok(running.local_addr()));
            let _ = stopped.recv();
            runtime.block_on(running.shutdown());
        }
        Err(error) => {
            let _ = up.send(Err(error.into()));
        }
    }
}

/// The clock in central's terms.
fn utc(clock: &Clock) -> dayroom_central::protocol::UtcMillis {
    dayroom_central::protocol::UtcMillis(clock.now().utc.0)
}
