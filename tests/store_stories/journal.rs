use std::time::Duration;

use dayroom::domain::sign_in::TryRecord;
use dayroom::domain::{
    Answer, BootId, BootMillis, BootMoment, DraftId, Intent, IntentBody, IntentNumber, MessageId,
    Outcome, Refusal, UtcMillis,
};
use dayroom::store::{Draft, JournalReader, NewIntent, SETTLED_KEPT, SavedDraft, StoreError};
use uuid::Uuid;

use crate::people::*;

const BOOT: BootId = BootId(u128::MAX - 5);

pub fn accept(n: u128) -> NewIntent {
    NewIntent {
        id: intent_id(n),
        resident: MARIA,
        made_at: NOON,
        held_until: None,
        body: IntentBody::AnswerConnection {
            connection: ROSA,
            answer: Answer::Accept,
        },
    }
}

fn held(n: u128) -> NewIntent {
    NewIntent {
        held_until: Some(at(10_000)),
        ..accept(n)
    }
}

fn at(millis: u64) -> BootMoment {
    BootMoment {
        boot: BOOT,
        at: BootMillis(millis),
    }
}

fn reader(store: &Store) -> JournalReader {
    JournalReader::open(&store.place, &key()).unwrap()
}

fn numbers(intents: &[Intent]) -> Vec<u64> {
    intents.iter().map(|intent| intent.number.0).collect()
}

fn days(count: i64) -> UtcMillis {
    UtcMillis(NOON.0 + count * 24 * 60 * 60 * 1_000)
}

#[test]
fn a_journal_keeps_its_name_and_numbers_over_a_restart() {
    let store = Store::new();
    let mut journal = store.journal();
    let name = journal.identity();
    assert_eq!(journal.record(&accept(1)).unwrap(), IntentNumber(1));
    drop(journal);
    let mut journal = store.journal();
    assert_eq!(journal.identity(), name);
    assert_eq!(journal.record(&accept(2)).unwrap(), IntentNumber(2));
    assert_eq!(reader(&store).identity().unwrap(), name);
    let other = Store::new();
    assert_ne!(other.journal().identity(), name);
}

#[test]
fn an_intent_is_read_back_as_it_was_written() {
    let store = Store::new();
    let mut journal = store.journal();
    let bodies = [
        held(1).body,
        IntentBody::ReadMessage {
            message: message(1).id,
        },
        IntentBody::SignIn,
        IntentBody::FailSignIn,
        IntentBody::Consent { version: 3 },
    ];
    for (n, body) in (1..).zip(bodies.clone()) {
        journal.record(&NewIntent { body, ..held(n) }).unwrap();
    }
    let read = reader(&store).offers(IntentNumber(1), 10).unwrap();
    assert_eq!(read, journal.unsettled(MARIA).unwrap());
    assert!(journal.unsettled(SAMUEL).unwrap().is_empty());
    for ((n, intent), body) in (1..).zip(read).zip(bodies) {
        let expected = Intent {
            id: intent_id(n),
            number: IntentNumber(n as u64),
            resident: MARIA,
            made_at: NOON,
            held_until: Some(at(10_000)),
            body,
        };
        assert_eq!(intent, expected);
    }
}

#[test]
fn a_refused_insert_uses_up_no_number() {
    let store = Store::new();
    let mut journal = store.journal();
    journal.record(&accept(1)).unwrap();
    assert!(matches!(
        journal.record(&accept(1)),
        Err(StoreError::IntentExists)
    ));
    assert_eq!(reader(&store).next_number().unwrap(), IntentNumber(2));
    assert_eq!(journal.record(&accept(2)).unwrap(), IntentNumber(2));
}

#[test]
fn an_undone_choice_leaves_its_place_and_no_word_of_it() {
    let store = Store::new();
    let mut journal = store.journal();
    journal.record(&accept(1)).unwrap();
    let choice = journal.record(&held(2)).unwrap();
    journal.record(&accept(3)).unwrap();
    assert!(journal.undo(choice, at(8_000)).unwrap());
    let offers = reader(&store).offers(IntentNumber(1), 10).unwrap();
    assert_eq!(numbers(&offers), [1, 2, 3]);
    assert_eq!(offers[1].body, IntentBody::Undone);
    assert_eq!(offers[1].held_until, None);
    assert!(!journal.undo(choice, at(8_000)).unwrap());
}

