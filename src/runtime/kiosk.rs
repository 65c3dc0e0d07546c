//! The kiosk at work: events in, effects out.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use uuid::{ContextV7, Timestamp, Uuid};

use super::decoder::{Decoded, Decoder};
use super::last_sign_in::last_sign_in;
use super::pin;
use super::screen::with_kiosk;
use super::shelves::Shelves;
use super::sync_link::{FromSync, SyncLink};
use crate::app::{App, Effect, Event, PinAnswer};
use crate::devices::Clock;
use crate::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use crate::domain::overlay::JournalEntry;
use crate::domain::sign_in::{Gate, Pin};
use crate::domain::text::first_name;
use crate::domain::{
    Access, BlobHash, BootMoment, IntentBody, IntentId, Notice, Now, Resident, ResidentId,
    ResidentNumber, UNDO_HOLD,
};
use crate::store::{NewIntent, StoreError};
use crate::view::pictures::Wanted;
use crate::view::{self, Shelf, View};

/// The screen process but for its window loop.
pub struct Kiosk {
    app: App,
    view: Rc<View>,
    shelves: Shelves,
    link: SyncLink,
    decoder: Decoder,
    clock: Clock,
    random: StdRng,
    ids: ContextV7,
    notices: Vec<Notice>,
    shelf: Option<Shelf>,
    /// Pictures that the sync process has been asked for.
    fetching: BTreeMap<BlobHash, Vec<Wanted>>,
    waiting: VecDeque<Event>,
    dirty: Dirty,
}

/// How much is to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Nothing,
    Light,
    All,
}

impl Kiosk {
    /// Puts the parts together and draws the wall.
    pub fn new(
        mut shelves: Shelves,
        view: Rc<View>,
        link: SyncLink,
        decoder: Decoder,
        clock: Clock,
        random: StdRng,
    ) -> Self {
        let now = clock.now();
        let cache = shelves.cache();
        let policy = cache
            .as_ref()
            .and_then(|cache| cache.policy().ok().flatten());
        let contact = cache
            .as_ref()
            .and_then(|cache| cache.last_contact().ok().flatten());
        let app = App::new(policy.unwrap_or_default(), contact, now);
        view.select_language(app.language());
        let mut kiosk = Self {
            app,
            view,
            shelves,
            link,
            decoder,
            clock,
            random,
            ids: ContextV7::new(),
            notices: Vec::new(),
            shelf: None,
            fetching: BTreeMap::new(),
            waiting: VecDeque::new(),
            dirty: Dirty::All,
        };
        kiosk.look_at_cache();
        kiosk
    }

    /// The window.
    pub fn view(&self) -> Rc<View> {
        Rc::clone(&self.view)
    }

    /// Takes an event and everything that follows from it, then draws.
    pub fn take(&mut self, event: Event) {
        self.waiting.push_back(event);
        while let Some(event) = self.waiting.pop_front() {
            if event == Event::CacheChanged {
                self.look_at_cache();
            }
            let now = self.clock.now();
            for effect in self.app.handle(event, now) {
                if let Err(error) = self.carry_out(effect, now) {
                    tracing::error!(error = %error, "journal.failed");
                    self.waiting
                        .push_back(Event::Closed(Some(crate::app::ClosedReason::StoreDamaged)));
                }
            }
        }
        self.draw();
    }

    /// How long until [`Event::Tick`].
    pub fn until_tick(&self) -> Duration {
        let now = self.clock.now();
        self.app
            .next_wake(now)
            .since(now.boot.at)
            .max(Duration::from_millis(20))
    }

    /// Takes what the sync process says.
    pub fn hear(&mut self, from: FromSync) {
        match from {
            FromSync::Connected => {
                self.link.say(ToSync::IntentsWaiting);
                self.take(Event::CacheChanged);
            }
            FromSync::Gone => {
                let since = self.clock.now().utc;
                let link = Link::Offline {
                    since,
                    cause: OfflineCause::Unreachable,
                };
                self.take(Event::LinkChanged {
                    link,
                    last_contact: None,
                });
            }
            FromSync::Said(ToScreen::Changed) => self.take(Event::CacheChanged),
            FromSync::Said(ToScreen::Status { link, last_contact }) => {
                if let Some(at) = last_contact {
                    self.clock.raise_floor(at);
                }
                self.take(Event::LinkChanged { link, last_contact });
            }
            FromSync::Said(ToScreen::BlobReady { blob }) => {
                for wanted in self.fetching.remove(&blob).unwrap_or_default() {
                    self.want(wanted);
                }
            }
            FromSync::Said(ToScreen::BlobFailed { blob }) => {
                for wanted in self.fetching.remove(&blob).unwrap_or_default() {
                    self.view.pictures().hold(blob, wanted.fit, None);
                }
                self.dirty = Dirty::All;
                self.draw();
            }
        }
    }

