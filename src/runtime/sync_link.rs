//! The screen's end of the local socket: hints to the sync process and status from it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use crate::domain::local::{FRAME_BYTES, ToScreen, ToSync};

/// How long to wait before looking for the sync process again.
const RECONNECT: Duration = Duration::from_millis(250);

/// What the link brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromSync {
    /// The sync process is there.
    Connected,
    /// It said something.
    Said(ToScreen),
    /// It has gone.
    Gone,
}

/// Sends hints; they are lost while the sync process is away, which reads the journal itself.
#[derive(Clone, Debug)]
pub struct SyncLink {
    say: mpsc::Sender<ToSync>,
}

impl SyncLink {
    /// Keeps a connection to the socket, on threads of its own.
    pub fn open(socket: PathBuf, hear: impl Fn(FromSync) + Send + Clone + 'static) -> Self {
        let (say, said) = mpsc::channel::<ToSync>();
        std::thread::spawn(move || {
            loop {
                match UnixStream::connect(&socket) {
                    Ok(stream) => {
                        if !serve(stream, &said, &hear) {
                            return;
                        }
                    }
                    Err(_) => std::thread::park_timeout(RECONNECT),
                }
            }
        });
        Self { say }
    }

    /// A link at whose other end nobody ever is.
    #[cfg(feature = "demo")]
    pub fn nowhere() -> Self {
        Self {
            say: mpsc::channel().0,
        }
    }

    /// Says something, if anybody listens.
    pub fn say(&self, what: ToSync) {
        let _ = self.say.send(what);
    }
}

/// Serves one connection until it ends; `false` when the screen has gone.
fn serve(
    stream: UnixStream,
    said: &mpsc::Receiver<ToSync>,
    hear: &(impl Fn(FromSync) + Send + Clone + 'static),
) -> bool {
    // What was said while nobody listened is in the journal, not in these hints.
    while said.try_recv().is_ok() {}
    let Ok(reading) = stream.try_clone() else {
        return true;
    };
    hear(FromSync::Connected);
    let reader = std::thread::spawn({
        let hear = hear.clone();
        move || {
            let mut reading = reading;
            while let Some(frame) = read_frame(&mut reading) {
                hear(FromSync::Said(frame));
            }
            hear(FromSync::Gone);
        }
    });
    let mut writing = stream;
    let screen_is_there = loop {
        match said.recv_timeout(RECONNECT) {
            Ok(what) => {
                if write_frame(&mut writing, &what).is_err() {
                    break true;
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) if reader.is_finished() => break true,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break false,
        }
    };
    let _ = writing.shutdown(std::net::Shutdown::Both);
    let _ = reader.join();
    screen_is_there
}

fn read_frame(from: &mut impl Read) -> Option<ToScreen> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    if length > FRAME_BYTES {
        return None;
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn write_frame(to: &mut impl Write, frame: &ToSync) -> std::io::Result<()> {
    let body = serde_json::to_vec(frame)?;
    let length = u32::try_from(body.len()).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    to.write_all(&[&length.to_be_bytes(), body.as_slice()].concat())
}
