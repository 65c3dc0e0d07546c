use dayroom::replica::{Answer, ReplicaEvent, WireRequest};
use dayroom::store::{CachePage, CacheWriter};
use dayroom_client::plan::{Cause, Failure, RequestId};
use rand::Rng;

use super::setting::{Network, Plant};
use super::wire::{Ask, Reply, refusal, serve};
use super::world::{Event, World};
use crate::support::disk::Fault;

/// Who asked, and so who is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    pub kiosk: usize,
    pub life: u64,
    pub request: RequestId,
}

/// A request at central's door.
pub struct Envelope {
    pub caller: Caller,
    pub ask: Ask,
    /// Whether an answer still finds anybody; a second delivery has none.
    pub heard: bool,
}

/// The longest a kiosk waits for a lost answer.
const PATIENCE: u64 = 30_000;

fn unreachable() -> Failure {
    Failure::Contact(Cause::Unreachable)
}

impl World {
    fn network(&self) -> Network {
        if self.healing {
            Network::GOOD
        } else {
            self.setting.network
        }
    }

    pub fn thousandth(&mut self, chances: u32) -> bool {
        self.rng.random_range(0..1000) < chances
    }

    fn way(&mut self) -> u64 {
        let longest = self.network().delay;
        self.rng.random_range(1..=longest)
    }

    fn is_cut_off(&self, kiosk: usize) -> bool {
        self.kiosks[kiosk].cut_off_until > self.now
    }

    /// A kiosk sends a request.
    pub fn send(&mut self, caller: Caller, request: &WireRequest) {
        let network = self.network();
        let mut ask = Ask::of(request);
        if self.is_cut_off(caller.kiosk) || self.thousandth(network.lose) {
            self.ledger.counts.lost += 1;
            return self.fail(caller, unreachable());
        }
        if self.thousandth(network.double) {
            let after = self.way() * 3;
            let envelope = Envelope {
                caller,
                ask: ask.clone(),
                heard: false,
            };
            self.later(after, Event::AtCentral(envelope));
        }
        let cut = self.thousandth(network.cut);
        if let Some(body) = ask.body().filter(|_| cut) {
            let at = self.rng.random_range(0..body.len());
            body.cut(at);
        }
        let after = self.way();
        let envelope = Envelope {
            caller,
            ask,
            heard: true,
        };
        self.later(after, Event::AtCentral(envelope));
    }

    /// Nobody answers, and the kiosk finds out some time later.
    pub fn fail(&mut self, caller: Caller, failure: Failure) {
        let after = self.rng.random_range(1..PATIENCE);
        let after = if self.healing { after / 10 } else { after };
        self.later(after, Event::AtKiosk(caller, Err(failure)));
    }

    /// A request has come to central.
    pub fn at_central(&mut self, envelope: Envelope) {
        let Envelope { caller, ask, heard } = envelope;
        if self.central_back_at > self.now || heard && self.is_cut_off(caller.kiosk) {
            if heard {
                self.fail(caller, unreachable());
            }
            return;
        }
        let strikes = !self.healing && self.thousandth(4);
        if strikes {
            let calls = self.rng.random_range(0..12);
            let fault = if self.rng.random() {
                Fault::PowerCut
            } else {
                Fault::Killed
            };
            self.central_disk.fail_after(calls, fault);
        }
        let kiosk = self.kiosks[caller.kiosk].id;
        let served = serve(&self.central, kiosk, &ask, self.central_now());
        if strikes && self.central_disk.fault_struck() {
            self.ledger.counts.central_crashes += 1;
            self.reopen_central();
            if self.rng.random() {
                let soon = self.rng.random_range(1..2_000);
                self.later(soon, Event::CentralPowerCut);
            }
            if heard {
                self.fail(caller, unreachable());
            }
            return;
        }
        self.central_disk.heal();
        self.poke();
        let reply = match served {
            Ok((reply, page)) => {
                self.look_over_the_shoulder(caller.kiosk, &ask, page.as_ref());
                reply
            }
            Err(refused) => {
                if matches!(refused, dayroom_central::Refused::Store(_)) {
                    self.ledger
                        .break_promise(|| format!("central failed: {refused:?}"));
                }
                refusal(&refused)
            }
        };
        if heard {
            if matches!(reply, Reply::Subscribed) {
                self.streams.insert(caller);
            }
            self.reply(caller, reply);
        }
    }

    /// The answer goes back.
    fn reply(&mut self, caller: Caller, mut reply: Reply) {
        let network = self.network();
        if self.thousandth(network.lose) {
            self.ledger.counts.lost += 1;
            self.streams.remove(&caller);
            return self.fail(caller, unreachable());
        }
        let cut = self.thousandth(network.cut);
        if let Reply::Blob {
            total,
            offset,
            bytes,
        } = &mut reply
        {
            let (total, offset) = (*total, *offset);
            let bytes = std::mem::take(bytes);
            return self.reply_blob(caller, (total, offset), &bytes, cut);
        }
        if let Some(body) = reply.body().filter(|_| cut) {
            let at = self.rng.random_range(0..body.len());
            body.cut(at);
        }
        let after = self.way();
        if let Some(page) = self.planted_page(&reply) {
            return self.later(after, Event::CursorFirst(caller, Box::new(page)));
        }
        self.later(after, Event::AtKiosk(caller, reply.read()));
    }

