//! Decodes pictures on threads of their own, so that none keeps the screen waiting.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::faults::MAY_PANIC;
#[cfg(feature = "demo")]
use crate::domain::MediaType;
use crate::view::picture::{self, PictureError, Pixels};
#[cfg(feature = "demo")]
use crate::view::pictures::Fit;
use crate::view::pictures::{Failure, Wanted};

/// How long one picture may take. A page of mail takes a tenth of it on a slow panel.
const PATIENCE: Duration = Duration::from_secs(4);
/// Decoders that were given up and have not ended yet; with so many, no other is begun.
const MOST_GIVEN_UP: usize = 2;

/// A picture that has been looked at.
pub struct Decoded {
    /// What was wanted.
    pub wanted: Wanted,
    /// Its pixels, or why it cannot be shown.
    pub pixels: Result<Pixels, Failure>,
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
            let given_up = Arc::new(AtomicUsize::new(0));
            for Job { wanted, bytes } in inbox {
                let work = move |stop: &AtomicBool| {
                    let side = wanted.fit.side();
                    picture::decode_until(&bytes, wanted.media, side, stop)
                };
                let pixels = within(PATIENCE, &given_up, work).map_err(|error| {
                    tracing::warn!(error = %error, "picture.undecodable");
                    Failure::from(&error)
                });
                done(Decoded { wanted, pixels });
            }
        });
        Self { jobs }
    }

    /// Asks for a picture of these bytes.
    pub fn decode(&self, wanted: Wanted, bytes: Vec<u8>) {
        let _ = self.jobs.send(Job { wanted, bytes });
    }
}

/// Does the work on a thread of its own and waits for it no longer than `patience`: then it is told
/// to stop and is left alone, whether it heeds that or not.
fn within<T: Send + 'static>(
    patience: Duration,
    given_up: &Arc<AtomicUsize>,
    work: impl FnOnce(&AtomicBool) -> Result<T, PictureError> + Send + 'static,
) -> Result<T, PictureError> {
    if given_up.load(Ordering::Relaxed) >= MOST_GIVEN_UP {
        return Err(PictureError::TooSlow);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let running = Running::start(given_up);
    let (answer, answers) = mpsc::channel();
    let told = Arc::clone(&stop);
    // The name says that a panic of this thread is an answer, not the end of the screen.
    let named = std::thread::Builder::new().name(MAY_PANIC.to_owned());
    let started = named.spawn(move || {
        let end = work(&told);
        drop(running);
        let _ = answer.send(end);
    });
    if started.is_err() {
        tracing::warn!("picture.no_thread");
    }
    // A decoder that panicked has hung up, and its picture is as good as one that never ends.
    let end = answers.recv_timeout(patience);
    end.unwrap_or_else(|_| {
        stop.store(true, Ordering::Relaxed);
        Err(PictureError::TooSlow)
    })
}

/// Counts one decoder for as long as it lives.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn start(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The pixels of a picture as the screen holds them, or why it cannot be shown.
///
/// # Errors
/// When it cannot be shown.
#[cfg(feature = "demo")]
pub fn decode(bytes: &[u8], media: MediaType, fit: Fit) -> Result<Pixels, Failure> {
    picture::decode(bytes, media, fit.side()).map_err(|error| Failure::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[test]
    fn a_decoder_that_takes_too_long_is_given_up_and_told_to_stop() {
        let given_up = Arc::new(AtomicUsize::new(0));
        let (heard, hears) = mpsc::channel();
        let end = within(SOON, &given_up, move |stop| {
            while !stop.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            heard.send(()).unwrap();
            Ok(())
        });
        assert!(matches!(end, Err(PictureError::TooSlow)));
        hears.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn decoders_that_never_end_do_not_pile_up() {
        let given_up = Arc::new(AtomicUsize::new(0));
        let (holds, held) = mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        for _ in 0..5 {
            let held = Arc::clone(&held);
            let end = within(SOON, &given_up, move |_| {
                // Until the test ends.
                let _ = held.lock().map(|held| held.recv());
                Ok(())
            });
            assert!(matches!(end, Err(PictureError::TooSlow)));
        }
        assert_eq!(given_up.load(Ordering::Relaxed), MOST_GIVEN_UP);
        drop(holds);
    }

    #[test]
    fn a_decoder_that_panics_takes_nobody_along() {
        let given_up = Arc::new(AtomicUsize::new(0));
        let end: Result<(), _> = within(Duration::from_secs(60), &given_up, |_| panic!("bad file"));
        assert!(end.is_err());
        assert!(within(Duration::from_secs(60), &given_up, |_| Ok(())).is_ok());
    }
}