#[test]
fn a_choice_is_not_undone_in_its_last_second_nor_after_a_restart() {
    let store = Store::new();
    let mut journal = store.journal();
    let choice = journal.record(&held(1)).unwrap();
    let free = journal.record(&accept(2)).unwrap();
    assert!(!journal.undo(choice, at(9_001)).unwrap());
    assert!(!journal.undo(choice, at(10_000)).unwrap());
    let restarted = BootMoment {
        boot: BootId(2),
        at: BootMillis(0),
    };
    assert!(!journal.undo(choice, restarted).unwrap());
    assert!(!journal.undo(free, at(0)).unwrap());
    assert_eq!(journal.unsettled(MARIA).unwrap()[0].body, held(1).body);
    assert!(journal.undo(choice, at(9_000)).unwrap());
}

#[test]
fn what_is_settled_is_kept_fourteen_days_and_numbers_run_on() {
    let store = Store::new();
    let mut journal = store.journal();
    for n in 1..=3 {
        journal.record(&accept(n)).unwrap();
    }
    let reader = reader(&store);
    let ended = [
        (intent_id(1), Outcome::Applied),
        (intent_id(2), Outcome::Applied),
    ];
    journal.drop_settled(&ended, NOON).unwrap();
    assert_eq!(numbers(&journal.unsettled(MARIA).unwrap()), [3]);
    assert_eq!(numbers(&reader.offers(IntentNumber(1), 10).unwrap()), [3]);
    assert_eq!(numbers(&reader.held(IntentNumber(2), 10).unwrap()), [2, 3]);
    assert_eq!(numbers(&reader.settled_since(NOON).unwrap()), [1, 2]);
    assert!(reader.settled_since(days(1)).unwrap().is_empty());

    assert_eq!(SETTLED_KEPT, Duration::from_secs(14 * 86_400));
    journal.drop_settled(&[], days(14)).unwrap();
    assert_eq!(reader.first_held().unwrap(), IntentNumber(1));
    journal
        .drop_settled(&[], UtcMillis(days(14).0 + 1))
        .unwrap();
    assert_eq!(reader.first_held().unwrap(), IntentNumber(3));

    let all = [(intent_id(3), Outcome::Applied)];
    journal.drop_settled(&all, days(15)).unwrap();
    journal.drop_settled(&[], days(30)).unwrap();
    assert_eq!(reader.first_held().unwrap(), IntentNumber(4));
    assert_eq!(journal.record(&accept(4)).unwrap(), IntentNumber(4));
}

#[test]
fn an_intent_that_is_not_settled_stays_for_ever() {
    let store = Store::new();
    let mut journal = store.journal();
    journal.record(&accept(1)).unwrap();
    journal.drop_settled(&[], days(4_000)).unwrap();
    assert_eq!(reader(&store).unsettled_of(MARIA).unwrap(), 1);
    assert_eq!(journal.open_ids(10).unwrap(), [intent_id(1)]);
}

#[test]
fn a_refusal_stays_until_its_resident_was_told() {
    let store = Store::new();
    let mut journal = store.journal();
    let first = journal.record(&accept(1)).unwrap();
    journal.record(&accept(2)).unwrap();
    journal.record(&accept(3)).unwrap();
    let refused = Outcome::Refused {
        reason: Refusal::Withdrawn,
    };
    let ended = [(intent_id(1), refused), (intent_id(2), Outcome::Applied)];
    journal.drop_settled(&ended, NOON).unwrap();
    let entries = journal.entries(MARIA).unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|entry| (entry.intent.number.0, entry.outcome))
        .collect();
    assert_eq!(seen, [(1, Some(refused)), (3, None)]);

    journal.note_told(&[first]).unwrap();
    assert_eq!(journal.entries(MARIA).unwrap().len(), 1);
    assert!(journal.entries(SAMUEL).unwrap().is_empty());
}

