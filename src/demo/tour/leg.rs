//! One person's way through the screen.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use dayroom_central::Deed;

use super::leak;
use super::report::{Arrived, Record};
use crate::demo::driver::Panel;
use crate::demo::memory::find_in_process;
use crate::demo::{CentralThread, Driver, Facility, Person, Words};
use crate::devices::Clock;
use crate::runtime::puppet::Label;

/// How long central may take to have what was done; the undo holds a choice for 10 s of it.
pub(super) const CENTRAL_PATIENCE: Duration = Duration::from_secs(40);
/// How often central, or the screen, is asked.
pub(super) const ASK_AGAIN: Duration = Duration::from_millis(25);

/// Who goes, and how.
pub struct Visitor {
    /// The person.
    pub person: Person,
    /// Their language.
    pub words: Words,
    /// Their panel.
    pub panel: Panel,
    /// The name of the leg.
    pub name: &'static str,
}

/// A leg on its way.
pub struct Leg<'a> {
    pub(super) facility: &'a Facility,
    pub(super) clock: &'a Clock,
    pub(super) visitor: Visitor,
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) screen: Driver,
    pub(super) central: Option<CentralThread>,
    pub(super) address: SocketAddr,
    pub(super) record: Record,
}

impl<'a> Leg<'a> {
    /// Starts the screen for a visitor.
    ///
    /// # Errors
    /// When the screen process cannot be started.
    pub fn start(
        program: &Path,
        folder: &Path,
        facility: &'a Facility,
        clock: &'a Clock,
        visitor: Visitor,
        central: Option<CentralThread>,
    ) -> anyhow::Result<Self> {
        let central = central.context("central is not running")?;
        let screen = Driver::start(program, &facility.kiosk_folder(), visitor.panel)?;
        let record = Record {
            name: visitor.name,
            pictures: Vec::new(),
            arrived: Vec::new(),
            found_signed_in: Vec::new(),
            found_signed_out: Vec::new(),
            failed: None,
            typed: Vec::new(),
        };
        let (program, folder) = (program.to_owned(), folder.to_owned());
        let address = central.address();
        Ok(Self {
            facility,
            clock,
            visitor,
            program,
            folder,
            screen,
            central: Some(central),
            address,
            record,
        })
    }

    /// Notes why the leg ended early, with a picture of where.
    pub fn fail(&mut self, error: &anyhow::Error) {
        self.record.failed = Some(format!("{error:#}"));
        // The screen may be what failed: then there is no picture.
        let _ = self.picture("failed");
    }

    /// Ends the screen; gives back central, which may have to start again, and what was recorded.
    ///
    /// # Errors
    /// When central cannot be started.
    pub fn end(self) -> anyhow::Result<(CentralThread, Record)> {
        let central = match self.central {
            Some(central) => central,
            None => self.facility.serve_at(self.address, self.clock)?,
        };
        Ok((central, self.record))
    }

    /// What of this visitor is in the screen's memory.
    pub(super) fn canaries_in_memory(&self) -> anyhow::Result<Vec<String>> {
        let mut canaries = leak::canaries_of(self.facility, &self.visitor.person.number)?;
        canaries.extend(leak::typed(&self.record.typed));
        Ok(find_in_process(self.screen.process_id(), &canaries)?)
    }

    /// Pages down until something whose label begins so is in sight.
    pub(super) fn page_down_to(&mut self, beginning: &str) -> anyhow::Result<()> {
        while !self.sees(beginning)? {
            self.tap("More below")?;
        }
        Ok(())
    }

    pub(super) fn sees(&mut self, beginning: &str) -> anyhow::Result<bool> {
        let seen = self.screen.look()?;
        Ok(seen.iter().any(|(_, label)| label.starts_with(beginning)))
    }

    pub(super) fn type_digits(&mut self, digits: &str) -> anyhow::Result<()> {
        for digit in digits.chars() {
            self.screen.tap(Label::Is(digit.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn type_pin(&mut self) -> anyhow::Result<()> {
        self.type_digits(&self.visitor.person.pin.clone())?;
        self.tap("Go")
    }

    pub(super) fn tap(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.tap(Label::Is(label))?)
    }

    pub(super) fn see(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.wait(Label::Starts(label))?)
    }

    pub(super) fn gone(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.wait_gone(Label::Is(label))?)
    }

    pub(super) fn beginning(&self, english: &str) -> String {
        self.visitor.words.beginning(english).to_owned()
    }

    pub(super) fn picture(&mut self, step: &str) -> anyhow::Result<()> {
        let number = self.record.pictures.len() + 1;
        let name = format!("{}-{number:02}-{step}.png", self.record.name);
        self.screen.picture(&self.folder.join(&name))?;
        self.record.pictures.push(name);
        Ok(())
    }

    pub(super) fn wait_for_central(
        &mut self,
        what: &'static str,
        fits: impl Fn(&Deed) -> bool,
    ) -> anyhow::Result<()> {
        self.wait_after(0, what, fits)
    }

    /// Waits until central has recorded a new deed of this visitor after the first `from`.
    pub(super) fn wait_after(
        &mut self,
        from: usize,
        what: &'static str,
        fits: impl Fn(&Deed) -> bool,
    ) -> anyhow::Result<()> {
        let resident = self.resident()?;
        let seen: Vec<u64> = self
            .record
            .arrived
            .iter()
            .map(|a| a.central.number)
            .collect();
        for _ in 0..CENTRAL_PATIENCE.as_millis() / ASK_AGAIN.as_millis() {
            let found = self
                .facility
                .activity()?
                .into_iter()
                .skip(from)
                .find(|activity| {
                    activity.resident == Some(resident)
                        && !seen.contains(&activity.number)
                        && fits(&activity.deed)
                });
            if let Some(central) = found {
                let after_ms = central.taken_at.millis_since(central.made_at);
                self.record.arrived.push(Arrived {
                    what,
                    after_ms,
                    central,
                });
                return Ok(());
            }
            std::thread::park_timeout(ASK_AGAIN);
        }
        bail!(
            "central has no {what} after {} s",
            CENTRAL_PATIENCE.as_secs()
        )
    }

    pub(super) fn resident(&self) -> anyhow::Result<dayroom_central::protocol::ResidentId> {
        let number = &self.visitor.person.number;
        let found = self
            .facility
            .demo()
            .residents
            .iter()
            .find(|r| r.number == *number);
        found
            .map(|resident| resident.id)
            .context("the visitor is not of this facility")
    }
}
