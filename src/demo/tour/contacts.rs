//! Contacts: one removed and kept after all, one accepted after all, a block lifted, and a lawyer
//! in the ordinary lane, where it stops.

use anyhow::{bail, ensure};
use dayroom_central::protocol::{
    Answer, ApprovalRule, ConnectionState, Contact, Identity, Lane, Outcome,
};
use dayroom_central::{Deed, NewConnection, Opening};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::leg::Leg;
use crate::runtime::puppet::Label;

const LAWYER: &str = "Grace Whitman";
/// Pages of the list that are looked through.
const MOST_PAGES: usize = 12;

impl Leg<'_> {
    /// Goes through the contacts.
    pub(super) fn contacts(&mut self) -> anyhow::Result<()> {
        self.put_a_lawyer_in_the_ordinary_lane()?;
        self.enter()?;
        self.tap("Contacts")?;
        let write = format!("Write to {LAWYER}");
        self.choose(LAWYER, &write)?;
        self.screen.tap(Label::Is(write))?;
        self.see("Messages with this person are READ BY STAFF.")?;
        self.picture("lawyer-stop")?;
        self.tap("Back, do not write")?;
        self.screen.wait(Label::Is(format!("Write to {LAWYER}")))?;
        self.choose("Darnell Price", "Remove Darnell Price")?;
        self.picture("contact")?;
        self.screen.tap(Label::Is("Remove Darnell Price".into()))?;
        self.see("Undo")?;
        self.picture("removed-with-undo")?;
        self.tap("Undo")?;
        self.screen.wait(Label::Is("Remove Darnell Price".into()))?;
        self.choose("Kevin Stroud", "Accept after all")?;
        self.tap("Accept after all")?;
        self.see("Undo")?;
        self.wait_for_answer("acceptance_after_all", Answer::Accept)?;
        self.picture("accepted-after-all")?;
        self.choose("Tonya Marsh", "Lift the block")?;
        self.tap("Lift the block")?;
        self.see("Undo")?;
        self.wait_for_answer("block_lifted", Answer::Unblock)?;
        self.picture("block-lifted")?;
        self.assert_states()?;
        self.leave()
    }

    /// Touches a name of the list, further down if it must be, until what can be done with them is
    /// there. A row that is only begun to be seen is not touched.
    fn choose(&mut self, name: &str, what_can_be_done: &str) -> anyhow::Result<()> {
        for _ in 0..MOST_PAGES {
            if self.sees(name)? {
                self.screen.tap(Label::Starts(name.into()))?;
            }
            if self.sees(what_can_be_done)? {
                return Ok(());
            }
            self.tap("More below")?;
        }
        bail!("{name} is not among the contacts")
    }

    fn wait_for_answer(&mut self, what: &'static str, wanted: Answer) -> anyhow::Result<()> {
        self.wait_for_central(what, |deed| {
            matches!(deed, Deed::ConnectionAnswered(answered)
                if answered.answer == wanted && answered.outcome == Outcome::Applied)
        })
    }

    fn put_a_lawyer_in_the_ordinary_lane(&self) -> anyhow::Result<()> {
        let new = NewConnection {
            resident: self.resident()?,
            contact: Contact {
                name: LAWYER.to_owned(),
                relationship: "Attorney".to_owned(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::AfterResident,
            opening: Opening::Active,
        };
        let central = self.facility.central();
        central.add_connection_request(&new, self.now(), &mut StdRng::from_os_rng())?;
        Ok(())
    }

    fn assert_states(&self) -> anyhow::Result<()> {
        for line in self.facility.central().connections(self.resident()?)? {
            let state = &line.body.state;
            let right = match line.body.contact.name.as_str() {
                "Darnell Price" => matches!(state, ConnectionState::Active { .. }),
                "Kevin Stroud" => !matches!(state, ConnectionState::Declined { .. }),
                "Tonya Marsh" => !matches!(state, ConnectionState::Blocked { .. }),
                _ => true,
            };
            ensure!(right, "{:?} is not what was chosen", line.id);
        }
        Ok(())
    }
}
