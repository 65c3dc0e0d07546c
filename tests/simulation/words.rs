use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain::{self, DraftId, IntentBody, IntentId};
use dayroom_central::{Activity, Deed, Written};
use dayroom_protocol::{self as wire, Direction, Outcome};

use super::deeds::outcome;
use super::ledger::Act;
use super::world::World;

/// What became of an act at central.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Applied,
    Refused,
    Undone,
}

impl World {
    /// Every acknowledged message was taken in once, or its words are back where they were written;
    /// and no words are gone that nobody sent or threw away.
    pub fn judge_words(&self, activity: &[Activity]) -> Result<(), String> {
        let mut ends = BTreeMap::new();
        for line in activity {
            let (Some(intent), Some(outcome)) = (line.intent, outcome(&line.deed)) else {
                continue;
            };
            let end = match (&line.deed, outcome) {
                (Deed::Undone { .. }, _) => End::Undone,
                (_, Outcome::Applied) => End::Applied,
                (_, Outcome::Refused { .. }) => End::Refused,
            };
            ends.insert(IntentId(intent.0), end);
        }
        self.judge_sent(&ends)?;
        // A central that was set back counts revisions anew: words written from one it has lost go
        // beside others, or in their place. And what it had taken in, it may refuse this time: no
        // draft comes back of that, the journal has its words as an intent only.
        if self.ledger.counts.restores == 0 {
            self.judge_drafts(&ends)?;
        }
        self.judge_money()
    }

    fn judge_sent(&self, ends: &BTreeMap<IntentId, End>) -> Result<(), String> {
        let mut taken: BTreeSet<wire::MessageId> = BTreeSet::new();
        for act in self.ledger.acts.values() {
            let IntentBody::SendMessage { message, text, .. } = &act.body else {
                continue;
            };
            match ends.get(&act.id) {
                Some(End::Applied) => {
                    taken.insert(wire::MessageId(message.0));
                }
                Some(End::Refused | End::Undone) => {
                    self.judge_back(act, DraftId(message.0), text)?
                }
                None => {}
            }
        }
        let mut known = 0;
        for person in &self.grounds.people {
            let messages = self
                .central
                .messages(person.id)
                .map_err(|e| e.to_string())?;
            for line in messages {
                if line.body.direction == Direction::Incoming {
                    continue;
                }
                known += 1;
                if !taken.contains(&line.id) {
                    return Err("central has a message nobody sent".to_owned());
                }
            }
        }
        if known != taken.len() {
            return Err(format!(
                "{} messages were taken in, {known} are there",
                taken.len()
            ));
        }
        Ok(())
    }

    /// Words that did not go are in the journal they were written in, unless something came after.
    fn judge_back(&self, act: &Act, draft: DraftId, text: &str) -> Result<(), String> {
        let after = |other: &Act| {
            let same = match &other.body {
                IntentBody::SendMessage { message, .. } => message.0 == draft.0,
                IntentBody::DropDraft { draft: id } | IntentBody::SaveDraft { draft: id, .. } => {
                    *id == draft
                }
                _ => false,
            };
            // What was not acknowledged may have been written all the same.
            let later = other.number.is_none() || other.number > act.number;
            same && other.kiosk == act.kiosk && other.id != act.id && later
        };
        let set_back = self.ledger.counts.restores > 0;
        if set_back || act.number.is_none() || self.ledger.acts.values().any(after) {
            return Ok(());
        }
        let screen = self.kiosks[act.kiosk].screen.as_ref();
        let screen = screen.ok_or("a screen does not run")?;
        let resident = domain::ResidentId(act.resident.0);
        let back = screen.journal.draft_by_id(resident, draft);
        match back.map_err(|error| format!("{error:?}"))? {
            Some(back) if back.body == text => Ok(()),
            _ => Err(format!(
                "kiosk {} lost words that were not taken",
                act.kiosk
            )),
        }
    }

    fn judge_drafts(&self, ends: &BTreeMap<IntentId, End>) -> Result<(), String> {
        for person in &self.grounds.people {
            let drafts = self.central.drafts(person.id).map_err(|e| e.to_string())?;
            let live: BTreeSet<&str> = drafts
                .iter()
                .filter_map(|(_, body)| body.sealed.as_deref())
                .collect();
            let beside: BTreeMap<_, _> = drafts
                .iter()
                .filter_map(|(id, body)| Some((id.0, body.beside?.0)))
                .collect();
            let root = |mut id| {
                while let Some(of) = beside.get(&id) {
                    id = *of;
                }
                id
            };
            let applied: Vec<&Act> = self
                .ledger
                .acts
                .values()
                .filter(|act| act.resident == person.id && ends.get(&act.id) == Some(&End::Applied))
                .collect();
            let ended: BTreeSet<_> = applied
                .iter()
                .filter_map(|act| match &act.body {
                    IntentBody::SendMessage { message, .. } => Some(root(message.0)),
                    IntentBody::DropDraft { draft } => Some(root(draft.0)),
                    _ => None,
                })
                .collect();
            for act in &applied {
                let IntentBody::SaveDraft { draft, sealed, .. } = &act.body else {
                    continue;
                };
                let replaced = applied.iter().any(|other| {
                    let saw = self.ledger.saw.get(&other.id) == Some(sealed);
                    let goes_on = other.kiosk == act.kiosk
                        && other.number.is_none_or(|number| Some(number) > act.number)
                        && other.id != act.id
                        && matches!(&other.body, IntentBody::SaveDraft { draft: id, .. } if id == draft);
                    saw || goes_on
                });
                if !replaced && !ended.contains(&root(draft.0)) && !live.contains(sealed.as_str()) {
                    return Err(format!("words kept at kiosk {} are gone", act.kiosk));
                }
            }
        }
        Ok(())
    }

    /// No cent is made or lost, and nobody owes any.
    fn judge_money(&self) -> Result<(), String> {
        let sum = self
            .central
            .count_money(self.grounds.facility)
            .map_err(|e| e.to_string())?;
        let mut held = 0;
        for person in &self.grounds.people {
            let account = self.central.account(person.id).map_err(|e| e.to_string())?;
            held += u64::from(account.balance.0);
        }
        let deposits = self.ledger.facts.deposits;
        let whole = i64::try_from(sum.residents + sum.postage).ok() == Some(sum.outside);
        if sum.miscounted > 0 || held != sum.residents || !whole || sum.outside != deposits {
            return Err(format!("money: {sum:?}, shown {held}, paid in {deposits}"));
        }
        Ok(())
    }
}

/// Whether a settled act is the one central tells of.
pub fn is_written(body: &IntentBody, wrote: &Written) -> bool {
    match (body, wrote) {
        (IntentBody::SendMessage { message, .. }, Written::MessageSent { message: did })
        | (IntentBody::Appeal { message }, Written::Appealed { message: did })
        | (IntentBody::Star { message, .. }, Written::Starred { message: did }) => {
            message.0 == did.0
        }
        (IntentBody::SaveDraft { draft, .. }, Written::DraftSaved { draft: did })
        | (IntentBody::DropDraft { draft }, Written::DraftDropped { draft: did }) => {
            draft.0 == did.0
        }
        (
            IntentBody::AcknowledgeNotice { notice, version },
            Written::NoticeAcknowledged {
                notice: did,
                version: of,
            },
        ) => notice.0 == did.0 && version == of,
        (IntentBody::SetPreferences { .. }, Written::PreferencesSet) => true,
        _ => false,
    }
}
