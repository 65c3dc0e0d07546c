//! What every visit is made of: coming in, going, typing on the keys, looking at central.

use anyhow::{Context, bail, ensure};
use dayroom_central::protocol::{AccountBody, MessageBody, MessageId, UtcMillis};
use dayroom_central::{Deed, Written};

use super::leg::{ASK_AGAIN, CENTRAL_PATIENCE, Leg};
use crate::runtime::puppet::Label;

/// What languages are called on the wall.
const NAMES: [(&str, &str); 2] = [("es", "Español"), ("ar", "العربية")];

/// How often it is looked whether a message opens.
const LOOKS_AT_A_ROW: usize = 40;

/// How often the screen is looked at before something is said to be missing.
fn patience() -> u128 {
    CENTRAL_PATIENCE.as_millis() / ASK_AGAIN.as_millis()
}

impl Leg<'_> {
    /// Signs in, in the visitor's language.
    pub(super) fn enter(&mut self) -> anyhow::Result<()> {
        self.screen.wait(Label::Is("Sign in".into()))?;
        // Before that it may not know them yet.
        self.screen.wait(Label::Starts("Up to date".into()))?;
        let own = NAMES
            .iter()
            .find(|(tag, _)| *tag == self.visitor.person.language);
        if let Some((_, name)) = own {
            self.screen.tap(Label::Is((*name).to_owned()))?;
        }
        self.tap("Sign in")?;
        self.type_digits(&self.visitor.person.number.clone())?;
        self.tap("Go")?;
        self.type_pin()?;
        for _ in 0..patience() {
            if self.is_home()? {
                return Ok(());
            }
            if self.sees_just("I understand and agree")? {
                self.tap("I understand and agree")?;
            }
            std::thread::park_timeout(ASK_AGAIN);
        }
        bail!("home does not come after signing in")
    }

    /// Goes home from wherever: out of a message, over the list, out of a part of the account.
    pub(super) fn go_home(&mut self) -> anyhow::Result<()> {
        for _ in 0..patience() {
            if self.is_home()? {
                return Ok(());
            }
            for way in ["Home", "List", "Back", "My account"] {
                if self.sees_just(way)? {
                    self.tap(way)?;
                    break;
                }
            }
            std::thread::park_timeout(ASK_AGAIN);
        }
        bail!("there is no way home")
    }

    /// Home is where the ways to contacts and to the search are.
    fn is_home(&mut self) -> anyhow::Result<bool> {
        Ok(self.sees_just("Contacts")? && self.sees_just("Find")?)
    }

    /// Signs out, and looks for what was typed.
    pub(super) fn leave(&mut self) -> anyhow::Result<()> {
        self.record.found_signed_in = self.canaries_in_memory()?;
        ensure!(
            !self.record.found_signed_in.is_empty(),
            "the search of the screen's memory finds nothing even while it must"
        );
        self.go_home()?;
        self.tap("Sign out")?;
        self.see("Sign in")?;
        self.record.found_signed_out = self.canaries_in_memory()?;
        ensure!(
            self.record.found_signed_out.is_empty(),
            "in memory after sign-out: {}",
            self.record.found_signed_out.join(", ")
        );
        Ok(())
    }

    /// Types small letters and spaces on the keys of the screen.
    pub(super) fn type_words(&mut self, words: &str) -> anyhow::Result<()> {
        for letter in words.chars() {
            if letter == ' ' {
                self.tap("Space")?;
            } else {
                self.screen.tap(Label::Is(letter.to_string()))?;
            }
        }
        self.record.typed.push(words.to_owned());
        Ok(())
    }

    /// Searches, and opens the first that is found of that person.
    pub(super) fn find_and_open(&mut self, words: &str, who: &str) -> anyhow::Result<()> {
        self.tap("Find")?;
        self.see("Search words")?;
        let keys = self.label("Keys");
        if !self.sees(&keys)? {
            self.tap("Search words")?;
        }
        for letter in words.chars() {
            self.screen.tap(Label::Is(letter.to_string()))?;
        }
        self.tap("Show what was found")?;
        self.screen.tap(Label::Is(who.to_owned()))?;
        self.screen.wait(Label::Is(self.label("Message")))?;
        Ok(())
    }

    /// Opens the first message of the thread whose row begins with one of these.
    pub(super) fn open_row(&mut self, beginnings: &[String]) -> anyhow::Result<()> {
        self.screen.wait(Label::Is(self.label("Write")))?;
        loop {
            for row in beginnings {
                if self.sees(row)? {
                    self.screen.tap(Label::Starts(row.clone()))?;
                    if self.is_opened()? {
                        return Ok(());
                    }
                    break;
                }
            }
            self.tap("More below")?;
        }
    }

    /// Whether the row that was touched opens. One that is only begun to be seen does not: it is
    /// brought further up first.
    fn is_opened(&mut self) -> anyhow::Result<bool> {
        for _ in 0..LOOKS_AT_A_ROW {
            if self.sees_just("Message")? {
                return Ok(true);
            }
            std::thread::park_timeout(ASK_AGAIN);
        }
        Ok(false)
    }

    /// Waits until central has taken in something the visitor wrote.
    pub(super) fn wait_for_written(
        &mut self,
        what: &'static str,
        fits: impl Fn(&Written) -> bool,
    ) -> anyhow::Result<()> {
        let is = dayroom_central::protocol::Outcome::Applied;
        self.wait_for_central(
            what,
            |deed| matches!(deed, Deed::Wrote { wrote, outcome } if *outcome == is && fits(wrote)),
        )
    }

    /// Their account as central has it.
    pub(super) fn account(&self) -> anyhow::Result<AccountBody> {
        Ok(self.facility.central().account(self.resident()?)?)
    }

    /// A message of theirs as central has it.
    pub(super) fn message(&self, id: MessageId) -> anyhow::Result<MessageBody> {
        Ok(self.facility.central().message(id)?.body)
    }

    /// The `n`th of the facility's reviewers.
    pub(super) fn reviewer(&self, n: usize) -> anyhow::Result<String> {
        let name = self.facility.demo().reviewers.get(n);
        name.cloned().context("the facility has no such reviewer")
    }

    /// Now, in central's terms.
    pub(super) fn now(&self) -> UtcMillis {
        UtcMillis(self.clock.now().utc.0)
    }

    /// A word on screen.
    pub(super) fn label(&self, english: &str) -> String {
        self.visitor.words.say(english).to_owned()
    }

    /// Waits for what is said in more words or in fewer, as there is room.
    pub(super) fn see_one_of(&mut self, english: &[&str]) -> anyhow::Result<()> {
        for _ in 0..patience() {
            for words in english {
                if self.sees_just(words)? {
                    return Ok(());
                }
            }
            std::thread::park_timeout(ASK_AGAIN);
        }
        bail!("none of these comes: {}", english.join(", "))
    }

    /// Whether something is on screen that is called just so.
    pub(super) fn sees_just(&mut self, english: &str) -> anyhow::Result<bool> {
        let wanted = self.label(english);
        let seen = self.screen.look()?;
        Ok(seen.iter().any(|(_, label)| *label == wanted))
    }
}
