//! What somebody did here about their own account and central has not settled.

use crate::domain::overlay::JournalEntry;
use crate::domain::{IntentBody, Preferences, UtcMillis};

/// The verifier of the PIN chosen here last, unless staff have given them another one since.
pub fn chosen_verifier(entries: &[JournalEntry], replaced_at: Option<UtcMillis>) -> Option<String> {
    let later =
        |entry: &&JournalEntry| replaced_at.is_none_or(|replaced| entry.intent.made_at > replaced);
    let entries = entries.iter().filter(later);
    unsettled(entries)
        .filter_map(|body| {
            if let IntentBody::ChangePin { verifier } = body {
                return Some(verifier.clone());
            }
            None
        })
        .last()
}

/// Whether they closed their own sign-in here.
pub fn is_frozen_here(entries: &[JournalEntry]) -> bool {
    unsettled(entries).any(|body| *body == IntentBody::FreezeAccount)
}

/// How they want the screen: what they chose here last, else what central has.
pub fn preferences(central: Preferences, entries: &[JournalEntry]) -> Preferences {
    unsettled(entries)
        .filter_map(|body| {
            if let IntentBody::SetPreferences { preferences } = body {
                return Some(preferences.clone());
            }
            None
        })
        .last()
        .unwrap_or(central)
}

fn unsettled<'a>(
    entries: impl IntoIterator<Item = &'a JournalEntry>,
) -> impl Iterator<Item = &'a IntentBody> {
    entries
        .into_iter()
        .filter(|entry| entry.outcome.is_none())
        .map(|entry| &entry.intent.body)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Intent, IntentId, IntentNumber, Outcome, ResidentId, TextSize};

    fn entry(number: u64, body: IntentBody, outcome: Option<Outcome>) -> JournalEntry {
        JournalEntry {
            intent: Intent {
                id: IntentId(Uuid::from_u128(u128::from(number))),
                number: IntentNumber(number),
                resident: ResidentId(Uuid::from_u128(1)),
                made_at: UtcMillis(0),
                held_until: None,
                body,
            },
            outcome,
        }
    }

    fn chosen(verifier: &str) -> IntentBody {
        let verifier = verifier.to_owned();
        IntentBody::ChangePin { verifier }
    }

    #[test]
    fn the_pin_chosen_last_goes_until_central_has_settled_it() {
        let entries = [entry(1, chosen("a"), None), entry(2, chosen("b"), None)];
        assert_eq!(chosen_verifier(&entries, None).as_deref(), Some("b"));
        let reset = Some(UtcMillis(0));
        assert_eq!(
            chosen_verifier(&entries, reset),
            None,
            "staff gave another one since"
        );
        let settled = [entry(1, chosen("a"), Some(Outcome::Applied))];
        assert_eq!(chosen_verifier(&settled, None), None);
    }

    #[test]
    fn a_freeze_holds_here_before_central_knows_of_it() {
        assert!(is_frozen_here(&[entry(1, IntentBody::FreezeAccount, None)]));
        assert!(!is_frozen_here(&[entry(1, IntentBody::SignIn, None)]));
    }

    #[test]
    fn what_was_chosen_here_stands_before_what_central_has() {
        let large = Preferences {
            text_size: TextSize::Large,
            ..Preferences::default()
        };
        let set = IntentBody::SetPreferences {
            preferences: large.clone(),
        };
        assert_eq!(
            preferences(Preferences::default(), &[entry(1, set, None)]),
            large
        );
        assert_eq!(preferences(large.clone(), &[]), large);
    }
}
