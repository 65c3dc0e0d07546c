//! One person's whole round: sign in wrong and right, answer, read, be warned, hide, lose the
//! network, get it back, sign out.

use anyhow::bail;
use dayroom_central::Deed;
use dayroom_central::protocol::{Answer, Outcome, Seconds};

use super::leg::Leg;
use crate::runtime::puppet::Label;

impl Leg<'_> {
    /// Goes through all of it.
    ///
    /// # Errors
    /// When a step does not come to pass.
    pub(super) fn round(&mut self) -> anyhow::Result<()> {
        self.wall()?;
        self.sign_in()?;
        self.answer_a_request()?;
        self.read_messages()?;
        self.be_warned_for_doing_nothing()?;
        self.hide_and_come_back()?;
        self.go_on_without_the_network()?;
        self.sign_out()
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
        self.page_down_to(&new)?;
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
        self.open_row(&[new])?;
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

    fn askers(&self) -> (&'static str, Option<&'static str>) {
        match self.visitor.person.number.as_str() {
            "10427" => ("Elena Vargas", Some("D. Whitfield")),
            _ => ("Padre Ignacio Ruiz", None),
        }
    }

    pub(super) fn writer(&self) -> &'static str {
        match self.visitor.person.number.as_str() {
            "10427" => "Rosa Vargas",
            _ => "María Fernanda Quispe",
        }
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
