//! The kiosk at work: events in, effects out.

mod draft_keys;
mod health;
mod journal;
mod leaving;
mod orders;
mod sign_in;
#[cfg(feature = "demo")]
mod staged;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use rand::rngs::StdRng;
use uuid::ContextV7;

use super::decoder::{Decoded, Decoder};
use super::faults::Faults;
use super::sharing::{Sharing, Taken};
use super::shelves::Shelves;
use super::sync_link::{FromSync, SyncLink};
use crate::app::flows::wall::Banner;
use crate::app::{
    App, ClosedReason, Config, Effect, Event, Idle, Report, Screen, Standing, UndoAnswer,
};
use crate::devices::{Backlight, Clock, Machine};
use crate::domain::attached::Attached;
use crate::domain::local::{Link, OfflineCause, ToScreen, ToSync};
use crate::domain::overlay::JournalEntry;
use crate::domain::provisioning::Ask;
use crate::domain::{Access, BlobHash, BootMillis, Notice, Now, ResidentId, UtcMillis};
use crate::store::StoreError;
use crate::view::pictures::{Failure, Wanted};
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
    /// This kiosk's part of the draft key; `None` if it cannot be read.
    sharing: Option<Sharing>,
    /// Who signed in last, and when an order had last given them another PIN then.
    pins_seen: Option<(ResidentId, Option<UtcMillis>)>,
    /// What came of the last look for drafts of other kiosks.
    taken: Taken,
    /// The light behind the panel, where it has a file.
    pub(super) light: Option<Backlight>,
    /// What the sync process knows of how the screen is.
    health: health::Health,
    /// When to look again for what of the audit may be dropped.
    audit_due: BootMillis,
    /// This machine is no kiosk yet, or has not heard from central since it became one.
    not_ready: bool,
    /// The kiosk's state folder; on a stage there is none.
    state: Option<PathBuf>,
    #[cfg(feature = "demo")]
    pins: PinChecks,
}

