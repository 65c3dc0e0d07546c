//! The way of a message: overdue, released, collected, read; and not allowed, appealed, and allowed
//! by another reviewer.

use anyhow::{Context, ensure};
use dayroom_central::protocol::{Direction, MessageId, MessageState, Role};
use dayroom_central::{OperatorError, Ruling, Written};

use super::leg::Leg;
use crate::runtime::puppet::Label;

impl Leg<'_> {
    /// One that waited too long goes its way while its writer looks on.
    pub(super) fn overdue_to_read(&mut self) -> anyhow::Result<()> {
        let id = self.one_that(|state| matches!(state, MessageState::OnHold { .. }))?;
        self.enter()?;
        self.find_and_open("twice", "Darnell Price")?;
        self.screen.wait(Label::Has("OVERDUE".into()))?;
        self.picture("overdue")?;
        let (central, reviewer) = (self.facility.central(), self.reviewer(0)?);
        central.release_reviewed(id, &reviewer, self.now())?;
        let outbox = self.folder.join("state").join("outbox");
        let facility = self.facility.demo().facility;
        let collected = central.collect_mail(facility, &outbox, self.now())?;
        ensure!(collected.written >= 1, "nothing was collected");
        ensure!(
            outbox.join(format!("{id}.eml")).exists(),
            "the message is not among what goes out"
        );
        self.see("Delivered")?;
        self.picture("delivered")?;
        central.message_opened(id, self.now())?;
        let read = format!("{} ·", self.label("Read"));
        self.screen.wait(Label::Starts(read))?;
        self.picture("read")?;
        ensure!(
            self.message(id)?.read_at.is_some(),
            "central has no reading"
        );
        self.leave()
    }

    /// One that was not allowed is appealed, and another reviewer allows it.
    pub(super) fn appeal_granted(&mut self) -> anyhow::Result<()> {
        let id = self.one_that(|state| matches!(state, MessageState::Rejected { .. }))?;
        let before = self.account()?.balance;
        self.enter()?;
        self.find_and_open("cell", self.writer())?;
        self.see("Not allowed")?;
        self.screen.wait(Label::Has("M-12".into()))?;
        self.picture("not-allowed")?;
        self.tap("Ask for another reviewer")?;
        self.see("Undo asking for another reviewer")?;
        self.picture("appealed-with-undo")?;
        self.wait_for_written(
            "appeal",
            |wrote| matches!(wrote, Written::Appealed { message } if *message == id),
        )?;
        let with_another = self.beginning("With another reviewer {0}");
        self.screen.wait(Label::Starts(with_another))?;
        self.picture("appealed")?;
        let central = self.facility.central();
        let same = central.decide_appeal(
            id,
            &Ruling::Grant,
            (Role::Supervisor, &self.reviewer(0)?),
            self.now(),
        );
        ensure!(
            matches!(same, Err(OperatorError::SameReviewer)),
            "who rejected it may decide the appeal"
        );
        central.decide_appeal(
            id,
            &Ruling::Grant,
            (Role::Supervisor, &self.reviewer(1)?),
            self.now(),
        )?;
        self.see("Another reviewer allowed it")?;
        self.picture("allowed")?;
        ensure!(
            self.message(id)?.state == MessageState::Delivered,
            "central has not allowed it"
        );
        ensure!(self.account()?.balance == before, "the appeal cost money");
        self.leave()
    }

    /// The oldest message they wrote that stands so.
    fn one_that(&self, stands: fn(&MessageState) -> bool) -> anyhow::Result<MessageId> {
        let messages = self.facility.central().messages(self.resident()?)?;
        let found = messages
            .iter()
            .filter(|line| line.body.direction == Direction::Outgoing && stands(&line.body.state))
            .min_by_key(|line| line.body.at);
        Ok(found.context("no message of theirs stands so")?.id)
    }
}