    /// For [`Plant::CursorFirst`]: the page without its records.
    fn planted_page(&mut self, reply: &Reply) -> Option<CachePage> {
        let planted = self.setting.plant == Plant::CursorFirst && !self.healing;
        let page = reply
            .page()
            .filter(|page| planted && !page.records.is_empty())?;
        self.thousandth(100).then(|| CachePage {
            epoch: page.epoch.0,
            after: page.after.0,
            cursor: page.cursor.0,
            now: dayroom::domain::UtcMillis(page.now.0),
            changes: Vec::new(),
        })
    }

    /// The first of the two transactions, then the power goes.
    pub fn cursor_first(&mut self, caller: Caller, page: &CachePage) {
        let kiosk = &mut self.kiosks[caller.kiosk];
        if kiosk.life != caller.life || kiosk.replica.is_none() {
            return;
        }
        let first = CacheWriter::open(&kiosk.place(&self.setting), &kiosk.key())
            .and_then(|mut writer| writer.apply(page));
        match first {
            Ok(_) => {
                let chance = self.rng.random();
                self.kiosks[caller.kiosk].disk.power_cut(chance);
                self.down(caller.kiosk, Fault::PowerCut);
            }
            // Not the page it waits for; it never learns.
            Err(_) => self.fail(caller, unreachable()),
        }
    }

    /// A blob comes in pieces, in order, perhaps not all of them.
    fn reply_blob(&mut self, caller: Caller, place: (u64, u64), bytes: &[u8], cut: bool) {
        let (total, mut offset) = place;
        let mut after = self.way();
        let sent = if cut {
            self.rng.random_range(0..=bytes.len())
        } else {
            bytes.len()
        };
        let piece = self.rng.random_range(1_000..80_000);
        for part in bytes[..sent].chunks(piece) {
            let answer = Answer::BlobPart {
                total,
                offset,
                bytes: part.to_vec(),
            };
            self.later(after, Event::AtKiosk(caller, Ok(answer)));
            offset += part.len() as u64;
            after += 1 + self.way() / 4;
        }
        let end = if cut {
            Err(unreachable())
        } else {
            Ok(Answer::BlobEnd)
        };
        self.later(after, Event::AtKiosk(caller, end));
    }

    /// An answer has come to a kiosk, or the news that none will.
    pub fn at_kiosk(&mut self, caller: Caller, answer: Result<Answer, Failure>) {
        let kiosk = &self.kiosks[caller.kiosk];
        self.trace(|| {
            format!(
                "to kiosk {}: {:?} {}",
                caller.kiosk,
                caller.request,
                told(&answer)
            )
        });
        if kiosk.life != caller.life {
            return;
        }
        // What was cancelled mostly does not come any more, but it may.
        if self.cancelled.contains(&caller) && !self.thousandth(200) {
            return;
        }
        if answer.is_ok() && self.is_cut_off(caller.kiosk) {
            if matches!(answer, Ok(Answer::Poke)) {
                return;
            }
            self.streams.remove(&caller);
            self.broken.insert(caller);
            return self.fail(caller, unreachable());
        }
        if answer.is_ok() && self.broken.contains(&caller) {
            return;
        }
        let last = match &answer {
            Ok(Answer::BlobPart { .. } | Answer::Subscribed | Answer::Poke) => false,
            Ok(_) | Err(_) => true,
        };
        if !last || self.pending.remove(&caller) {
            if last {
                self.streams.remove(&caller);
            }
            if matches!(answer, Ok(Answer::Page(_))) {
                self.ledger.counts.pages += 1;
            }
            self.tell_replica(caller.kiosk, ReplicaEvent::Answer(caller.request, answer));
        }
    }

    /// Pokes whom central says to poke.
    pub fn poke(&mut self) {
        while let Ok(poked) = self.pokes.try_recv() {
            let listeners: Vec<Caller> = self
                .streams
                .iter()
                .filter(|caller| poked.0.contains(&self.kiosks[caller.kiosk].id))
                .copied()
                .collect();
            for caller in listeners {
                let lose = self.network().lose;
                if !self.thousandth(lose) {
                    let after = self.way();
                    self.later(after, Event::AtKiosk(caller, Ok(Answer::Poke)));
                }
            }
        }
    }

    /// Streams of pokes end: of one kiosk, or of all.
    pub fn end_streams(&mut self, of: Option<usize>) {
        let (ending, staying) = std::mem::take(&mut self.streams)
            .into_iter()
            .partition(|caller| of.is_none_or(|kiosk| kiosk == caller.kiosk));
        self.streams = staying;
        for caller in ending {
            self.fail(caller, unreachable());
        }
    }
}

fn told(answer: &Result<Answer, Failure>) -> String {
    match answer {
        Ok(Answer::Page(_)) => "a page".to_owned(),
        Ok(Answer::Pushed(reply)) => format!("{reply:?}"),
        Ok(Answer::BlobPart { offset, .. }) => format!("a blob from {offset} on"),
        Ok(Answer::BlobEnd) => "the end of a blob".to_owned(),
        Ok(Answer::Digest(reply)) => format!("{reply:?}"),
        Ok(Answer::Acknowledged) => "acknowledged".to_owned(),
        Ok(Answer::OrdersTold) => "orders told".to_owned(),
        Ok(Answer::HealthNoted) => "health noted".to_owned(),
        Ok(Answer::Subscribed) => "subscribed".to_owned(),
        Ok(Answer::Poke) => "a poke".to_owned(),
        Err(failure) => format!("{failure:?}"),
    }
}
