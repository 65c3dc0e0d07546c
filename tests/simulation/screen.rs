use dayroom::domain::local::ToSync;
use dayroom::domain::overlay::Overlay;
use dayroom::domain::{
    Answer, BootMoment, ConnectionState, IntentBody, IntentId, MessageState, ResidentId,
    ResidentNumber, UNDO_HOLD,
};
use dayroom::store::{NewIntent, StoreError};
use rand::Rng;
use uuid::{Builder, Uuid};

use super::kiosk::Process;
use super::ledger::{Act, Sure};
use super::setting::Plant;
use super::world::{Event, World};
use super::writing::{Own, keep_words, own_offers};
use crate::support::disk::Fault;

/// What somebody at the glass may do next.
struct Offer {
    resident: ResidentId,
    body: IntentBody,
    held: bool,
    blobs: Vec<dayroom::domain::BlobHash>,
    saw: Option<String>,
}

impl World {
    /// Somebody comes to a kiosk, signs in and does a few things.
    pub fn visit(&mut self, number: usize, person: &str) {
        self.settle(number);
        let offers = match self.offers(number, person) {
            Ok(offers) => offers,
            Err(error) => return self.failed(number, Process::Screen, &error.into()),
        };
        if self.rng.random_range(0..3) == 0 {
            self.say(number, ToSync::PersonWaiting);
        }
        for offer in offers {
            let often = match offer.body {
                IntentBody::SignIn => 1000,
                IntentBody::FailSignIn => 100,
                IntentBody::Consent { .. } => 200,
                IntentBody::AnswerConnection { .. }
                | IntentBody::ReadMessage { .. }
                | IntentBody::SendMessage { .. }
                | IntentBody::SaveDraft { .. }
                | IntentBody::DropDraft { .. }
                | IntentBody::Appeal { .. }
                | IntentBody::Star { .. }
                | IntentBody::AcknowledgeNotice { .. }
                | IntentBody::SetPreferences { .. }
                | IntentBody::ChangePin { .. }
                | IntentBody::FreezeAccount
                | IntentBody::Undone => 500,
            };
            if !self.thousandth(often) {
                continue;
            }
            for blob in &offer.blobs {
                self.say(number, ToSync::WantBlob { blob: *blob });
            }
            if !self.record(number, offer) {
                return;
            }
        }
    }

    /// What the screen would show and offer, from what is on disk.
    fn offers(&mut self, number: usize, person: &str) -> Result<Vec<Offer>, StoreError> {
        let at = self.kiosks[number].now(self.now).utc;
        let Some(screen) = &self.kiosks[number].screen else {
            return Ok(Vec::new());
        };
        let Some(cache) = &screen.cache else {
            return Ok(Vec::new());
        };
        let number = ResidentNumber::parse(person).expect("a number");
        let Some(resident) = cache.resident_by_number(&number)? else {
            return Ok(Vec::new());
        };
        let resident = resident.id;
        let offer = |body| Offer {
            resident,
            body,
            held: false,
            blobs: Vec::new(),
            saw: None,
        };
        let mut offers = vec![
            offer(IntentBody::FailSignIn),
            offer(IntentBody::SignIn),
            offer(IntentBody::Consent { version: 1 }),
        ];
        let overlay = Overlay::new(&screen.journal.entries(resident)?);
        for connection in cache.connections(resident)? {
            let shown = overlay.connection(connection);
            let answer = match (shown.connection.state, self.rng.random_range(0..4)) {
                (ConnectionState::Asked, 0) => Some(Answer::Decline),
                (ConnectionState::Asked, 1) => Some(Answer::Block),
                (ConnectionState::Asked, _) => Some(Answer::Accept),
                (ConnectionState::Blocked { .. }, 0) => Some(Answer::Unblock),
                (ConnectionState::Active { .. }, 0) if self.rng.random_range(0..6) == 0 => {
                    Some(Answer::Remove)
                }
                _ => None,
            };
            if let Some(answer) = answer {
                offers.push(Offer {
                    held: true,
                    ..offer(IntentBody::AnswerConnection {
                        connection: shown.connection.id,
                        answer,
                    })
                });
            }
        }
        for conversation in cache.conversations(resident)? {
            let connection = conversation.connection.id;
            for message in cache.messages(resident, connection, 0, 20)? {
                let message = overlay.message(message);
                if message.state == MessageState::Delivered && message.read_at.is_none() {
                    offers.push(Offer {
                        blobs: message.attachments.iter().map(|a| a.blob).collect(),
                        ..offer(IntentBody::ReadMessage {
                            message: message.id,
                        })
                    });
                }
            }
        }
        let own = own_offers(screen, cache, resident, at, &mut self.rng)?;
        for Own { body, saw } in own {
            let send = matches!(body, IntentBody::SendMessage { .. });
            offers.push(Offer {
                held: send && self.rng.random(),
                saw,
                ..offer(body)
            });
        }
        Ok(offers)
    }

