//! Checks PINs: the try is on disk before the PIN is looked at.

use rand::Rng;

use super::Kiosk;
use crate::app::{Event, KeypadOrder, PinAnswer, Report, SignedIn, Ticket, Who};
use crate::domain::badge::BadgeId;
use crate::domain::local::ToSync;
use crate::domain::sign_in::{Gate, Pin};
use crate::domain::text::first_name;
use crate::domain::{Access, Account, IntentBody, Now, Resident, ResidentId, ResidentNumber};
use crate::runtime::last_sign_in::last_sign_in;
use crate::runtime::screen::with_kiosk;
use crate::runtime::{own, pin};
use crate::store::StoreError;
use crate::view;

/// A try that has been counted and is to be checked.
struct Try {
    ticket: Ticket,
    /// What it was counted under.
    number: ResidentNumber,
    pin: Pin,
}

impl Kiosk {
    /// Counts the try on disk, then checks the PIN on a thread of its own.
    pub(super) fn check_pin(
        &mut self,
        ticket: Ticket,
        who: Who,
        pin: Pin,
        now: Now,
    ) -> Result<(), StoreError> {
        let badge = match &who {
            Who::Badge(badge) => Some(badge.clone()),
            Who::Number(_) | Who::Resident(_) => None,
        };
        let Some(number) = self.number_of(who)? else {
            let answer = PinAnswer::Unavailable;
            self.report(Report::PinChecked { ticket, answer });
            return Ok(());
        };
        let record = self.shelves.journal().tries(&number)?.settle_boot(now.boot);
        let gate = record.gate(now.boot);
        if !matches!(gate, Gate::Open { .. }) {
            let answer = PinAnswer::Shut { gate };
            self.report(Report::PinChecked { ticket, answer });
            return Ok(());
        }
        self.shelves
            .journal()
            .save_tries(&number, &record.count_try(now.boot))?;
        let try_ = Try {
            ticket,
            number,
            pin,
        };
        match badge {
            Some(badge) => self.look_up_badge(try_, badge),
            None => {
                let resident = match self.shelves.cache() {
                    Some(cache) => cache.resident_by_number(&try_.number)?,
                    None => None,
                };
                self.verify(try_, resident)
            }
        }
    }

    /// Finds whose badge that is, on a thread of its own; a badge that is nobody's goes the same way.
    fn look_up_badge(&mut self, try_: Try, badge: BadgeId) -> Result<(), StoreError> {
        let roster = match self.shelves.cache() {
            Some(cache) => cache.badges()?,
            None => Vec::new(),
        };
        #[cfg(feature = "demo")]
        if self.pins == super::PinChecks::AtOnce {
            let hashes = pin::badge_hashes(badge.as_str().as_bytes(), &roster);
            return self.verify_badge(try_, &hashes);
        }
        std::thread::spawn(move || {
            let hashes = pin::badge_hashes(badge.as_str().as_bytes(), &roster);
            view::post(move || {
                with_kiosk(|kiosk| {
                    let ticket = try_.ticket;
                    if let Err(error) = kiosk.verify_badge(try_, &hashes) {
                        tracing::error!(error = %error, "cache.failed");
                        let answer = PinAnswer::Unavailable;
                        kiosk.take(Event::Runtime(Report::PinChecked { ticket, answer }));
                    }
                });
            });
        });
        Ok(())
    }

    fn verify_badge(&mut self, try_: Try, hashes: &[String]) -> Result<(), StoreError> {
        let mut resident = None;
        if let Some(cache) = self.shelves.cache() {
            for hash in hashes {
                resident = resident.or(cache.resident_by_badge(hash)?);
            }
        }
        self.verify(try_, resident)
    }

    /// Checks the PIN of whoever it may be.
    fn verify(&mut self, try_: Try, resident: Option<Resident>) -> Result<(), StoreError> {
        let Try {
            ticket,
            number,
            pin,
        } = try_;
        let verifier = match &resident {
            Some(resident) => Some(self.verifier_of(resident)?),
            None => None,
        };
        #[cfg(feature = "demo")]
        if self.pins == super::PinChecks::AtOnce {
            let right = pin::is_right(pin.as_str().as_bytes(), verifier.as_deref());
            let now = self.clock.now();
            let answer = self.answer_pin(&number, resident, right, now)?;
            self.report(Report::PinChecked { ticket, answer });
            return Ok(());
        }
        std::thread::spawn(move || {
            let right = pin::is_right(pin.as_str().as_bytes(), verifier.as_deref());
            drop(pin);
            view::post(move || {
                with_kiosk(|kiosk| kiosk.pin_checked(ticket, &number, resident, right));
            });
        });
        Ok(())
    }

    /// Makes a verifier on a thread of its own and writes it down.
    pub(super) fn change_pin(&mut self, ticket: Ticket, resident: ResidentId, new: Pin) {
        let salt: [u8; 16] = self.random.random();
        std::thread::spawn(move || {
            let verifier = pin::verifier(new.as_str().as_bytes(), &salt);
            drop(new);
            view::post(move || {
                with_kiosk(|kiosk| kiosk.keep_pin(ticket, resident, verifier));
            });
        });
    }

    fn keep_pin(&mut self, ticket: Ticket, resident: ResidentId, verifier: Option<String>) {
        let now = self.clock.now();
        let kept = verifier.and_then(|verifier| {
            let body = IntentBody::ChangePin { verifier };
            self.record(resident, body, None, now)
                .inspect_err(|error| tracing::error!(error = %error, "journal.failed"))
                .ok()
        });
        self.take(Event::Runtime(match kept {
            Some(number) => Report::IntentRecorded { ticket, number },
            None => Report::IntentNotRecorded { ticket },
        }));
    }

    /// What the PIN is checked against: one chosen here that central has not settled goes first.
    fn verifier_of(&mut self, resident: &Resident) -> Result<String, StoreError> {
        let entries = self.shelves.journal().entries(resident.id)?;
        let replaced_at = match self.shelves.cache() {
            Some(cache) => cache.pin_replaced_at(resident.id)?,
            None => None,
        };
        Ok(own::chosen_verifier(&entries, replaced_at)
            .unwrap_or_else(|| resident.pin_verifier.clone()))
    }

    /// What the try is counted under: the number, or the badge, which no keypad try ever locks; `None` while there is no roster to check it against.
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
            Who::Badge(badge) => Ok(Some(ResidentNumber::of_badge(&badge))),
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
        let record = self.shelves.journal().tries(number)?;
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
        let entries = self.shelves.journal().entries(resident.id)?;
        if resident.access != Access::Open || own::is_frozen_here(&entries) {
            return Ok(PinAnswer::Frozen);
        }
        self.shelves
            .journal()
            .save_tries(number, &record.succeed())?;
        let (central, account) = match self.shelves.cache() {
            Some(cache) => {
                self.pins_seen = Some((resident.id, cache.pin_replaced_at(resident.id)?));
                (
                    cache.last_sign_in(resident.id)?,
                    cache.account(resident.id)?.unwrap_or_default(),
                )
            }
            None => (None, Account::default()),
        };
        let here = self.app.policy().unit.clone();
        Ok(PinAnswer::Right(SignedIn {
            resident: resident.id,
            first_name: first_name(&resident.name).to_owned(),
            last_sign_in: last_sign_in(central, &entries, &here),
            number: resident.number,
            preferences: own::preferences(account.preferences, &entries),
            keypad: KeypadOrder::shuffled(&mut self.random),
        }))
    }
}
