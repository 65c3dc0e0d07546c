use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain::{self, IntentBody};
use dayroom_central::{Activity, Deed};
use dayroom_protocol::{MessageId, Outcome, Refusal, UtcMillis};

use super::ledger::{Act, Sure};
use super::words::is_written;
use super::world::World;

impl World {
    /// Every acknowledged act was applied once, or refused once with a reason; what was undone had
    /// no effect; what nobody did, did not happen.
    pub fn judge_acts(&mut self, activity: &[Activity]) -> Result<(), String> {
        let mut deeds: BTreeMap<domain::IntentId, Vec<&Activity>> = BTreeMap::new();
        for line in activity {
            if let Some(intent) = line.intent {
                let id = domain::IntentId(intent.0);
                deeds.entry(id).or_default().push(line);
            }
        }
        let mut refused = 0;
        for act in self.ledger.acts.values() {
            let body = kind_of(&act.body);
            let done = deeds.remove(&act.id).unwrap_or_default();
            let [line] = done.as_slice() else {
                if done.is_empty() && act.number.is_none() {
                    continue;
                }
                let times = done.len();
                return Err(format!("a {body} was taken in {times} times: {act:?}"));
            };
            if !is_of(act, line) {
                return Err(format!("a {body} came out as {:?}: {act:?}", line.deed));
            }
            refused += u64::from(outcome(&line.deed) != Some(Outcome::Applied));
        }
        self.ledger.counts.refused = refused;
        match deeds.into_values().flatten().next() {
            Some(line) => Err(format!("nobody did {:?}", line.deed)),
            None => Ok(()),
        }
    }

    /// A message is read if and only if somebody opened it, at the first such moment; and one that
    /// was shown as read is.
    pub fn judge_receipts(&self, activity: &[Activity]) -> Result<(), String> {
        let mut first: BTreeMap<MessageId, UtcMillis> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        for line in activity {
            if let Deed::MessageRead { message, outcome } = line.deed {
                if outcome == Outcome::Applied {
                    first.entry(message).or_insert(line.made_at);
                } else {
                    refused.insert(message);
                }
            }
        }
        for letter in &self.ledger.facts.letters {
            let line = self.central.message(letter.id).map_err(|e| e.to_string())?;
            if line.body.read_at != first.get(&letter.id).copied() {
                return Err("a receipt is not of the first reading".to_owned());
            }
        }
        for (_, message) in &self.ledger.shown_as_read {
            if !first.contains_key(message) && !refused.contains(message) {
                return Err("a message was shown as read, and no receipt came".to_owned());
            }
        }
        Ok(())
    }
}

pub fn kind_of(body: &IntentBody) -> &'static str {
    match body {
        IntentBody::AnswerConnection { .. } => "answer",
        IntentBody::ReadMessage { .. } => "reading",
        IntentBody::SignIn => "sign-in",
        IntentBody::FailSignIn => "failed sign-in",
        IntentBody::Consent { .. } => "consent",
        IntentBody::Undone => "undone act",
        IntentBody::SendMessage { .. }
        | IntentBody::SaveDraft { .. }
        | IntentBody::DropDraft { .. }
        | IntentBody::Appeal { .. }
        | IntentBody::Star { .. }
        | IntentBody::AcknowledgeNotice { .. }
        | IntentBody::SetPreferences { .. }
        | IntentBody::ChangePin { .. }
        | IntentBody::FreezeAccount => body.name(),
    }
}

pub fn outcome(deed: &Deed) -> Option<Outcome> {
    match deed {
        Deed::ConnectionAnswered(answered) => Some(answered.outcome),
        Deed::MessageRead { outcome, .. }
        | Deed::SignedIn { outcome }
        | Deed::SignInFailed { outcome }
        | Deed::Consented { outcome, .. }
        | Deed::Wrote { outcome, .. }
        | Deed::Undone { outcome }
        | Deed::Unsupported { outcome } => Some(*outcome),
        Deed::DraftKey { .. } | Deed::Enrolment { .. } | Deed::Alarm { .. } => None,
    }
}

/// Whether a line of central's tells of this act, as it was in the end.
fn is_of(act: &Act, line: &Activity) -> bool {
    let undone = matches!(
        line.deed,
        Deed::Undone {
            outcome: Outcome::Applied
        }
    );
    let itself = match (&act.body, &line.deed) {
        (IntentBody::AnswerConnection { connection, answer }, Deed::ConnectionAnswered(did)) => {
            connection.0 == did.connection.0 && format!("{answer:?}") == format!("{:?}", did.answer)
        }
        (
            IntentBody::ReadMessage { message },
            Deed::MessageRead {
                message: did,
                outcome,
            },
        ) => {
            let known = [
                Outcome::Applied,
                Outcome::Refused {
                    reason: Refusal::NotFound,
                },
            ];
            message.0 == did.0 && known.contains(outcome)
        }
        (IntentBody::SignIn, Deed::SignedIn { outcome })
        | (IntentBody::FailSignIn, Deed::SignInFailed { outcome })
        | (IntentBody::Consent { .. }, Deed::Consented { outcome, .. }) => {
            *outcome == Outcome::Applied
        }
        (body, Deed::Wrote { wrote, .. }) => is_written(body, wrote),
        _ => false,
    };
    let same_person = line.resident == Some(act.resident);
    let same_time = line.made_at.0 == act.made_at.0;
    same_person
        && same_time
        && match act.undone {
            Sure::Yes => undone,
            Sure::No => itself,
            Sure::Perhaps => undone || itself,
        }
}
