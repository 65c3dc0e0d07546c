//! What people typed is not in memory any more once the journal has let go of it. Its own program:
//! the allocator is the product's, which wipes what is freed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and says how far it is"
)]

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use dayroom::demo::memory::{Canary, find_in_process};
use dayroom::domain::{ConnectionId, DraftId, ResidentId, UtcMillis};
use dayroom::runtime::wipe_on_free::WipeOnFree;
use dayroom::store::{Draft, Journal, StoreKey, StorePlace};
use uuid::Uuid;
use zeroize::Zeroizing;

#[global_allocator]
static ALLOCATOR: WipeOnFree = WipeOnFree;

const STEP: &str = "DAYROOM_JOURNAL_MEMORY";
const LET_GO: &str = "let go";
const WRITTEN: &str = "written";
const DRAFTS: u128 = 40;
const ROUNDS: u128 = 12;

/// Made when it is needed: a text of the program would be found in the program.
fn words() -> Zeroizing<String> {
    let parts = ["zephyr", "marmalade", "quince"];
    Zeroizing::new(
        parts
            .map(|part| part.chars().rev().collect::<String>())
            .join(" "),
    )
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Writes letters of many lengths, longer and shorter, so that SQLite moves rows about.
fn write_and_throw_away(journal: &mut Journal) {
    let resident = ResidentId(id(1));
    for round in 0..ROUNDS {
        for number in 0..DRAFTS {
            let times = (number * 7 + round * 5) % 13 + 1;
            let words = words();
            let draft = Draft {
                id: DraftId(id(100 + number)),
                resident,
                connection: ConnectionId(id(500 + number)),
                body: words.repeat(usize::try_from(times).unwrap()),
                changed_at: UtcMillis(1),
                refused: None,
                based_on: 0,
            };
            journal.save_draft(&draft).unwrap();
        }
        for number in (round % 3..DRAFTS).step_by(3) {
            journal
                .drop_draft(resident, DraftId(id(100 + number)))
                .unwrap();
        }
    }
    for number in 0..DRAFTS {
        journal
            .drop_draft(resident, DraftId(id(100 + number)))
            .unwrap();
    }
}

/// The process whose memory is looked at: it writes, says so, and waits.
fn be_the_kiosk(step: &str) {
    let folder = tempfile::tempdir().unwrap();
    let place = StorePlace {
        memory_security: true,
        ..StorePlace::new(folder.path().join("store"))
    };
    let mut journal = Journal::open(&place, &StoreKey::new([3; 32])).unwrap();
    write_and_throw_away(&mut journal);
    if step == LET_GO {
        journal.let_go().unwrap();
    }
    println!("{WRITTEN}");
    let mut ended = String::new();
    std::io::stdin().read_line(&mut ended).unwrap();
}

/// Whether the words are in the memory of a kiosk that has come to this step.
fn found_after(step: &str) -> bool {
    let mut kiosk = Command::new(env::current_exe().unwrap())
        .args([
            "--nocapture",
            "--exact",
            "words_are_in_no_page_of_memory_once_the_journal_has_let_go",
        ])
        .env(STEP, step)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(kiosk.stdout.take().unwrap());
    let ready = said
        .by_ref()
        .lines()
        .any(|line| line.unwrap().ends_with(WRITTEN));
    assert!(ready, "the kiosk has ended");
    let words = words();
    let [canary, _] = Canary::text("words", &words);
    let found = find_in_process(kiosk.id(), &[canary]).unwrap();
    drop(kiosk.stdin.take());
    std::io::copy(&mut said, &mut std::io::sink()).unwrap();
    kiosk.wait().unwrap();
    !found.is_empty()
}

#[test]
fn words_are_in_no_page_of_memory_once_the_journal_has_let_go() {
    if let Ok(step) = env::var(STEP) {
        return be_the_kiosk(&step);
    }
    assert!(found_after("written"), "the search finds what it must find");
    assert!(!found_after(LET_GO));
}
