//! One person's way through the screen.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use dayroom_central::Deed;
use dayroom_central::protocol::{Answer, Outcome, Seconds};

use super::leak;
use super::report::{Arrived, Record};
use crate::demo::driver::Panel;
use crate::demo::memory::find_in_process;
use crate::demo::{CentralThread, Driver, Facility, Person, Words};
use crate::devices::Clock;
use crate::runtime::puppet::Label;

/// How long central may take to have what was done; the undo holds a choice for 10 s of it.
const CENTRAL_PATIENCE: Duration = Duration::from_secs(40);
/// How often central is asked.
const ASK_AGAIN: Duration = Duration::from_millis(25);

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
    facility: &'a Facility,
    clock: &'a Clock,
    visitor: Visitor,
    folder: PathBuf,
    screen: Driver,
    central: Option<CentralThread>,
    address: SocketAddr,
    record: Record,
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
        };
        let (folder, address) = (folder.to_owned(), central.address());
        Ok(Self {
            facility,
            clock,
            visitor,
            folder,
            screen,
            central: Some(central),
            address,
            record,
        })
    }

    /// Goes through all of it.
    ///
    /// # Errors
    /// When a step does not come to pass.
    pub fn walk(&mut self) -> anyhow::Result<()> {
        self.wall()?;
        self.sign_in()?;
        self.answer_a_request()?;
        self.read_messages()?;
        self.be_warned_for_doing_nothing()?;
        self.hide_and_come_back()?;
        self.go_on_without_the_network()?;
        self.sign_out()
    }

    /// Ends the screen; gives back central and what was recorded.
    ///
    /// # Errors
    /// When central is not running.
    pub fn end(self) -> anyhow::Result<(CentralThread, Record)> {
        Ok((self.central.context("central is not running")?, self.record))
    }

    fn wall(&mut self) -> anyhow::Result<()> {
        self.screen.wait(Label::Is("Sign in".into()))?;
        self.screen.wait(Label::Has("Cedar County".into()))?;
        self.picture("wall")?;
        if self.visitor.person.language == "es" {
            self.screen.tap(Label::Is("Español".into()))?;
            self.see("Sign in")?;
            self.picture("wall-in-spanish")?;
        }
        Ok(())
    }

    fn sign_in(&mut self) -> anyhow::Result<()> {
        self.tap("Sign in")?;
        self.type_digits(&self.visitor.person.number.clone())?;
        self.tap("Go")?;
        self.type_digits(&wrong_pin(&self.visitor.person.pin))?;
        self.picture("sign-in")?;
        self.tap("Go")?;
        self.see("That number and PIN do not match. Please try again.")?;
        self.picture("wrong-pin")?;
        self.type_pin()?;
        self.see("I understand and agree")?;
        self.picture("consent")?;
        self.tap("I understand and agree")?;
        self.see("Sign out")?;
        self.picture("home")?;
        self.wait_for_central("wrong_pin", |deed| {
            matches!(deed, Deed::SignInFailed { .. })
        })?;
        self.wait_for_central("sign_in", |deed| matches!(deed, Deed::SignedIn { .. }))
    }

    fn answer_a_request(&mut self) -> anyhow::Result<()> {
        let (asker, _) = self.askers();
        self.tap("Requests")?;
        self.screen.wait(Label::Starts(asker.into()))?;
        self.picture("requests")?;
        self.screen.tap(Label::Starts(asker.into()))?;
        self.see("Accept")?;
        self.picture("request")?;
        self.tap("Accept")?;
        self.see("Undo")?;
        self.picture("accepted-with-undo")?;
        self.tap("Undo")?;
        self.see("Accept")?;
        self.picture("undone")?;
        self.wait_for_central("undo", |deed| matches!(deed, Deed::Undone { .. }))?;
        self.tap("Accept")?;
        self.see("Undo")?;
        self.wait_for_central("acceptance", |deed| is_answer(deed, Answer::Accept))?;
        self.gone("Undo")?;
        self.picture("accepted")?;
        self.go_home()
    }

    fn read_messages(&mut self) -> anyhow::Result<()> {
        let writer = self.writer();
        self.tap("Messages")?;
        self.screen.wait(Label::Starts(writer.into()))?;
        self.picture("conversations")?;
        self.screen.tap(Label::Starts(writer.into()))?;
        let new = self.beginning("New message from {0}");
        self.screen.wait(Label::Starts(new.clone()))?;
        self.picture("thread")?;
        self.screen.tap(Label::Starts(new))?;
        self.wait_for_central("receipt", |deed| matches!(deed, Deed::MessageRead { .. }))?;
        self.gone("Loading…")?;
        self.picture("message")?;
        let picture = self.beginning("Picture {0}");
        if self.sees(&picture)? {
            self.screen.tap(Label::Starts(picture))?;
            self.see("Close")?;
            self.gone("Loading…")?;
            self.picture("photo")?;
            self.tap("Close")?;
            self.see("Message")?;
        }
        Ok(())
    }

    /// Does nothing until the warning comes, and answers it. For the tour the warning comes sooner.
    fn be_warned_for_doing_nothing(&mut self) -> anyhow::Result<()> {
        let unit = self.facility.demo().unit_b;
        let usual = self.facility.central().policy(unit)?;
        let mut hasty = usual.clone();
        (hasty.idle_warning, hasty.idle_lock) = (Seconds(20), Seconds(40));
        self.facility.central().set_policy(unit, &hasty)?;
        self.see("I am still here")?;
        self.picture("idle-warning")?;
        self.facility.central().set_policy(unit, &usual)?;
        self.tap("I am still here")?;
        self.gone("I am still here")
    }

    fn hide_and_come_back(&mut self) -> anyhow::Result<()> {
        self.record.found_signed_in = self.canaries_in_memory()?;
        if self.record.found_signed_in.is_empty() {
            bail!("the search of the screen's memory finds nothing even while it must");
        }
        self.tap("Hide")?;
        self.see("Hidden")?;
        self.picture("hidden")?;
        self.type_pin()?;
        self.see("Message")?;
        self.picture("back-again")?;
        self.go_home()
    }

    fn go_on_without_the_network(&mut self) -> anyhow::Result<()> {
        let (_, other) = self.askers();
        if let Some(central) = self.central.take() {
            central.stop();
        }
        let without = self.beginning("Working without the network {0}");
        self.screen.wait(Label::Starts(without.clone()))?;
        self.picture("home-without-network")?;
        if let Some(other) = other {
            self.tap("Requests")?;
            self.screen.tap(Label::Starts(other.into()))?;
            self.tap("Decline")?;
            self.see("Undo")?;
            self.picture("declined-without-network")?;
            self.go_home()?;
        }
        self.tap("Messages")?;
        self.screen.tap(Label::Starts(self.writer().into()))?;
        let new = self.beginning("New message from {0}");
        self.page_down_to(&new)?;
        self.screen.tap(Label::Starts(new))?;
        self.picture("message-without-network")?;
        let before = self.facility.activity()?.len();
        self.central = Some(self.facility.serve_at(self.address, self.clock)?);
        self.wait_after(before, "receipt_made_offline", |d| {
            matches!(d, Deed::MessageRead { .. })
        })?;
        if other.is_some() {
            self.wait_after(before, "decline_made_offline", |d| {
                is_answer(d, Answer::Decline)
            })?;
        }
        self.go_home()?;
        self.screen.wait_gone(Label::Starts(without))?;
        self.picture("online-again")
    }

    fn sign_out(&mut self) -> anyhow::Result<()> {
        self.tap("Sign out")?;
        self.see("Sign in")?;
        self.picture("signed-out")?;
        self.record.found_signed_out = self.canaries_in_memory()?;
        if !self.record.found_signed_out.is_empty() {
            bail!(
                "in memory after sign-out: {}",
                self.record.found_signed_out.join(", ")
            );
        }
        Ok(())
    }

    /// What of this visitor is in the screen's memory.
    fn canaries_in_memory(&self) -> anyhow::Result<Vec<String>> {
        let canaries = leak::canaries_of(self.facility, &self.visitor.person.number)?;
        Ok(find_in_process(self.screen.process_id(), &canaries)?)
    }

    /// Goes home from wherever: out of a message, and on a narrow panel over the list.
    fn go_home(&mut self) -> anyhow::Result<()> {
        let back = self.visitor.words.say("Back").to_owned();
        if self.sees(&back)? {
            self.tap("Back")?;
        }
        let list = self.visitor.words.say("List").to_owned();
        if self.sees(&list)? {
            self.tap("List")?;
        }
        self.tap("Home")
    }

    /// Pages down until something whose label begins so is in sight.
    fn page_down_to(&mut self, beginning: &str) -> anyhow::Result<()> {
        while !self.sees(beginning)? {
            self.tap("More below")?;
        }
        Ok(())
    }

    fn sees(&mut self, beginning: &str) -> anyhow::Result<bool> {
        let seen = self.screen.look()?;
        Ok(seen.iter().any(|(_, label)| label.starts_with(beginning)))
    }

    fn askers(&self) -> (&'static str, Option<&'static str>) {
        match self.visitor.person.number.as_str() {
            "10427" => ("Elena Vargas", Some("D. Whitfield")),
            _ => ("Padre Ignacio Ruiz", None),
        }
    }

    fn writer(&self) -> &'static str {
        match self.visitor.person.number.as_str() {
            "10427" => "Rosa Vargas",
            _ => "María Fernanda Quispe",
        }
    }

    fn type_digits(&mut self, digits: &str) -> anyhow::Result<()> {
        for digit in digits.chars() {
            self.screen.tap(Label::Is(digit.to_string()))?;
        }
        Ok(())
    }

    fn type_pin(&mut self) -> anyhow::Result<()> {
        self.type_digits(&self.visitor.person.pin.clone())?;
        self.tap("Go")
    }

    fn tap(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.tap(Label::Is(label))?)
    }

    fn see(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.wait(Label::Starts(label))?)
    }

    fn gone(&mut self, english: &str) -> anyhow::Result<()> {
        let label = self.visitor.words.say(english).to_owned();
        Ok(self.screen.wait_gone(Label::Is(label))?)
    }

    fn beginning(&self, english: &str) -> String {
        self.visitor.words.beginning(english).to_owned()
    }

    fn picture(&mut self, step: &str) -> anyhow::Result<()> {
        let number = self.record.pictures.len() + 1;
        let name = format!("{}-{number:02}-{step}.png", self.record.name);
        self.screen.picture(&self.folder.join(&name))?;
        self.record.pictures.push(name);
        Ok(())
    }

    fn wait_for_central(
        &mut self,
        what: &'static str,
        fits: impl Fn(&Deed) -> bool,
    ) -> anyhow::Result<()> {
        self.wait_after(0, what, fits)
    }

    /// Waits until central has recorded a new deed of this visitor after the first `from`.
    fn wait_after(
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

    fn resident(&self) -> anyhow::Result<dayroom_central::protocol::ResidentId> {
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

fn is_answer(deed: &Deed, wanted: Answer) -> bool {
    matches!(deed, Deed::ConnectionAnswered(answered)
        if answered.answer == wanted && answered.outcome == Outcome::Applied)
}

/// A PIN of the same length that is not theirs.
fn wrong_pin(pin: &str) -> String {
    pin.chars()
        .map(|digit| if digit == '9' { '0' } else { '9' })
        .collect()
}
