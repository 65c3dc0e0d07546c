//! Finding: words, whose letters are folded; only starred; only unread.

use super::leg::Leg;
use crate::runtime::puppet::Label;

impl Leg<'_> {
    /// Searches by words and by marks.
    pub(super) fn find(&mut self) -> anyhow::Result<()> {
        self.enter()?;
        self.tap("Find")?;
        self.see("Search words")?;
        self.type_words("kitchenxylo")?;
        self.see("Nothing was found. Try fewer words, or the beginning of a word.")?;
        self.picture("nothing-found")?;
        for _ in "xylo".chars() {
            self.tap("Delete")?;
        }
        self.tap("Show what was found")?;
        self.screen.wait(Label::Is(self.writer().to_owned()))?;
        self.picture("found")?;
        self.tap("Clear")?;
        self.tap("Only starred")?;
        self.screen.wait(Label::Is(self.writer().to_owned()))?;
        self.picture("starred")?;
        self.tap("Only starred")?;
        self.tap("Only unread")?;
        self.screen.wait(Label::Starts("New. You have".into()))?;
        self.picture("unread")?;
        self.leave()
    }
}
