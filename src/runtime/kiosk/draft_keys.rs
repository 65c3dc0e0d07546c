//! Unsent messages and the other kiosks, between the journal, the screen and the sync process.

use super::Kiosk;
use crate::app::{Event, Report, Screen, TechnicianAnswer, Ticket};
use crate::domain::draft_key::{DraftKeyCall, DraftKeyState, PublicBytes};
use crate::domain::local::ToSync;
use crate::domain::sign_in::{Digits, Gate};
use crate::domain::{DraftId, IntentBody, IntentId, Now, ResidentId, ResidentNumber};
use crate::runtime::pin;
use crate::runtime::screen::with_kiosk;
use crate::runtime::sharing::{Sharing, Taken};
use crate::store::{Journal, NewIntent, StoreError};
use crate::view;

/// Who is signed in, and which unsent message they are writing.
pub(super) type At = (Option<ResidentId>, Option<DraftId>);

/// The draft key as the journal keeps it; without it the kiosk works on for itself.
pub(super) fn open(journal: &mut Journal) -> Option<Sharing> {
    let opened = Sharing::open(journal);
    opened
        .inspect_err(|error| tracing::error!(%error, "draft_key.unreadable"))
        .ok()
}

impl Kiosk {
    pub(super) fn at(&self) -> At {
        let screen = self.app.screen();
        let resident = screen.session().map(|session| session.resident);
        let draft = if let Screen::Compose(page) = screen {
            page.at.draft
        } else {
            None
        };
        (resident, draft)
    }

    /// Somebody came, went, or left what they were writing.
    pub(super) fn moved(&mut self, before: At, now: Now) {
        let after = self.at();
        if before == after {
            return;
        }
        if before.1.is_some() && before.1 != after.1 {
            self.share(before.0, now);
        }
        // What they now write has been read from the journal already.
        if after.0.is_some() && (before.0 != after.0 || before.1.is_some() && after.1.is_none()) {
            self.take_over();
        }
    }

    /// Gives the other kiosks what has changed.
    pub(super) fn share(&mut self, of: Option<ResidentId>, now: Now) {
        let Some(sharing) = self.sharing.take() else {
            return;
        };
        let mut ids = Vec::new();
        // A number for each draft there may be, drawn beforehand: the journal is lent out below.
        let count = self
            .shelves
            .journal()
            .shared_drafts(of)
            .map(|all| all.len());
        ids.resize_with(count.unwrap_or(0), || self.new_id(now));
        let new_id = || ids.pop().unwrap_or(IntentId(uuid::Uuid::now_v7()));
        match sharing.share(of, self.shelves.journal(), now, new_id) {
            Ok(0) => {}
            Ok(_) => self.link.say(ToSync::IntentsWaiting),
            Err(error) => tracing::error!(%error, "draft.not_shared"),
        }
        self.sharing = Some(sharing);
    }

    /// Takes over what whoever is signed in wrote elsewhere.
    pub(super) fn take_over(&mut self) {
        let (Some(resident), writing) = self.at() else {
            self.taken = Taken::default();
            return;
        };
        let (Some(sharing), Some(cache)) = (&self.sharing, self.shelves.cache()) else {
            return;
        };
        match sharing.take_over(resident, writing, self.shelves.journal(), &cache) {
            Ok(taken) => {
                self.taken = taken;
                self.dirty = super::Dirty::All;
            }
            Err(error) => tracing::error!(%error, "draft.not_taken_over"),
        }
    }

    /// Throws an unsent message away, here and elsewhere.
    pub(super) fn throw_away(
        &mut self,
        resident: ResidentId,
        draft: DraftId,
        now: Now,
    ) -> Result<(), StoreError> {
        let new = NewIntent {
            id: self.new_id(now),
            resident,
            made_at: now.utc,
            held_until: None,
            body: IntentBody::DropDraft { draft },
        };
        if self.shelves.journal().throw_away(&new, draft)?.is_some() {
            self.link.say(ToSync::IntentsWaiting);
        }
        Ok(())
    }

    /// The sync process is there, or not.
    pub(super) fn connect_keys(&mut self, connected: bool) {
        if let Some(sharing) = &mut self.sharing {
            sharing.connect(connected);
        }
        self.look_at_key();
    }

