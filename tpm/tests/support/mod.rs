//! A software TPM of other people (swtpm), one for each test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dayroom_tpm::Tpm;
use tempfile::TempDir;

pub mod seam;

/// How long it may take to listen.
const STARTS: Duration = Duration::from_secs(20);
/// How often another pair of ports is tried: somebody may take one between look and use.
const TRIES: usize = 20;

/// A software TPM. What it knows lies in its folder, and is gone with it.
pub struct SoftwareTpm {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl SoftwareTpm {
    /// A new one, which nobody has used.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, port) = start(&folder);
        Self {
            folder,
            process,
            port,
        }
    }

    /// How it is reached.
    pub fn tpm(&self) -> Tpm {
        let port = self.port;
        Tpm::named(&format!("swtpm:host=127.0.0.1,port={port}")).unwrap()
    }

    /// Switches it off and on: what it keeps is on disk, everything else is gone.
    pub fn restart(&mut self) {
        self.stop();
        (self.process, self.port) = start(&self.folder);
    }

    /// Switches it off.
    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for SoftwareTpm {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ended = self.process.kill();
        let _waited = self.process.wait();
    }
}

fn start(folder: &TempDir) -> (Child, u16) {
    for _ in 0..TRIES {
        let Some(port) = two_free_ports() else {
            continue;
        };
        let mut process = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .arg("--tpmstate")
            .arg(format!("dir={}", folder.path().display()))
            .args(["--server", &format!("type=tcp,port={port}")])
            .args(["--ctrl", &format!("type=tcp,port={}", port + 1)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("swtpm can be started: apt-get install swtpm");
        if listens(&mut process, port) {
            return (process, port);
        }
    }
    panic!("the software TPM does not listen");
}

/// The library speaks commands on the first, and finds the control channel on the next.
fn two_free_ports() -> Option<u16> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = first.local_addr().unwrap().port();
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, port.checked_add(1)?));
    second.is_ok().then_some(port)
}

/// Whether it listens, before it ends or its time does.
fn listens(process: &mut Child, port: u16) -> bool {
    let until = Instant::now() + STARTS;
    while Instant::now() < until {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return true;
        }
        std::thread::yield_now();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    false
}