    /// Takes a decoded picture, if the person it was for is still there.
    pub fn decoded(&mut self, decoded: &Decoded) {
        if self.shelf.is_some() {
            self.view
                .pictures()
                .hold(decoded.blob, decoded.fit, decoded.pixels.as_ref());
            self.dirty = Dirty::All;
            self.draw();
        }
    }

    /// Sees to the pictures that have come into view.
    pub fn see_to_pictures(&mut self) {
        for wanted in self.view.pictures().take_wanted() {
            self.want(wanted);
        }
    }

    fn want(&mut self, wanted: Wanted) {
        match self.shelves.blob(wanted.blob) {
            Some(bytes) => self.decoder.decode(wanted, bytes),
            None => {
                self.fetching.entry(wanted.blob).or_default().push(wanted);
                self.link.say(ToSync::WantBlob { blob: wanted.blob });
            }
        }
    }

    /// Reads what is not about one person, and drops what central has settled.
    fn look_at_cache(&mut self) {
        let now = self.clock.now();
        if let Err(error) = self.shelves.settle(now.utc) {
            tracing::warn!(error = %error, "journal.not_settled");
        }
        let Some(cache) = self.shelves.cache() else {
            return;
        };
        self.notices = view::notices(Some(&cache), now.utc);
        match cache.policy() {
            Ok(Some(policy)) if policy != *self.app.policy() => {
                self.waiting.push_back(Event::PolicyChanged(policy));
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "policy.unreadable"),
        }
        let lost = self
            .app
            .session()
            .is_some_and(|session| matches!(cache.resident(session.resident), Ok(None)));
        if lost {
            self.waiting.push_back(Event::RosterLost);
        }
    }

