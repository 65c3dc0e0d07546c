//! My account: another PIN with the weak ones refused, preferences that follow to another start of
//! the screen, and freezing.

use anyhow::ensure;
use dayroom_central::Written;
use dayroom_central::protocol::Access;

use super::leg::Leg;
use crate::demo::Driver;
use crate::runtime::puppet::Label;

/// A PIN of no pattern.
const NEW_PIN: &str = "580317";
/// What is refused, and what is said of it.
const WEAK: [(&str, &str); 3] = [
    (
        "123456",
        "Digits in a row are guessed first. Please choose another PIN.",
    ),
    (
        "121212",
        "Digits that repeat are guessed first. Please choose another PIN.",
    ),
    (
        "159753",
        "Many people choose this one. Please choose another PIN.",
    ),
];

impl Leg<'_> {
    /// Looks after the account.
    pub(super) fn my_account(&mut self) -> anyhow::Result<()> {
        self.enter()?;
        self.tap("My account")?;
        self.picture("account")?;
        self.change_pin()?;
        self.tap("My account")?;
        self.tap("How the screen looks")?;
        self.tap("Large")?;
        self.tap("Dark")?;
        self.picture("larger-and-dark")?;
        self.wait_for_written("preferences", |w| matches!(w, Written::PreferencesSet))?;
        self.tap("My account")?;
        self.leave()?;
        self.start_again()?;
        self.enter()?;
        self.picture("the-same-after-a-new-start")?;
        self.tap("My account")?;
        self.tap("Freeze your account")?;
        self.picture("freeze")?;
        self.tap("Freeze my account now")?;
        self.wait_for_written("freezing", |w| matches!(w, Written::AccountFrozen))?;
        self.see("Sign in")?;
        self.picture("frozen")?;
        let access = self.facility.central().access(self.resident()?)?;
        ensure!(access != Access::Open, "central leaves the account open");
        self.tap("Sign in")?;
        self.type_digits(&self.visitor.person.number.clone())?;
        self.tap("Go")?;
        self.type_pin()?;
        self.screen.wait(Label::Has("staff".into()))?;
        self.picture("cannot-sign-in")
    }

    fn change_pin(&mut self) -> anyhow::Result<()> {
        self.tap("Change your PIN")?;
        self.type_pin()?;
        self.see("Now the new PIN: 6 to 8 digits.")?;
        for (weak, why) in WEAK {
            self.type_digits(weak)?;
            self.tap("Go")?;
            self.see(why)?;
        }
        self.picture("weak-pin")?;
        self.type_digits(NEW_PIN)?;
        self.tap("Go")?;
        self.see("The new PIN once more.")?;
        self.type_digits(NEW_PIN)?;
        self.tap("Go")?;
        self.see("Your new PIN goes from now on, on every kiosk.")?;
        self.picture("new-pin")?;
        NEW_PIN.clone_into(&mut self.visitor.person.pin);
        self.wait_for_written("pin", |w| matches!(w, Written::PinChanged))
    }

    /// Another screen process on the same kiosk.
    fn start_again(&mut self) -> anyhow::Result<()> {
        let state = self.facility.kiosk_folder();
        self.screen.stop()?;
        self.screen = Driver::start(&self.program, &state, self.visitor.panel)?;
        Ok(())
    }
}
