use dayroom::domain::{
    Account, Cents, ConnectionId, ConnectionState, DraftId, Message, MessageId, ResidentId,
    SealedDraft, SignInEntry,
};
use dayroom::store::{BlobState, CacheChange, ChangeBody};
use uuid::Uuid;

use crate::people::*;
use crate::secrets::{clear_pages, holds};

const CANARY: &[u8] = b"canary-of-maria";

fn letter(number: u64) -> Message {
    let mut letter = message(number);
    letter.text = Some(format!("canary-of-maria {number} {}", "words ".repeat(60)));
    letter
}

fn samuels(number: u64) -> Message {
    let mut other = message(number);
    other.id = MessageId(Uuid::from_u128(0x9000_0000 + u128::from(number) * 7919));
    other.resident = SAMUEL;
    other.connection = TOMAS;
    other.text = Some(format!("letter to samuel {number} {}", "words ".repeat(60)));
    other
}

/// What stands in the index for words of Maria's.
const INDEXED: &[u8] = b"00001001wordofmaria";

fn account_of(who: ResidentId, kiosk: &str) -> CacheChange {
    let entry = SignInEntry {
        at: NOON,
        kiosk: kiosk.to_owned(),
        right: false,
    };
    let account = Account {
        balance: Cents(1_234),
        sign_ins: vec![entry; 30],
        ..Account::default()
    };
    change(who.0, 6, who, ChangeBody::Account(Box::new(account)))
}

/// Drafts whose sealed words are of different lengths, so that their pages are not filled alike.
fn drafts_of(who: ResidentId, to: ConnectionId, sealed: &str) -> Vec<CacheChange> {
    let draft = |number: u64| {
        let id = DraftId(Uuid::from_u128(who.0.as_u128() << 32 | u128::from(number)));
        let draft = SealedDraft {
            id,
            resident: who,
            connection: to,
            revision: number,
            sealed: Some(sealed.repeat(1 + usize::try_from(number * 37 % 90).unwrap())),
            kiosk: "Dayroom B".to_owned(),
            at: NOON,
            beside: None,
        };
        change(id.0, 7, who, ChangeBody::Draft(draft))
    };
    (1..=50).map(draft).collect()
}

fn fill(store: &Store) -> (dayroom::store::CacheWriter, dayroom::store::BlobWriter) {
    let mut cache = store.cache();
    let mut blobs = store.blobs();
    let mut asked = connection(
        ConnectionId(Uuid::from_u128(0x2003)),
        MARIA,
        ConnectionState::Asked,
    );
    asked.note = "canary-of-maria in a note".to_owned();
    apply(
        &mut cache,
        vec![
            on_roster(1, resident(MARIA, "4711", "canary-of-maria Birch")),
            samuel(2),
            connected(3, asked),
            connected(4, connection(ROSA, MARIA, active())),
            connected(5, connection(TOMAS, SAMUEL, active())),
            signed_in(6, MARIA),
            account_of(MARIA, "canary-of-maria at Dayroom B"),
            account_of(SAMUEL, "Dayroom of samuel"),
        ],
    );
    for (one, other) in drafts_of(MARIA, ROSA, "canary-of-maria")
        .into_iter()
        .zip(drafts_of(SAMUEL, TOMAS, "sealedbysamuel"))
    {
        apply(&mut cache, vec![one, other]);
    }
    for start in (1..=2_000).step_by(250) {
        let pages = (start..start + 250).flat_map(|n| {
            let mut one = letter(2 * n);
            one.text = one.text.map(|text| format!("{text} wordofmaria{n}"));
            if n % 100 == 0 {
                one.attachments = vec![picture(b"shared", "canary-of-maria.jpg")];
            }
            if n == 77 {
                one.attachments = vec![picture(&blob(), "canary-of-maria.jpg")];
            }
            let mut other = samuels(2 * n + 1);
            if n == 5 {
                other.attachments = vec![picture(b"shared", "shared.jpg")];
            }
            [sent(n, one), sent(n, other)]
        });
        apply(&mut cache, pages.collect());
    }
    keep_blob(&mut blobs, b"shared");
    keep_blob(&mut blobs, &blob());
    (cache, blobs)
}

fn blob() -> Vec<u8> {
    CANARY.repeat(10_000)
}

