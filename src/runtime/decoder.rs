//! Decodes pictures on a thread of its own, so that none keeps the screen waiting.

use std::sync::mpsc;

use crate::domain::{BlobHash, MediaType};
use crate::view::picture::{self, Pixels};
use crate::view::pictures::{Fit, Wanted};

/// A picture that has been looked at.
pub struct Decoded {
    /// Which.
    pub blob: BlobHash,
    /// How large.
    pub fit: Fit,
    /// Its pixels; `None` if it cannot be shown.
    pub pixels: Option<Pixels>,
}

/// The thread's inbox.
#[derive(Clone, Debug)]
pub struct Decoder {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    wanted: Wanted,
    bytes: Vec<u8>,
}

impl Decoder {
    /// Starts the thread; it ends with the last handle.
    pub fn start(done: impl Fn(Decoded) + Send + 'static) -> Self {
        let (jobs, inbox) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for Job { wanted, bytes } in inbox {
                let pixels = decode(&bytes, wanted.media, wanted.fit);
                done(Decoded {
                    blob: wanted.blob,
                    fit: wanted.fit,
                    pixels,
                });
            }
        });
        Self { jobs }
    }

    /// Asks for a picture of these bytes.
    pub fn decode(&self, wanted: Wanted, bytes: Vec<u8>) {
        let _ = self.jobs.send(Job { wanted, bytes });
    }
}

/// The pixels of a picture as the screen holds them; `None` if it cannot be shown.
pub fn decode(bytes: &[u8], media: MediaType, fit: Fit) -> Option<Pixels> {
    match picture::decode(bytes, media, fit.side()) {
        Ok(pixels) => Some(pixels),
        Err(error) => {
            tracing::warn!(error = %error, bytes = bytes.len(), "picture.undecodable");
            None
        }
    }
}