    /// Asks how the draft key stands, if it is time to.
    pub(super) fn look_at_key(&mut self) {
        let now = self.clock.now().boot.at;
        let inside = matches!(self.app.screen(), Screen::Technician(page) if page.is_inside());
        if let Some(sharing) = &mut self.sharing {
            sharing.watch(inside);
        }
        let call = self.sharing.as_mut().and_then(|sharing| sharing.look(now));
        self.say_of_key(call);
    }

    fn say_of_key(&self, call: Option<DraftKeyCall>) {
        if let Some(call) = call {
            self.link.say(ToSync::DraftKey { call });
        }
    }

    /// Takes how the draft key stands.
    pub(super) fn hear_of_key(&mut self, state: DraftKeyState) {
        let Some(sharing) = &mut self.sharing else {
            return;
        };
        let had = sharing.has_key();
        match sharing.hear(state, self.shelves.journal()) {
            Ok(call) => self.say_of_key(call),
            Err(error) => tracing::error!(%error, "draft_key.failed"),
        }
        let has = self.sharing.as_ref().is_some_and(Sharing::has_key);
        if has && !had {
            let now = self.clock.now();
            self.share(None, now);
            self.take_over();
        }
        self.tell_of_key();
    }

    /// Tells the screen how the draft key stands.
    fn tell_of_key(&mut self) {
        if let Some(sharing) = &self.sharing {
            let shown = Box::new(sharing.shown());
            self.take(Event::Runtime(Report::KeyTold(shown)));
        }
    }

    /// Wraps the key for a kiosk whose code a technician has compared.
    pub(super) fn wrap_key(&mut self, public_key: &PublicBytes) {
        let Some(sharing) = &mut self.sharing else {
            return;
        };
        match sharing.wrap(public_key) {
            Ok(call) => self.say_of_key(call),
            Err(error) => tracing::error!(%error, "draft_key.not_wrapped"),
        }
    }

    /// Counts the try on disk, then checks the technicians' code on a thread of its own.
    pub(super) fn check_technician(
        &mut self,
        ticket: Ticket,
        code: Digits,
        now: Now,
    ) -> Result<(), StoreError> {
        let Some(verifier) = self.app.policy().technician_verifier.clone() else {
            let answer = TechnicianAnswer::Unavailable;
            self.report(Report::TechnicianChecked { ticket, answer });
            return Ok(());
        };
        // No resident's: theirs are digits. A new code begins with a new count.
        let key = ResidentNumber::of_technicians(&verifier);
        let record = self.shelves.journal().tries(&key)?.settle_boot(now.boot);
        let gate = record.gate(now.boot);
        if !matches!(gate, Gate::Open { .. }) {
            let answer = TechnicianAnswer::Shut { gate };
            self.report(Report::TechnicianChecked { ticket, answer });
            return Ok(());
        }
        let counted = record.count_try(now.boot);
        self.shelves.journal().save_tries(&key, &counted)?;
        #[cfg(feature = "demo")]
        if self.pins == super::PinChecks::AtOnce {
            let right = pin::is_right(code.as_str().as_bytes(), Some(&verifier));
            let answer = self.answer_technician(&key, right, now)?;
            self.report(Report::TechnicianChecked { ticket, answer });
            return Ok(());
        }
        std::thread::spawn(move || {
            let right = pin::is_right(code.as_str().as_bytes(), Some(&verifier));
            drop(code);
            view::post(move || {
                with_kiosk(|kiosk| kiosk.technician_checked(ticket, &key, right));
            });
        });
        Ok(())
    }

    fn technician_checked(&mut self, ticket: Ticket, key: &ResidentNumber, right: bool) {
        let now = self.clock.now();
        let answer = self
            .answer_technician(key, right, now)
            .unwrap_or_else(|error| {
                tracing::error!(%error, "journal.failed");
                TechnicianAnswer::Unavailable
            });
        self.take(Event::Runtime(Report::TechnicianChecked { ticket, answer }));
    }

    fn answer_technician(
        &mut self,
        key: &ResidentNumber,
        right: bool,
        now: Now,
    ) -> Result<TechnicianAnswer, StoreError> {
        let record = self.shelves.journal().tries(key)?;
        if right {
            self.shelves.journal().save_tries(key, &record.succeed())?;
            return Ok(TechnicianAnswer::Right);
        }
        let gate = record.gate(now.boot);
        Ok(TechnicianAnswer::Wrong { gate })
    }
}
