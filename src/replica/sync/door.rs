//! Who comes to the local socket: the screen, which stays, or somebody who only looks how sync is.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::socket::{read_frame, write_frame};
use crate::domain::local::{ToScreen, ToSync};

/// The screen speaks at once; who says nothing for so long is one that only listens.
const FIRST_WORD: Duration = Duration::from_millis(250);
/// Guests at the door at once: more wait in the listener's own queue.
const AT_THE_DOOR: usize = 8;
/// How long a look may take to be read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who came.
pub(super) enum Guest {
    /// The screen, and its first word.
    Screen {
        stream: UnixStream,
        first: Option<ToSync>,
    },
    /// Somebody who looks, answered by [`Door::answer`] under that number.
    Looks(u64),
}

/// The door of the local socket.
pub(super) struct Door {
    listener: UnixListener,
    asked: mpsc::Receiver<(UnixStream, Option<ToSync>)>,
    ask: mpsc::Sender<(UnixStream, Option<ToSync>)>,
    tasks: JoinSet<()>,
    looking: BTreeMap<u64, UnixStream>,
    looked: u64,
}

impl Door {
    pub(super) fn open(listener: UnixListener) -> Self {
        let (ask, asked) = mpsc::channel(AT_THE_DOOR);
        Self {
            listener,
            asked,
            ask,
            tasks: JoinSet::new(),
            looking: BTreeMap::new(),
            looked: 0,
        }
    }

    /// The next guest. To be called again and again; may be dropped at any time.
    pub(super) async fn next(&mut self) -> Option<Guest> {
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.tasks.len() < AT_THE_DOOR => {
                    match accepted {
                        Ok((stream, _)) => {
                            let ask = self.ask.clone();
                            self.tasks.spawn(first_word(stream, ask));
                        }
                        Err(error) => tracing::warn!(event = "screen.accept_failed", %error),
                    }
                }
                Some(_) = self.tasks.join_next() => {}
                asked = self.asked.recv() => match asked? {
                    (stream, Some(ToSync::Look)) => {
                        self.looked = self.looked.wrapping_add(1);
                        // Nobody waits for more than a few answers.
                        while self.looking.len() >= AT_THE_DOOR {
                            self.looking.pop_first();
                        }
                        self.looking.insert(self.looked, stream);
                        return Some(Guest::Looks(self.looked));
                    }
                    (stream, first) => return Some(Guest::Screen { stream, first }),
                },
            }
        }
    }

    /// Answers somebody who looks, and lets them go.
    pub(super) fn answer(&mut self, who: u64, frame: ToScreen) {
        if let Some(mut stream) = self.looking.remove(&who) {
            self.tasks.spawn(async move {
                let told = tokio::time::timeout(PATIENCE, write_frame(&mut stream, &frame));
                if let Ok(Err(error)) = told.await {
                    tracing::debug!(event = "look.not_answered", %error);
                }
            });
        }
    }
}

async fn first_word(mut stream: UnixStream, ask: mpsc::Sender<(UnixStream, Option<ToSync>)>) {
    let mut begin = [0; 1];
    let first = match tokio::time::timeout(FIRST_WORD, stream.read(&mut begin)).await {
        Err(_) => None,
        Ok(Ok(0) | Err(_)) => return,
        Ok(Ok(_)) => {
            let mut whole = begin.as_slice().chain(&mut stream);
            match tokio::time::timeout(PATIENCE, read_frame(&mut whole)).await {
                Ok(Ok(Some(first))) => Some(first),
                Ok(Ok(None)) | Err(_) => return,
                Ok(Err(error)) => {
                    tracing::warn!(event = "screen.frame_refused", %error);
                    return;
                }
            }
        }
    };
    // The process is about to end, and everybody hears of it by the line that breaks.
    let _ended = ask.send((stream, first)).await;
}
