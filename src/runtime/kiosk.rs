//! The kiosk at work: events in, effects out.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use uuid::{ContextV7, Timestamp, Uuid};

use super::decoder::{Decoded, Decoder};
use super::last_sign_in::last_sign_in;
use super::pin;
use super::screen::with_kiosk;
use super::shelves::Shelves;
use super::sync_link::{FromSync, SyncLink};
use crate::app::flows::wall::Banner;
use crate::app::{
    App, ClosedReason, Config, Effect, Event, Idle, PinAnswer, Report, Screen, SignedIn, Standing,
    Ticket, UndoAnswer, Who,
};
use crate::devices::Clock;
use crate::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use crate::domain::overlay::JournalEntry;
use crate::domain::sign_in::{Gate, Pin};
use crate::domain::text::first_name;
use crate::domain::{
    Access, BlobHash, BootMoment, ConnectionId, IntentBody, IntentId, IntentNumber, Notice, Now,
    Outcome, Resident, ResidentId, ResidentNumber,
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

/// How long to sleep at most, and at least.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);
/// How often a countdown or an undo bar moves.
const STEP: Duration = Duration::from_millis(200);

/// What is compared to see whether time alone has changed the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    screen: &'static str,
    banner: Option<Banner>,
    warned: bool,
    undo: bool,
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
        let cache = shelves.cache();
        let policy = cache
            .as_ref()
            .and_then(|cache| cache.policy().ok().flatten());
        let contact = cache
            .as_ref()
            .and_then(|cache| cache.last_contact().ok().flatten());
        let app = App::new(Config {
            policy: policy.unwrap_or_default(),
            last_contact: contact,
        });
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
            if matches!(event, Event::Runtime(Report::CacheChanged)) {
                self.look_at_cache();
            }
            let now = self.clock.now();
            let before = self.mark();
            let quiet = matches!(event, Event::Touched | Event::Runtime(Report::Tick));
            let light = matches!(event, Event::Runtime(Report::Tick));
            for effect in self.app.handle(event, now) {
                if let Err(error) = self.carry_out(effect, now) {
                    tracing::error!(error = %error, "journal.failed");
                    self.report(Report::Closed(ClosedReason::StoreFailed));
                }
            }
            if !quiet || before != self.mark() {
                self.dirty = Dirty::All;
            } else if light {
                self.dirty = self.dirty.max(Dirty::Light);
            }
        }
        self.draw();
    }

    /// How long until [`Report::Tick`].
    pub fn until_tick(&self) -> Duration {
        let now = self.clock.now();
        let wake = self.app.next_wake();
        let left = wake.map_or(LONGEST_SLEEP, |wake| wake.since(now.boot.at));
        let most = if self.moves() { STEP } else { LONGEST_SLEEP };
        left.clamp(SHORTEST_SLEEP, most)
    }

    /// Whether something on the screen moves by itself.
    fn moves(&self) -> bool {
        let session = self.app.screen().session();
        session.is_some_and(|session| session.undo.is_some()) || self.app.idle() != Idle::Active
    }

    /// What of the terminal changes by time alone, and takes a whole drawing when it does.
    fn mark(&self) -> Mark {
        let screen = self.app.screen();
        Mark {
            screen: screen.name(),
            banner: match screen {
                Screen::Wall(page) => page.banner,
                Screen::SignIn(_)
                | Screen::Consent(_)
                | Screen::Home(_)
                | Screen::Requests(_)
                | Screen::Messages(_)
                | Screen::Photo(_)
                | Screen::Covered(_)
                | Screen::Closed(_) => None,
            },
            warned: self.app.idle() != Idle::Active,
            undo: screen.session().is_some_and(|s| s.undo.is_some()),
        }
    }

    fn report(&mut self, report: Report) {
        self.waiting.push_back(Event::Runtime(report));
    }

    /// Takes what the sync process says.
    pub fn hear(&mut self, from: FromSync) {
        match from {
            FromSync::Connected => {
                self.link.say(ToSync::IntentsWaiting);
                // Whoever started the screen or sync stands there.
                self.link.say(ToSync::PersonWaiting);
                self.take(Event::Runtime(Report::CacheChanged));
            }
            FromSync::Gone => {
                let since = self.clock.now().utc;
                let link = Link::Offline {
                    since,
                    cause: OfflineCause::Unreachable,
                };
                self.take(Event::Runtime(Report::LinkChanged {
                    link,
                    last_contact: None,
                }));
            }
            FromSync::Said(ToScreen::Changed) => self.take(Event::Runtime(Report::CacheChanged)),
            FromSync::Said(ToScreen::Status { link, last_contact }) => {
                if let Some(at) = last_contact {
                    self.clock.raise_floor(at);
                }
                self.take(Event::Runtime(Report::LinkChanged { link, last_contact }));
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
                self.take(Event::Runtime(Report::PhotoMissing(wanted.blob)));
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
                self.report(Report::PolicyChanged(Box::new(policy)));
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "policy.unreadable"),
        }
        let Some(resident) = self.app.resident() else {
            return;
        };
        let standing = match cache.resident(resident) {
            Ok(None) => Standing::MovedAway,
            Ok(Some(found)) if found.access != Access::Open => Standing::Frozen,
            Ok(Some(_)) | Err(_) => return,
        };
        self.report(Report::RosterChanged { resident, standing });
    }

    fn carry_out(&mut self, effect: Effect, now: Now) -> Result<(), StoreError> {
        match effect {
            Effect::CheckPin { ticket, who, pin } => self.check_pin(ticket, who, pin, now)?,
            Effect::RecordIntent {
                ticket,
                resident,
                body,
                held_until,
            } => match self.record(resident, body, held_until, now) {
                Ok(number) => self.report(Report::IntentRecorded { ticket, number }),
                Err(error) => {
                    self.report(Report::IntentNotRecorded { ticket });
                    return Err(error);
                }
            },
            Effect::UndoIntent { number } => {
                let answer = if self.shelves.journal.undo(number, now.boot)? {
                    UndoAnswer::Undone
                } else {
                    UndoAnswer::TooLate
                };
                self.report(Report::UndoDone { number, answer });
                self.link.say(ToSync::IntentsWaiting);
            }
            Effect::NoteTold {
                resident,
                connection,
            } => self.note_told(resident, connection)?,
            Effect::WantBlob(blob) => self.link.say(ToSync::WantBlob { blob }),
            Effect::ClearPerson => {
                self.shelf = None;
                self.fetching.clear();
                self.view.clear_person();
                self.shelves.let_go();
            }
            Effect::Refresh => self.dirty = Dirty::All,
            Effect::SelectLanguage(tag) => {
                self.view.select_language(&tag);
                self.dirty = Dirty::All;
            }
            Effect::TellSync(what) => self.link.say(what),
            Effect::Audit(event) => self.shelves.journal.audit(event.name(), now.utc, "{}")?,
        }
        Ok(())
    }

    /// Every refused answer to that request has been read.
    fn note_told(
        &mut self,
        resident: ResidentId,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        let entries = self.shelves.journal.entries(resident)?;
        let refused = entries.iter().filter(|entry| {
            let body = &entry.intent.body;
            matches!(entry.outcome, Some(Outcome::Refused { .. }))
                && matches!(body, IntentBody::AnswerConnection { connection: of, .. }
                    if *of == connection)
        });
        let numbers: Vec<_> = refused.map(|entry| entry.intent.number).collect();
        self.shelves.journal.note_told(&numbers)
    }

    fn record(
        &mut self,
        resident: ResidentId,
        body: IntentBody,
        held_until: Option<BootMoment>,
        now: Now,
    ) -> Result<IntentNumber, StoreError> {
        let id = self.new_id(now);
        self.shelves.journal.record(&NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until,
            body,
        })
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
    fn check_pin(
        &mut self,
        ticket: Ticket,
        who: Who,
        pin: Pin,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(number) = self.number_of(who)? else {
            let answer = PinAnswer::Unavailable;
            self.report(Report::PinChecked { ticket, answer });
            return Ok(());
        };
        let record = self.shelves.journal.tries(&number)?.settle_boot(now.boot);
        let gate = record.gate(now.boot);
        if !matches!(gate, Gate::Open { .. }) {
            let answer = PinAnswer::Shut { gate };
            self.report(Report::PinChecked { ticket, answer });
            return Ok(());
        }
        self.shelves
            .journal
            .save_tries(&number, &record.count_try(now.boot))?;
        let resident = match self.shelves.cache() {
            Some(cache) => cache.resident_by_number(&number)?,
            None => None,
        };
        let verifier = resident
            .as_ref()
            .map(|resident| resident.pin_verifier.clone());
        std::thread::spawn(move || {
            let right = pin::is_right(pin.as_str().as_bytes(), verifier.as_deref());
            drop(pin);
            view::post(move || {
                with_kiosk(|kiosk| kiosk.pin_checked(ticket, &number, resident, right));
            });
        });
        Ok(())
    }

    /// The number that is tried; `None` while there is no roster to check it against.
    fn number_of(&mut self, who: Who) -> Result<Option<ResidentNumber>, StoreError> {
        let Some(cache) = self.shelves.cache() else {
            return Ok(None);
        };
        if cache.policy()?.is_none() {
            return Ok(None);
        }
        match who {
            Who::Number(number) => Ok(Some(number)),
            Who::Resident(id) => Ok(cache.resident(id)?.map(|resident| resident.number)),
        }
    }

    fn pin_checked(
        &mut self,
        ticket: Ticket,
        number: &ResidentNumber,
        resident: Option<Resident>,
        right: bool,
    ) {
        let now = self.clock.now();
        let answer = self
            .answer_pin(number, resident, right, now)
            .unwrap_or_else(|error| {
                tracing::error!(error = %error, "journal.failed");
                PinAnswer::Unavailable
            });
        self.take(Event::Runtime(Report::PinChecked { ticket, answer }));
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
                    self.record(resident.id, IntentBody::FailSignIn, None, now)?;
                    self.link.say(ToSync::IntentsWaiting);
                }
                let gate = record.gate(now.boot);
                return Ok(PinAnswer::Wrong { gate });
            }
        };
        if resident.access != Access::Open {
            return Ok(PinAnswer::Frozen);
        }
        self.shelves.journal.save_tries(number, &record.succeed())?;
        let central = match self.shelves.cache() {
            Some(cache) => cache.last_sign_in(resident.id)?,
            None => None,
        };
        let entries = self.shelves.journal.entries(resident.id)?;
        let here = self.app.policy().unit.clone();
        Ok(PinAnswer::Right(SignedIn {
            resident: resident.id,
            first_name: first_name(&resident.name).to_owned(),
            last_sign_in: last_sign_in(central, &entries, &here),
        }))
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
        let resident = self.app.screen().session()?.resident;
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
