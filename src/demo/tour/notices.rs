//! Required reading: read, said so, and the receipt is at central.

use anyhow::{Context, ensure};
use dayroom_central::Written;

use super::leg::Leg;
use crate::runtime::puppet::Label;

impl Leg<'_> {
    /// Reads a page of the handbook and says so.
    pub(super) fn required_reading(&mut self) -> anyhow::Result<()> {
        let central = self.facility.central();
        let notices = central.notices(self.facility.demo().facility)?;
        let notice = notices.into_iter().find(|line| line.body.must_acknowledge);
        let notice = notice.context("nothing has to be read")?;
        let titles = &notice.body.title.0;
        let title = titles
            .get(&self.visitor.person.language)
            .or_else(|| titles.get("en"))
            .context("the page has no title")?;
        self.enter()?;
        let to_read = self.beginning("To read: {0}");
        self.screen.tap(Label::Starts(to_read))?;
        self.page_down_to(title)?;
        self.picture("to-read")?;
        self.screen.tap(Label::Starts(title.clone()))?;
        self.see("I have read this")?;
        self.picture("page")?;
        self.tap("I have read this")?;
        let id = notice.id;
        self.wait_for_written(
            "reading",
            |wrote| matches!(wrote, Written::NoticeAcknowledged { notice, .. } if *notice == id),
        )?;
        let said = self.beginning("You said you have read this: {0}.");
        self.screen.wait(Label::Starts(said))?;
        self.picture("said")?;
        let resident = self.resident()?;
        let have = central.acknowledgements(id)?.have;
        ensure!(
            have.iter().any(|has| has.resident.id == resident),
            "central has no receipt"
        );
        self.leave()
    }
}
