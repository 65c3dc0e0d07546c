//! The sign-in before this one: what central knows, and what happened here since.

use crate::domain::overlay::JournalEntry;
use crate::domain::{IntentBody, LastSignIn};

/// The latest sign-in, with the wrong PINs since. `here` is what this kiosk is called.
pub fn last_sign_in(
    central: Option<LastSignIn>,
    entries: &[JournalEntry],
    here: &str,
) -> Option<LastSignIn> {
    let mut last = central;
    for entry in entries.iter().filter(|entry| entry.outcome.is_none()) {
        match &entry.intent.body {
            IntentBody::SignIn => {
                last = Some(LastSignIn {
                    at: entry.intent.made_at,
                    kiosk: here.to_owned(),
                    failed_since: 0,
                });
            }
            IntentBody::FailSignIn => {
                if let Some(last) = &mut last {
                    last.failed_since = last.failed_since.saturating_add(1);
                }
            }
            IntentBody::AnswerConnection { .. }
            | IntentBody::ReadMessage { .. }
            | IntentBody::SendMessage { .. }
            | IntentBody::SaveDraft { .. }
            | IntentBody::DropDraft { .. }
            | IntentBody::Appeal { .. }
            | IntentBody::Star { .. }
            | IntentBody::AcknowledgeNotice { .. }
            | IntentBody::SetPreferences { .. }
            | IntentBody::ChangePin { .. }
            | IntentBody::FreezeAccount
            | IntentBody::Consent { .. }
            | IntentBody::Undone => {}
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Intent, IntentId, IntentNumber, Outcome, ResidentId, UtcMillis};

    fn entry(number: u64, body: IntentBody, outcome: Option<Outcome>) -> JournalEntry {
        let intent = Intent {
            id: IntentId(Uuid::from_u128(u128::from(number))),
            number: IntentNumber(number),
            resident: ResidentId(Uuid::from_u128(7)),
            made_at: UtcMillis(1000 * i64::try_from(number).unwrap()),
            held_until: None,
            body,
        };
        JournalEntry { intent, outcome }
    }

    #[test]
    fn what_happened_here_and_is_not_settled_counts_on_top_of_what_central_knows() {
        let central = LastSignIn {
            at: UtcMillis(5),
            kiosk: "Yard".into(),
            failed_since: 2,
        };
        let said = |entries: &[JournalEntry]| {
            let last = last_sign_in(Some(central.clone()), entries, "Unit B").unwrap();
            (last.at.0, last.kiosk, last.failed_since)
        };
        assert_eq!(said(&[]), (5, "Yard".into(), 2));
        let failed = entry(1, IntentBody::FailSignIn, None);
        assert_eq!(said(std::slice::from_ref(&failed)), (5, "Yard".into(), 3));
        let entered = entry(2, IntentBody::SignIn, None);
        assert_eq!(
            said(&[failed.clone(), entered.clone()]),
            (2000, "Unit B".into(), 0)
        );
        assert_eq!(
            said(&[entered, entry(3, IntentBody::FailSignIn, None)]).2,
            1
        );
        let settled = entry(4, IntentBody::SignIn, Some(Outcome::Applied));
        assert_eq!(said(&[settled]), (5, "Yard".into(), 2));
    }
}