    /// Writes down what somebody did; false when the screen cannot go on.
    fn record(&mut self, number: usize, offer: Offer) -> bool {
        let Offer {
            resident,
            body,
            held,
            saw,
            ..
        } = offer;
        if let IntentBody::ReadMessage { message } = &body {
            let message = dayroom_protocol::MessageId(message.0);
            let resident = dayroom_protocol::ResidentId(resident.0);
            if self.setting.plant == Plant::ReadWithoutIntent && self.thousandth(400) {
                self.ledger.shown_as_read.insert((resident, message));
                let chance = self.rng.random();
                self.kiosks[number].disk.power_cut(chance);
                self.down(number, Fault::PowerCut);
                return false;
            }
        }
        let now = self.kiosks[number].now(self.now);
        let id = IntentId(self.new_id());
        let new = NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until: held.then(|| BootMoment {
                boot: now.boot.boot,
                at: now.boot.at.plus(UNDO_HOLD),
            }),
            body: body.clone(),
        };
        let Some(screen) = &mut self.kiosks[number].screen else {
            return false;
        };
        match keep_words(screen, resident, &body, now.utc) {
            Ok(true) => {}
            Ok(false) => return true,
            Err(error) => {
                self.failed(number, Process::Screen, &error.into());
                return false;
            }
        }
        let recorded = screen.journal.record(&new);
        // In the screen's order: what is cut in between is there once more, never gone.
        let dropped = match (&body, &recorded) {
            (IntentBody::DropDraft { draft }, Ok(_)) => screen.journal.drop_draft(resident, *draft),
            _ => Ok(()),
        };
        if let Some(saw) = saw {
            self.ledger.saw.insert(id, saw);
        }
        let act = Act {
            kiosk: number,
            id,
            resident: dayroom_protocol::ResidentId(resident.0),
            body: body.clone(),
            made_at: now.utc,
            number: recorded.as_ref().ok().copied(),
            undone: Sure::No,
        };
        self.ledger.acts.insert(id, act);
        if let Err(error) = recorded.map(|_| ()).and(dropped) {
            self.failed(number, Process::Screen, &error.into());
            return false;
        }
        self.ledger.counts.acts += 1;
        if let IntentBody::ReadMessage { message } = body {
            let message = dayroom_protocol::MessageId(message.0);
            let resident = dayroom_protocol::ResidentId(resident.0);
            self.ledger.shown_as_read.insert((resident, message));
        }
        if held && self.thousandth(300) {
            let after = self.rng.random_range(500..11_000);
            self.later(
                after,
                Event::Undo {
                    kiosk: number,
                    act: id,
                    boot: now.boot,
                },
            );
        }
        if self.look_for_crash(number) {
            return false;
        }
        self.say(number, ToSync::IntentsWaiting);
        true
    }

    /// Somebody takes a choice back, in time or too late.
    pub fn undo(&mut self, number: usize, act: IntentId, boot: BootMoment) {
        let kiosk = &mut self.kiosks[number];
        let now = kiosk.now(self.now);
        if now.boot.boot != boot.boot {
            return;
        }
        let Some(screen) = &mut kiosk.screen else {
            return;
        };
        let Some(act) = self.ledger.acts.get_mut(&act) else {
            return;
        };
        let Some(place) = act.number else {
            return;
        };
        match screen.journal.undo(place, now.boot) {
            Ok(true) => {
                act.undone = Sure::Yes;
                self.ledger.counts.undone += 1;
                self.look_for_crash(number);
                self.say(number, ToSync::IntentsWaiting);
            }
            Ok(false) => {
                if now.boot.at.since(boot.at).as_millis() < 9_000 {
                    self.ledger
                        .break_promise(|| "an undo on screen did nothing".to_owned());
                }
            }
            Err(error) => {
                act.undone = Sure::Perhaps;
                self.failed(number, Process::Screen, &error.into());
            }
        }
    }

    /// A word over the local socket, which may find nobody.
    fn say(&mut self, number: usize, frame: ToSync) {
        if !self.healing && self.thousandth(200) {
            return;
        }
        let life = self.kiosks[number].life;
        let after = self.rng.random_range(0..5);
        let kiosk = number;
        self.later(after, Event::Local { kiosk, life, frame });
    }

    fn new_id(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng.fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}