#[test]
fn tries_are_kept_by_number_whether_it_is_anybodys_or_not() {
    let store = Store::new();
    let mut journal = store.journal();
    let fresh = TryRecord::default();
    assert_eq!(journal.tries(&number("4711")).unwrap(), fresh);
    let tried = TryRecord::default().count_try(at(5)).count_try(at(9));
    journal.save_tries(&number("4711"), &tried).unwrap();
    drop(journal);
    let mut journal = store.journal();
    assert_eq!(journal.tries(&number("4711")).unwrap(), tried);
    assert_eq!(journal.tries(&number("04711")).unwrap(), fresh);
    journal.save_tries(&number("4711"), &fresh).unwrap();
    let rows: i64 = store
        .raw("journal.db")
        .query_row("SELECT count(*) FROM sign_in_tries", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn no_number_is_in_the_journal_even_for_who_has_the_key() {
    let store = Store::new();
    let mut journal = store.journal();
    let tried = TryRecord::default().count_try(at(5));
    journal.save_tries(&number("918273645"), &tried).unwrap();
    let pages = crate::secrets::clear_pages(&store, "journal.db");
    assert!(!crate::secrets::holds(&pages, b"918273645"));
    assert!(crate::secrets::holds(&pages, b"without_success"));
}

#[test]
fn drafts_are_kept_by_resident() {
    let store = Store::new();
    let mut journal = store.journal();
    let mut draft = Draft {
        id: DraftId(Uuid::from_u128(1)),
        resident: MARIA,
        connection: ROSA,
        body: "Dear".to_owned(),
        changed_at: NOON,
        refused: None,
        based_on: 0,
    };
    journal.save_draft(&draft).unwrap();
    draft.body = "Dear Rosa".to_owned();
    journal.save_draft(&draft).unwrap();
    assert!(journal.draft(MARIA, ROSA).unwrap().unwrap() == draft);
    assert!(journal.drafts(MARIA).unwrap() == [draft.clone()]);
    assert!(journal.draft(SAMUEL, ROSA).unwrap().is_none());
    journal.drop_draft(SAMUEL, draft.id).unwrap();
    assert_eq!(journal.drafts(MARIA).unwrap().len(), 1);
    journal.drop_draft(MARIA, draft.id).unwrap();
    assert!(journal.drafts(MARIA).unwrap().is_empty());
}

fn draft(n: u128, body: &str) -> Draft {
    Draft {
        id: DraftId(Uuid::from_u128(n)),
        resident: MARIA,
        connection: ROSA,
        body: body.to_owned(),
        changed_at: NOON,
        refused: None,
        based_on: 0,
    }
}

/// Sends that draft, held like anything that can be undone.
fn send(n: u128, draft: &Draft) -> NewIntent {
    NewIntent {
        body: IntentBody::SendMessage {
            message: MessageId(draft.id.0),
            connection: draft.connection,
            text: draft.body.clone(),
        },
        ..held(n)
    }
}

#[test]
fn a_draft_that_is_sent_is_out_of_reach_until_central_has_it_and_then_goes() {
    let store = Store::new();
    let mut journal = store.journal();
    let letter = draft(1, "Dear Rosa");
    assert_eq!(journal.save_draft(&letter).unwrap(), SavedDraft::Kept);
    journal.record(&send(1, &letter)).unwrap();
    assert!(journal.drafts(MARIA).unwrap().is_empty());
    assert!(journal.draft_by_id(MARIA, letter.id).unwrap().is_none());
    let late = journal.save_draft(&draft(1, "typed too late")).unwrap();
    assert_eq!(late, SavedDraft::NotTheirs);
    journal.drop_draft(MARIA, letter.id).unwrap();
    let pages = || crate::secrets::clear_pages(&store, "journal.db");
    assert!(crate::secrets::holds(&pages(), b"Dear Rosa"));
    let ended = [(intent_id(1), Outcome::Applied)];
    journal.drop_settled(&ended, NOON).unwrap();
    assert!(journal.drafts(MARIA).unwrap().is_empty());
    let rows: i64 = store
        .raw("journal.db")
        .query_row("SELECT count(*) FROM drafts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn a_message_that_is_undone_is_a_draft_again() {
    let store = Store::new();
    let mut journal = store.journal();
    let letter = draft(1, "Dear Rosa");
    // Even if the draft itself was never kept.
    let number = journal.record(&send(1, &letter)).unwrap();
    assert!(journal.drafts(MARIA).unwrap().is_empty());
    assert!(journal.undo(number, at(8_000)).unwrap());
    assert!(journal.drafts(MARIA).unwrap() == [letter]);
}

#[test]
fn a_message_that_central_refuses_is_a_draft_again_and_says_why_until_it_is_sent_again() {
    let store = Store::new();
    let mut journal = store.journal();
    let letter = draft(1, "Dear Rosa");
    journal.record(&send(1, &letter)).unwrap();
    let reason = Refusal::NoFunds;
    let refused = [(intent_id(1), Outcome::Refused { reason })];
    journal.drop_settled(&refused, NOON).unwrap();
    // And stays so over a restart.
    drop(journal);
    let mut journal = store.journal();
    let back = journal.draft(MARIA, ROSA).unwrap().unwrap();
    assert_eq!(back.refused, Some(reason));
    assert!(back.body == "Dear Rosa");
    assert_eq!(journal.entries(MARIA).unwrap().len(), 1, "not told yet");
    let shorter = draft(1, "Dear");
    assert_eq!(journal.save_draft(&shorter).unwrap(), SavedDraft::Kept);
    let number = journal.record(&send(2, &shorter)).unwrap();
    let entries = journal.entries(MARIA).unwrap();
    assert_eq!(entries.len(), 1, "the old refusal has been seen");
    assert_eq!(entries[0].intent.number, number);
    assert!(journal.drafts(MARIA).unwrap().is_empty());
    assert!(journal.undo(number, at(1)).unwrap());
    assert_eq!(journal.drafts(MARIA).unwrap()[0].refused, None);
}

#[test]
fn nobody_saves_over_or_drops_somebody_elses_draft() {
    let store = Store::new();
    let mut journal = store.journal();
    let letter = draft(1, "Dear Rosa");
    journal.save_draft(&letter).unwrap();
    let theirs = Draft {
        resident: SAMUEL,
        ..draft(1, "mine now")
    };
    let saved = journal.save_draft(&theirs).unwrap();
    assert_eq!(saved, SavedDraft::NotTheirs);
    assert!(journal.draft_by_id(SAMUEL, letter.id).unwrap().is_none());
    assert!(journal.draft_by_id(MARIA, letter.id).unwrap() == Some(letter));
}

#[test]
fn drafts_of_the_first_schema_are_all_there_after_the_update() {
    let store = Store::new();
    std::fs::create_dir_all(&store.place.folder).unwrap();
    let raw = store.raw("journal.db");
    raw.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
        .unwrap();
    raw.execute_batch(include_str!("../../src/store/journal/0001.sql"))
        .unwrap();
    raw.execute_batch("PRAGMA user_version = 1").unwrap();
    for n in 1..=50_u128 {
        let letter = draft(n, &format!("Letter {n}"));
        let (id, of) = (letter.id.0.into_bytes(), MARIA.0.into_bytes());
        let to = letter.connection.0.into_bytes();
        raw.execute(
            "INSERT INTO drafts (id, resident, connection, body, changed_at)
             VALUES (?1, ?2, ?3, ?4, 5)",
            (id, of, to, letter.body),
        )
        .unwrap();
    }
    drop(raw);
    let journal = store.journal();
    let drafts = journal.drafts(MARIA).unwrap();
    assert_eq!(drafts.len(), 50);
    let all_whole = drafts.iter().all(|draft| {
        draft.body == format!("Letter {}", draft.id.0.as_u128())
            && draft.refused.is_none()
            && draft.based_on == 0
    });
    assert!(all_whole);
}