    fn carry_out(&mut self, effect: Effect, now: Now) -> Result<(), StoreError> {
        match effect {
            Effect::CheckPin { number, pin } => self.check_pin(number, pin, now)?,
            Effect::Record {
                resident,
                body,
                held,
            } => self.record(resident, body, held, now)?,
            Effect::Undo(number) => {
                if !self.shelves.journal.undo(number, now.boot)? {
                    tracing::warn!("undo.too_late");
                }
                self.link.say(ToSync::IntentsWaiting);
            }
            Effect::Shuffle => {
                let mut keys = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0];
                keys.shuffle(&mut self.random);
                self.waiting.push_back(Event::Shuffled(keys));
            }
            Effect::Refresh => self.dirty = Dirty::All,
            Effect::RefreshLight => self.dirty = self.dirty.max(Dirty::Light),
            Effect::ClearPerson => {
                self.shelf = None;
                self.fetching.clear();
                self.view.clear_person();
                self.shelves.let_go();
                self.dirty = Dirty::All;
            }
            Effect::SelectLanguage(tag) => self.view.select_language(&tag),
            Effect::Say(what) => self.link.say(what),
            Effect::Audit(event) => self.shelves.journal.audit(event.name(), now.utc, "{}")?,
        }
        Ok(())
    }

    fn record(
        &mut self,
        resident: ResidentId,
        body: IntentBody,
        held: bool,
        now: Now,
    ) -> Result<(), StoreError> {
        let held_until = held.then(|| BootMoment {
            boot: now.boot.boot,
            at: now.boot.at.plus(UNDO_HOLD),
        });
        let answered = match body {
            IntentBody::AnswerConnection { connection, .. } => Some(connection),
            _ => None,
        };
        let id = self.new_id(now);
        let new = NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until,
            body,
        };
        let number = self.shelves.journal.record(&new)?;
        if let Some(connection) = answered {
            self.waiting
                .push_back(Event::AnswerRecorded { number, connection });
        }
        self.link.say(ToSync::IntentsWaiting);
        Ok(())
    }

    fn new_id(&mut self, now: Now) -> IntentId {
        let millis = now.utc.0.unsigned_abs();
        let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
        let stamp = Timestamp::from_unix(&self.ids, millis / 1000, nanos);
        let mut bytes = *Uuid::new_v7(stamp).as_bytes();
        // The last eight bytes are random; they come from the randomness handed in.
        let random: [u8; 8] = self.random.random();
        for (byte, random) in bytes.iter_mut().skip(8).zip(random) {
            *byte = random;
        }
        IntentId(
            uuid::Builder::from_bytes(bytes)
                .with_version(uuid::Version::SortRand)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid(),
        )
    }

    /// Counts the try on disk, then checks the PIN on a thread of its own.
    fn check_pin(&mut self, number: ResidentNumber, pin: Pin, now: Now) -> Result<(), StoreError> {
        let Some(cache) = self
            .shelves
            .cache()
            .filter(|c| matches!(c.policy(), Ok(Some(_))))
        else {
            self.waiting
                .push_back(Event::PinChecked(PinAnswer::Unavailable));
            return Ok(());
        };
        let record = self.shelves.journal.tries(&number)?.settle_boot(now.boot);
        match record.gate(now.boot) {
            Gate::Open { .. } => {}
            closed => {
                self.waiting.push_back(Event::PinChecked(answer(closed)));
                return Ok(());
            }
        }
        self.shelves
            .journal
            .save_tries(&number, &record.count_try(now.boot))?;
        let resident = cache.resident_by_number(&number)?;
        let verifier = resident
            .as_ref()
            .map(|resident| resident.pin_verifier.clone());
        std::thread::spawn(move || {
            let right = pin::is_right(pin.as_str().as_bytes(), verifier.as_deref());
            drop(pin);
            view::post(move || with_kiosk(|kiosk| kiosk.pin_checked(&number, resident, right)));
        });
        Ok(())
    }

    fn pin_checked(&mut self, number: &ResidentNumber, resident: Option<Resident>, right: bool) {
        let now = self.clock.now();
        match self.answer_pin(number, resident, right, now) {
            Ok(answer) => self.take(Event::PinChecked(answer)),
            Err(error) => {
                tracing::error!(error = %error, "journal.failed");
                self.take(Event::PinChecked(PinAnswer::Unavailable));
            }
        }
    }

    fn answer_pin(
        &mut self,
        number: &ResidentNumber,
        resident: Option<Resident>,
        right: bool,
        now: Now,
    ) -> Result<PinAnswer, StoreError> {
        let record = self.shelves.journal.tries(number)?;
        let resident = match resident {
            Some(resident) if right => resident,
            // On screen a number nobody has and a wrong PIN look alike.
            other => {
                if let Some(resident) = other {
                    self.record(resident.id, IntentBody::FailSignIn, false, now)?;
                }
                return Ok(answer(record.gate(now.boot)));
            }
        };
        if resident.access != Access::Open {
            return Ok(PinAnswer::NeedsStaff);
        }
        self.shelves.journal.save_tries(number, &record.succeed())?;
        let central = match self.shelves.cache() {
            Some(cache) => cache.last_sign_in(resident.id)?,
            None => None,
        };
        let entries = self.shelves.journal.entries(resident.id)?;
        let here = self.app.policy().unit.clone();
        Ok(PinAnswer::Right {
            resident: resident.id,
            first_name: first_name(&resident.name).to_owned(),
            last: last_sign_in(central, &entries, &here),
        })
    }

    fn draw(&mut self) {
        let dirty = std::mem::replace(&mut self.dirty, Dirty::Nothing);
        let now = self.clock.now();
        match dirty {
            Dirty::Nothing => {}
            Dirty::Light => self.view.show_light(&self.app, self.shelf.as_ref(), now),
            Dirty::All => {
                self.shelf = self.shelf_of_session();
                self.view
                    .show(&self.app, self.shelf.as_ref(), &self.notices, now);
            }
        }
    }

    fn shelf_of_session(&mut self) -> Option<Shelf> {
        let resident = match self.app.screen() {
            crate::app::Screen::SignedIn(signed_in) => signed_in.session.resident,
            _ => return None,
        };
        let entries: Vec<JournalEntry> = match self.shelves.journal.entries(resident) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(error = %error, "journal.failed");
                Vec::new()
            }
        };
        Some(Shelf::new(self.shelves.cache()?, resident, &entries))
    }
}

fn answer(gate: Gate) -> PinAnswer {
    match gate {
        Gate::Open { tries_left } => PinAnswer::Wrong { tries_left },
        Gate::Locked { remaining } => PinAnswer::Locked {
            millis: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
        },
        Gate::NeedsStaff => PinAnswer::NeedsStaff,
    }
}