#[test]
fn who_left_is_gone_from_rows_blobs_free_pages_and_wal_before_it_is_acknowledged() {
    let store = Store::new();
    let (mut cache, mut blobs) = fill(&store);
    while cache.index_some().unwrap() {}
    let broken = ChangeBody::Quarantine {
        kind: "visit".to_owned(),
        raw: "canary-of-maria".to_owned(),
    };
    apply(
        &mut cache,
        vec![change(Uuid::from_u128(77), 9, MARIA, broken)],
    );
    // The control: with the key all of it can be found.
    assert!(holds(&clear_pages(&store, "cache.db"), CANARY));
    assert!(holds(&clear_pages(&store, "cache.db"), INDEXED));
    assert!(holds(&clear_pages(&store, "blobs.db"), CANARY));

    let reader = store.reader();
    assert!(reader.resident(MARIA).unwrap().is_some());
    assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 2_000);
    assert_eq!(reader.sealed_drafts(MARIA).unwrap().len(), 50);
    assert!(reader.account(MARIA).unwrap().is_some());
    let applied = apply(&mut cache, vec![left(9_000, MARIA)]);
    assert_eq!(applied.forgets, [(MARIA, 9_000)]);
    assert!(reader.resident(MARIA).unwrap().is_none());
    assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 0);
    assert_eq!(cache.forgets_to_do().unwrap(), [(MARIA, 9_000)]);
    assert!(cache.forgets_to_acknowledge().unwrap().is_empty());
    assert_eq!(cache.quarantined().unwrap(), 0);

    let gone = cache.blobs_to_forget(MARIA).unwrap();
    assert_eq!(gone, [hash(&blob())]);
    blobs.delete(&gone).unwrap();
    cache.finish_forget(MARIA, 9_000).unwrap();
    assert_eq!(cache.forgets_to_acknowledge().unwrap(), [(MARIA, 9_000)]);
    assert!(cache.forgets_to_do().unwrap().is_empty());
    assert_eq!(blobs.have(hash(b"shared")).unwrap(), BlobState::Complete);

    let cache_pages = clear_pages(&store, "cache.db");
    assert!(!holds(&cache_pages, CANARY));
    assert!(!holds(&cache_pages, INDEXED));
    assert!(reader.sealed_drafts(MARIA).unwrap().is_empty());
    assert!(reader.account(MARIA).unwrap().is_none());
    assert!(!holds(&clear_pages(&store, "blobs.db"), CANARY));
    assert!(holds(&cache_pages, b"letter to samuel 3999"));
    // Who was reading all the while reads on.
    assert_eq!(reader.message_count(SAMUEL, TOMAS).unwrap(), 2_000);
    assert_eq!(reader.messages(SAMUEL, TOMAS, 1_990, 50).unwrap().len(), 10);
    assert_eq!(reader.sealed_drafts(SAMUEL).unwrap().len(), 50);
    assert!(reader.account(SAMUEL).unwrap().is_some());
    cache.check().unwrap();

    cache.acknowledged(&[(MARIA, 9_000)]).unwrap();
    assert!(cache.forgets_to_acknowledge().unwrap().is_empty());
}

#[test]
fn the_wal_is_empty_once_a_forget_is_finished_but_for_its_mark() {
    let store = Store::new();
    let (mut cache, mut blobs) = fill(&store);
    apply(&mut cache, vec![left(9_000, MARIA)]);
    let wal = store.place.folder.join("cache.db-wal");
    let before = std::fs::metadata(&wal).unwrap().len();
    blobs
        .delete(&cache.blobs_to_forget(MARIA).unwrap())
        .unwrap();
    cache.finish_forget(MARIA, 9_000).unwrap();
    let after = std::fs::metadata(&wal).unwrap().len();
    assert!(after < 64 * 1024 && after < before, "{before} then {after}");
    let blobs_wal = store.place.folder.join("blobs.db-wal");
    assert_eq!(std::fs::metadata(blobs_wal).unwrap().len(), 0);
}

#[test]
fn who_comes_back_keeps_what_came_with_them() {
    let store = Store::new();
    let (mut cache, _blobs) = fill(&store);
    let mut back = letter(5_000);
    back.attachments = vec![picture(&blob(), "again.jpg")];
    // Their records may have older versions than the record that said they left.
    let applied = apply(
        &mut cache,
        vec![left(9_000, MARIA), maria(1), sent(3, back)],
    );
    assert_eq!(applied.forgets, [(MARIA, 9_000)]);
    assert_eq!(cache.blobs_to_forget(MARIA).unwrap(), []);
    cache.finish_forget(MARIA, 9_000).unwrap();
    assert!(store.reader().resident(MARIA).unwrap().is_some());
    assert_eq!(store.reader().message_count(MARIA, ROSA).unwrap(), 1);
}

