use std::collections::{BTreeMap, VecDeque};

use dayroom_protocol::BlobHash;

use super::backoff::Backoff;
use super::turn::Turn;
use super::{Failure, Millis, PlanAction, RequestId};

/// Blobs that persons wait for; more than a screen shows at once.
const WANTED: usize = 64;
/// Tries for one blob before it waits for the next scan.
const TRIES: u8 = 3;

/// For whom a blob is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Somebody who waits for it.
    Person,
    /// Whoever may open it later.
    Later,
}

/// Whether the store has been searched for named blobs that are not here.
#[derive(Debug)]
enum Scan {
    Needed { after: Option<BlobHash> },
    Scanning,
    Done,
}

/// Fetches blobs, one at a time, behind everything else unless a person waits.
#[derive(Debug)]
pub(super) struct Blobs {
    wanted: VecDeque<BlobHash>,
    queue: VecDeque<BlobHash>,
    scan: Scan,
    running: Option<(RequestId, BlobHash, For)>,
    wait: Millis,
    backoff: Backoff,
    tries: BTreeMap<BlobHash, u8>,
}

impl Blobs {
    pub(super) fn new() -> Self {
        Self {
            wanted: VecDeque::new(),
            queue: VecDeque::new(),
            scan: Scan::Needed { after: None },
            running: None,
            wait: Millis(0),
            backoff: Backoff::default(),
            tries: BTreeMap::new(),
        }
    }

    /// When there is something to do, if nothing is under way; `calm` when nothing else is.
    pub(super) fn due(&self, calm: bool) -> Option<Millis> {
        let idle = self.running.is_none() && !matches!(self.scan, Scan::Scanning);
        let work = !self.wanted.is_empty()
            || calm && (!self.queue.is_empty() || matches!(self.scan, Scan::Needed { .. }));
        (idle && work).then_some(self.wait)
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let next = match self.wanted.pop_front() {
            Some(blob) => Some((blob, For::Person)),
            None => self.queue.pop_front().map(|blob| (blob, For::Later)),
        };
        if let Some((blob, reader)) = next {
            let request = turn.request();
            turn.out.push(PlanAction::FetchBlob { request, blob });
            self.running = Some((request, blob, reader));
        } else if let Scan::Needed { after } = self.scan {
            turn.out.push(PlanAction::ScanBlobs { after });
            self.scan = Scan::Scanning;
        }
    }

    /// Records named these.
    pub(super) fn named(&mut self, blobs: Vec<BlobHash>, turn: &Turn<'_>) {
        for blob in blobs {
            self.later(blob, turn);
        }
    }

    /// The scan found these missing and goes on after `next`.
    pub(super) fn missing(
        &mut self,
        blobs: Vec<BlobHash>,
        next: Option<BlobHash>,
        turn: &Turn<'_>,
    ) {
        if matches!(self.scan, Scan::Scanning) {
            self.scan = next.map_or(Scan::Done, |after| Scan::Needed { after: Some(after) });
        }
        self.named(blobs, turn);
    }

    /// Search the whole store again.
    pub(super) fn rescan(&mut self) {
        self.scan = Scan::Needed { after: None };
    }

    /// The cache was emptied: nothing is named any more.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.tries.clear();
        self.rescan();
    }

    /// Somebody waits for this one.
    pub(super) fn want(&mut self, blob: BlobHash, turn: &mut Turn<'_>) {
        match self.running {
            Some((request, running, _)) if running == blob => {
                self.running = Some((request, running, For::Person));
                return;
            }
            Some((request, running, For::Later)) => {
                turn.out.push(PlanAction::Cancel(request));
                self.running = None;
                self.queue.push_front(running);
            }
            Some((_, _, For::Person)) | None => {}
        }
        self.queue.retain(|other| *other != blob);
        if !self.wanted.contains(&blob) && self.wanted.len() < WANTED {
            self.wanted.push_back(blob);
        }
        self.wait = turn.now;
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        self.running.is_some_and(|(own, _, _)| own == request)
    }

    pub(super) fn fetched(&mut self) {
        if let Some((_, blob, _)) = self.running.take() {
            self.tries.remove(&blob);
            self.backoff.succeed();
        }
    }

    /// Central is out of reach: what was fetched so far is kept, and who waits is told.
    pub(super) fn lost(&mut self, turn: &mut Turn<'_>) {
        if let Some((request, blob, reader)) = self.running.take() {
            turn.out.push(PlanAction::Cancel(request));
            match reader {
                For::Person => self.wanted.push_front(blob),
                For::Later => self.queue.push_front(blob),
            }
        }
        while let Some(blob) = self.wanted.pop_back() {
            turn.out.push(PlanAction::GiveUpBlob(blob));
            self.queue.push_front(blob);
        }
    }

    /// This blob could not be had.
    pub(super) fn refused(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        let Some((_, blob, reader)) = self.running.take() else {
            return;
        };
        let tries = self.tries.entry(blob).or_default();
        *tries += 1;
        if *failure == Failure::NotFound || *tries >= TRIES {
            self.tries.remove(&blob);
            if reader == For::Person {
                turn.out.push(PlanAction::GiveUpBlob(blob));
            }
        } else {
            match reader {
                For::Person => self.wanted.push_back(blob),
                For::Later => self.queue.push_back(blob),
            }
        }
        if *failure != Failure::NotFound {
            self.wait = turn.now.plus(self.backoff.fail(turn.config, turn.rng));
        }
    }

    fn later(&mut self, blob: BlobHash, turn: &Turn<'_>) {
        if self.queue.len() >= turn.config.blob_queue {
            self.rescan();
        } else if !self.queue.contains(&blob)
            && !self.wanted.contains(&blob)
            && self.running.is_none_or(|(_, running, _)| running != blob)
        {
            self.queue.push_back(blob);
        }
    }
}