/// Where PINs are checked.
#[cfg(feature = "demo")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum PinChecks {
    /// On a thread of its own, so that the screen does not wait.
    Beside,
    /// At once, where no event loop could bring the answer.
    AtOnce,
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
        let sharing = draft_keys::open(shelves.journal());
        let boot = clock.now().boot.boot;
        let state = shelves.folder().parent();
        let crashes = state.and_then(|state| Faults::ended_unasked(state, boot));
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
            sharing,
            pins_seen: None,
            taken: Taken::default(),
            light: None,
            health: health::Health::new(Machine::here(), crashes),
            audit_due: BootMillis::default(),
            not_ready: false,
            state: None,
            #[cfg(feature = "demo")]
            pins: PinChecks::Beside,
        };
        kiosk.look_at_cache();
        // What a power cut kept from the other kiosks.
        let now = kiosk.clock.now();
        kiosk.share(None, now);
        kiosk
    }

    /// The window.
    pub fn view(&self) -> Rc<View> {
        Rc::clone(&self.view)
    }

    /// How the devices of this terminal are.
    pub(super) fn attached(&self) -> &Attached {
        self.app.attached()
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
            let at = self.at();
            let typing = matches!(&event, Event::Compose(tap) if tap.is_typing());
            let light = typing
                || matches!(
                    event,
                    Event::Runtime(
                        Report::Tick | Report::DraftSaved { .. } | Report::DraftNotSaved { .. }
                    )
                );
            let quiet = light
                || matches!(
                    event,
                    Event::Touched | Event::Runtime(Report::PhotoMissing(_))
                );
            for effect in self.app.handle(event, now) {
                if let Err(error) = self.carry_out(effect, now) {
                    tracing::error!(error = %error, "journal.failed");
                    self.report(Report::Closed(ClosedReason::StoreFailed));
                }
            }
            self.moved(at, now);
            if !quiet || before != self.mark() {
                self.dirty = Dirty::All;
            } else if light {
                self.dirty = self.dirty.max(Dirty::Light);
            }
        }
        self.look_at_key();
        self.tell_health(self.clock.now());
        self.draw();
    }

    /// How long until [`Report::Tick`].
    pub fn until_tick(&self) -> Duration {
        let now = self.clock.now();
        let wake = self.app.next_wake();
        let key = self.sharing.as_ref().and_then(Sharing::due);
        let wake = wake.into_iter().chain(key).chain(self.health.due()).min();
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
                | Screen::Compose(_)
                | Screen::Contacts(_)
                | Screen::Find(_)
                | Screen::Reading(_)
                | Screen::Account(_)
                | Screen::Covered(_)
                | Screen::Technician(_)
                | Screen::Closed(_) => None,
            },
            warned: self.app.idle() != Idle::Active,
            undo: screen.session().is_some_and(|s| s.undo.is_some())
                || matches!(screen, Screen::Messages(page) if page.appealed.is_some()),
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
                self.link.say(ToSync::Provision { ask: Ask::How });
                for blob in self.fetching.keys().copied() {
                    self.link.say(ToSync::WantBlob { blob });
                }
                self.connect_keys(true);
                self.connect_health(true);
                self.drop_old_audit();
                self.take(Event::Runtime(Report::CacheChanged));
            }
            FromSync::Gone => {
                self.connect_keys(false);
                self.connect_health(false);
                self.take(Event::Runtime(Report::NextTry(None)));
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
                self.drop_old_audit();
                if link == Link::NoSite && !self.not_ready {
                    self.not_ready = true;
                    self.take(Event::Runtime(Report::Closed(ClosedReason::NotReady)));
                }
                self.take(Event::Runtime(Report::LinkChanged { link, last_contact }));
            }
            FromSync::Said(ToScreen::NextTry { at }) => {
                self.take(Event::Runtime(Report::NextTry(at)));
            }
            FromSync::Said(ToScreen::Provision { told }) => {
                self.take(Event::Runtime(Report::Provisioning(told)));
            }
            FromSync::Said(ToScreen::DraftKey { state }) => self.hear_of_key(state),
            FromSync::Said(ToScreen::Sync { status }) => self.hear_of_sync(*status),
            FromSync::Said(ToScreen::BlobReady { blob }) => {
                for wanted in self.fetching.remove(&blob).unwrap_or_default() {
                    self.want(wanted);
                }
            }
            FromSync::Said(ToScreen::BlobFailed { blob }) => {
                for wanted in self.fetching.remove(&blob).unwrap_or_default() {
                    self.view
                        .pictures()
                        .hold(&wanted, Err(Failure::Unavailable));
                }
                self.dirty = Dirty::All;
                self.draw();
            }
        }
    }

    /// Takes a decoded picture, if the person it was for is still there.
    pub fn decoded(&mut self, decoded: &Decoded) {
        if self.shelf.is_some() {
            let pixels = decoded.pixels.as_ref().map_err(|failure| *failure);
            self.view.pictures().hold(&decoded.wanted, pixels);
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
                let asked = self.fetching.entry(wanted.blob).or_default();
                if asked.contains(&wanted) {
                    return;
                }
                asked.push(wanted);
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
        self.see_to_orders(&cache, now);
        self.take_over();
        match cache.policy() {
            Ok(Some(_)) if self.not_ready => {
                self.not_ready = false;
                self.report(Report::Opened);
                return self.look_at_cache();
            }
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
            Ok(Some(_)) if self.is_pin_replaced(&cache, resident) => Standing::PinReplaced,
            Ok(Some(_)) | Err(_) => return,
        };
        self.report(Report::RosterChanged { resident, standing });
    }

    fn carry_out(&mut self, effect: Effect, now: Now) -> Result<(), StoreError> {
        match effect {
            Effect::CheckPin { ticket, who, pin } => self.check_pin(ticket, who, pin, now)?,
            Effect::ChangePin {
                ticket,
                resident,
                pin,
            } => self.change_pin(ticket, resident, pin),
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
                let answer = if self.shelves.journal().undo(number, now.boot)? {
                    UndoAnswer::Undone
                } else {
                    UndoAnswer::TooLate
                };
                self.report(Report::UndoDone { number, answer });
                self.link.say(ToSync::IntentsWaiting);
            }
            Effect::OpenDraft {
                ticket,
                resident,
                to,
                draft,
            } => {
                let draft = self.open_draft(resident, to, draft, now)?;
                self.report(Report::DraftOpened { ticket, draft });
            }
            Effect::SaveDraft {
                draft,
                resident,
                to,
                text,
                version,
            } => {
                let report = self.save_draft(draft, (resident, to), text, version, now);
                self.report(report);
            }
            Effect::DropDraft { draft, resident } => {
                self.throw_away(resident, draft, now)?;
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
                self.shelves.let_go()?;
            }
            Effect::Refresh => self.dirty = Dirty::All,
            Effect::SelectLanguage(tag) => {
                self.view.select_language(&tag);
                self.dirty = Dirty::All;
            }
            Effect::CheckTechnician { ticket, code } => {
                self.check_technician(ticket, code, now)?;
            }
            Effect::WrapDraftKey(public_key) => self.wrap_key(&public_key),
            Effect::Erase(central) => self.ask_to_erase(central),
            Effect::TellSync(what) => self.link.say(what),
            Effect::Audit(event) => self.audit(event.event(), now)?,
        }
        Ok(())
    }

    fn draw(&mut self) {
        let dirty = std::mem::replace(&mut self.dirty, Dirty::Nothing);
        let now = self.clock.now();
        if let Some(light) = &mut self.light {
            light.set_dim(self.app.is_dim());
        }
        match dirty {
            Dirty::Nothing => {}
            Dirty::Light => self.view.show_light(&self.app, self.shelf.as_ref(), now),
            Dirty::All => {
                self.shelf = self.shelf_of_session();
                self.view
                    .show(&self.app, self.shelf.as_ref(), &self.notices, now);
                self.show_health(now);
            }
        }
        if self.app.screen().session().is_none()
            && let Err(error) = self.shelves.rest()
        {
            tracing::warn!(%error, "journal.not_wiped");
        }
    }

    fn shelf_of_session(&mut self) -> Option<Shelf> {
        let resident = self.app.screen().session()?.resident;
        let entries: Vec<JournalEntry> = match self.shelves.journal().entries(resident) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(error = %error, "journal.failed");
                Vec::new()
            }
        };
        let drafts = self
            .shelves
            .journal()
            .drafts(resident)
            .unwrap_or_else(|error| {
                tracing::error!(error = %error, "journal.failed");
                Vec::new()
            });
        Some(
            Shelf::new(self.shelves.cache()?, resident, &entries)
                .with_drafts(drafts)
                .with_lost(self.taken.lost),
        )
    }
}