#[test]
fn a_forget_outlives_a_restart_and_a_reset() {
    let store = Store::new();
    let (mut cache, _blobs) = fill(&store);
    apply(&mut cache, vec![left(9_000, MARIA)]);
    drop(cache);
    let mut cache = store.cache();
    cache.reset("e2.1").unwrap();
    assert_eq!(cache.forgets_to_do().unwrap(), [(MARIA, 9_000)]);
    let gone = cache.blobs_to_forget(MARIA).unwrap();
    assert!(gone.contains(&hash(&blob())));
    cache.finish_forget(MARIA, 9_000).unwrap();
    // An acknowledgement of another version is not this one's.
    cache.acknowledged(&[(MARIA, 8_999)]).unwrap();
    assert_eq!(cache.forgets_to_acknowledge().unwrap(), [(MARIA, 9_000)]);
}

#[test]
fn a_reset_does_not_lose_sight_of_the_blobs_of_who_leaves_after_it() {
    let store = Store::new();
    let (mut cache, _blobs) = fill(&store);
    cache.reset("e2.1").unwrap();
    let mut page = next_page(&cache, vec![left(9_000, MARIA)]);
    page.epoch = "e2.1".to_owned();
    cache.apply(&page).unwrap();
    let gone = cache.blobs_to_forget(MARIA).unwrap();
    assert!(gone.contains(&hash(&blob())));
}

/// Rows that come out of order, change size and move make the tree copy rows about; what it leaves
/// behind must go too.
#[test]
fn nothing_is_left_behind_by_rows_that_were_moved_about() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1), samuel(1)]);
    let mut seed = 12_345_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    for round in 2..40_u64 {
        let changes = (0..150).map(|_| {
            let number = 1 + next(1_500);
            let mut one = if next(2) == 0 {
                letter(number)
            } else {
                samuels(number)
            };
            let times = next(40) as usize;
            one.text = one.text.map(|text| text.repeat(1 + times * times / 100));
            sent(round, one)
        });
        let changes = changes.collect();
        apply(&mut cache, changes);
    }
    let samuels = store.reader().message_count(SAMUEL, TOMAS);
    apply(&mut cache, vec![left(9_000, MARIA)]);
    // The fault: deleting alone leaves traces.
    assert!(holds(&clear_pages(&store, "cache.db"), CANARY));
    cache.finish_forget(MARIA, 9_000).unwrap();
    assert!(!holds(&clear_pages(&store, "cache.db"), CANARY));
    assert!(holds(&clear_pages(&store, "cache.db"), b"letter to samuel"));

    // What stayed is as it was, and goes on: rows, places, indexes, pictures.
    let reader = store.reader();
    assert_eq!(
        reader.message_count(SAMUEL, TOMAS).unwrap(),
        samuels.unwrap()
    );
    apply(&mut cache, vec![sent(100, samuels_with_picture(1_501))]);
    let read = reader.messages(SAMUEL, TOMAS, 0, 2).unwrap();
    assert!(read[0] == samuels_with_picture(1_501));
    cache.check().unwrap();
    apply(&mut cache, vec![left(9_001, SAMUEL)]);
    cache.finish_forget(SAMUEL, 9_001).unwrap();
    assert!(!holds(
        &clear_pages(&store, "cache.db"),
        b"letter to samuel"
    ));
}

fn samuels_with_picture(number: u64) -> Message {
    let mut other = samuels(number);
    other.attachments = vec![picture(b"shared", "shared.jpg")];
    other
}

#[test]
fn nothing_is_left_of_anybody_when_the_lease_is_over() {
    let store = Store::new();
    let (mut cache, mut blobs) = fill(&store);
    while cache.index_some().unwrap() {}
    assert!(holds(&clear_pages(&store, "cache.db"), INDEXED));
    cache.drop_content().unwrap();
    blobs.keep_only(&std::collections::BTreeSet::new()).unwrap();
    let pages = clear_pages(&store, "cache.db");
    assert!(!holds(&pages, CANARY) && !holds(&pages, b"letter to samuel"));
    assert!(!holds(&pages, b"sealedbysamuel") && !holds(&pages, b"Dayroom of samuel"));
    assert!(!holds(&pages, INDEXED));
    assert!(!holds(&clear_pages(&store, "blobs.db"), CANARY));
}

/// An epoch's end leaves no account and no draft of people who are not in the next one.
#[test]
fn a_new_epoch_begins_without_the_accounts_and_drafts_of_the_old_one() {
    let store = Store::new();
    let (mut cache, _blobs) = fill(&store);
    cache.reset("e2.1").unwrap();
    let held = cache.digest().unwrap();
    for kind in ["account", "draft", "sign_in", "message"] {
        let (_, records) = held.iter().find(|(own, _)| *own == kind).unwrap();
        assert!(records.is_empty(), "{kind}");
    }
}
