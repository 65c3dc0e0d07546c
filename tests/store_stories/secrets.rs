use dayroom::domain::BootMoment;
use dayroom::domain::sign_in::TryRecord;
use dayroom::domain::{ConnectionState, DraftId, IntentBody};
use dayroom::store::{Draft, NewIntent};
use uuid::Uuid;

use crate::people::*;

/// Every page of a file in clear, free ones and unused space included, for who has the key.
pub fn clear_pages(store: &Store, name: &str) -> Vec<u8> {
    store.raw(name).serialize("main").unwrap().to_vec()
}

/// Whether an ASCII canary is in the bytes.
pub fn holds(bytes: &[u8], canary: &[u8]) -> bool {
    let canary = std::str::from_utf8(canary).unwrap();
    String::from_utf8_lossy(bytes).contains(canary)
}

const CANARY: &str = "canary-7Q";
const DIGITS: &str = "860913572468";

#[test]
fn nothing_of_a_person_is_in_clear_in_any_file() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut blobs = store.blobs();
    let mut journal = store.journal();
    let mut asked = connection(ROSA, MARIA, ConnectionState::Asked);
    asked.contact.name = format!("{CANARY} contact");
    asked.note = format!("{CANARY} note");
    let changes = (1..=600).map(|n| {
        let mut letter = message(n);
        letter.text = Some(format!("{CANARY} letter {}", "words ".repeat(90)));
        letter.attachments = vec![picture(b"x", &format!("{CANARY}.jpg"))];
        sent(n, letter)
    });
    let who = resident(MARIA, DIGITS, &format!("{CANARY} name"));
    let page = [on_roster(1, who), connected(2, asked)];
    apply(&mut cache, page.into_iter().chain(changes).collect());
    keep_blob(&mut blobs, CANARY.repeat(20_000).as_bytes());
    journal
        .record(&NewIntent {
            body: IntentBody::SignIn,
            ..crate::journal::accept(1)
        })
        .unwrap();
    journal
        .save_draft(&Draft {
            id: DraftId(Uuid::from_u128(1)),
            resident: MARIA,
            connection: ROSA,
            body: format!("{CANARY} draft"),
            changed_at: NOON,
            refused: None,
            based_on: 0,
        })
        .unwrap();
    let tried = TryRecord::default().count_try(BootMoment::default());
    journal.save_tries(&number(DIGITS), &tried).unwrap();
    let reader = store.reader();
    assert_eq!(reader.messages(MARIA, ROSA, 0, 600).unwrap().len(), 600);

    let mut bytes = 0;
    for entry in std::fs::read_dir(&store.place.folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        bytes += file.len();
        for canary in [CANARY.as_bytes(), DIGITS.as_bytes(), b"CREATE TABLE"] {
            assert!(!holds(&file, canary), "{}", path.display());
        }
        let wide: Vec<u8> = CANARY.bytes().flat_map(|b| [b, 0]).collect();
        assert!(!holds(&file, &wide), "{}", path.display());
    }
    assert!(bytes > 500_000, "the files were looked at: {bytes} bytes");
    // The control: whoever has the key finds all of it.
    for (name, canary) in [
        ("cache.db", CANARY),
        ("cache.db", DIGITS),
        ("blobs.db", CANARY),
        ("journal.db", CANARY),
    ] {
        assert!(holds(&clear_pages(&store, name), canary.as_bytes()));
    }
}
