//! Answering: by taps on the keys, with the price said before, undone once, sent, and at central
//! once. In Spanish without the network.

use anyhow::{Context, ensure};
use dayroom_central::protocol::{Cents, Direction, MessageState, Outcome};
use dayroom_central::{Deed, Written};

use super::leg::Leg;
use crate::runtime::puppet::Label;

/// In parts: whole, it would be found in the memory of every screen, in the program's own text.
const ANSWER: [&str; 3] = ["the quiet", "zephyr and", "the tomatoes"];

impl Leg<'_> {
    /// Writes with the network there.
    pub(super) fn write_and_answer(&mut self) -> anyhow::Result<()> {
        self.write(false)
    }

    /// Writes while the network is gone, with money that somebody put in just now.
    pub(super) fn write_without_the_network(&mut self) -> anyhow::Result<()> {
        let (resident, now) = (self.resident()?, self.now());
        let central = self.facility.central();
        central.deposit(resident, Cents(100), "From María Quispe", now)?;
        self.write(true)
    }

    fn write(&mut self, offline: bool) -> anyhow::Result<()> {
        self.enter()?;
        let (before, sent) = (self.account()?.balance, self.written()?);
        self.tap("Messages")?;
        self.screen.tap(Label::Starts(self.writer().into()))?;
        if offline {
            self.tap("Write")?;
        } else {
            let new = self.beginning("New message from {0}");
            self.open_row(&[new])?;
            self.tap("Answer")?;
        }
        self.screen.wait(Label::Is(self.label("Your message")))?;
        if offline && let Some(central) = self.central.take() {
            central.stop();
        }
        self.type_words(&ANSWER.join(" "))?;
        self.see_one_of(&["Your words are saved", "Saved"])?;
        self.picture("written")?;
        self.tap("Send")?;
        self.see("Send this message?")?;
        if offline {
            self.see("There is no network now. It leaves by itself when the network is back.")?;
        }
        self.picture("before-sending")?;
        self.tap("Send now")?;
        self.see("Undo")?;
        self.picture("sent-with-undo")?;
        self.tap("Undo")?;
        self.screen.wait(Label::Is(self.label("Your message")))?;
        self.picture("undone")?;
        // What they sent before the tour is in it already.
        let before_it = self.facility.activity()?.len();
        self.tap("Send")?;
        self.tap("Send now")?;
        self.see("Undo")?;
        if offline {
            self.central = Some(self.facility.serve_at(self.address, self.clock)?);
        }
        self.wait_after(before_it, "message", |deed| {
            matches!(deed, Deed::Wrote { wrote: Written::MessageSent { .. }, outcome } if *outcome == Outcome::Applied)
        })?;
        self.picture("sent")?;
        self.assert_sent(before, sent)?;
        self.leave()
    }

    fn assert_sent(&self, before: Cents, sent: usize) -> anyhow::Result<()> {
        let arrived = self.record.arrived.last().context("nothing arrived")?;
        let Deed::Wrote {
            wrote: Written::MessageSent { message },
            ..
        } = arrived.central.deed
        else {
            anyhow::bail!("the last to arrive is no message");
        };
        let body = self.message(message)?;
        ensure!(
            matches!(body.state, MessageState::OnHold { .. }),
            "staff are to read it first"
        );
        let central = self.facility.central();
        let open = central.open_for_review(message, &self.reviewer(0)?, self.now())?;
        ensure!(open.text == ANSWER.join(" "), "central has other words");
        ensure!(self.written()? == sent + 1, "central has it not just once");
        let price = central.policy(self.facility.demo().unit_b)?.messages.price;
        let after = self.account()?.balance;
        ensure!(
            after.0 + price.0 == before.0,
            "{} cents became {}",
            before.0,
            after.0
        );
        Ok(())
    }

    /// How many messages central has of them.
    fn written(&self) -> anyhow::Result<usize> {
        let messages = self.facility.central().messages(self.resident()?)?;
        let own = messages
            .iter()
            .filter(|line| line.body.direction == Direction::Outgoing);
        Ok(own.count())
    }
}
