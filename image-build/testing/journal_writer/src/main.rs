//! For the power cuts by command: writes receipts into a journal with the kiosk's own store, as fast as it
//! takes them, and says each number once it is committed; and says afterwards what of it is still there.
//! `NORMAL` is the positive control: it has to lose some.
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};
use std::path::Path;

use anyhow::{Context, bail};
use dayroom::domain::{IntentBody, IntentId, IntentNumber, MessageId, ResidentId, UtcMillis};
use dayroom::store::{Journal, JournalReader, NewIntent, StoreKey, StorePlace, Synchronous};
use uuid::Uuid;

/// How much is read at a time.
const PART: usize = 10_000;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    match words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [_, "write", folder, line] => write(Path::new(folder), Path::new(line)),
        [_, "check", folder] => check(Path::new(folder)),
        _ => bail!("journal_writer write FOLDER LINE | journal_writer check FOLDER < LINES"),
    }
}

fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

/// Writes until the power goes. What a commit waits for stands in the file `synchronous` beside the journal.
fn write(folder: &Path, line: &Path) -> anyhow::Result<()> {
    let mut place = StorePlace::new(folder);
    let word =
        std::fs::read_to_string(folder.join("synchronous")).context("no file synchronous")?;
    place.synchronous = match word.trim() {
        "FULL" => Synchronous::Full,
        "NORMAL" => Synchronous::Normal,
        other => bail!("synchronous is FULL or NORMAL, not {other}"),
    };
    let mut line = OpenOptions::new()
        .write(true)
        .open(line)
        .context("cannot open the line")?;
    let mut journal = Journal::open(&place, &key())?;
    loop {
        let number = journal.record(&NewIntent {
            id: IntentId(Uuid::now_v7()),
            resident: ResidentId(Uuid::nil()),
            made_at: UtcMillis(0),
            held_until: None,
            body: IntentBody::ReadMessage {
                message: MessageId(Uuid::now_v7()),
            },
        })?;
        // One write a line: what has come through was committed.
        line.write_all(format!("{}\n", number.0).as_bytes())?;
    }
}

/// Counts which of the numbers on standard input the journal does not have, every page of it checked.
fn check(folder: &Path) -> anyhow::Result<()> {
    let place = StorePlace::new(folder);
    Journal::open(&place, &key())?.check()?;
    let reader = JournalReader::open(&place, &key())?;
    let mut next = 1;
    loop {
        let part = reader.held(IntentNumber(next), PART)?;
        for intent in &part {
            if intent.number.0 != next {
                bail!("the journal jumps from {next} to {}", intent.number.0);
            }
            next += 1;
        }
        if part.len() < PART {
            break;
        }
    }
    let mut said = 0_u64;
    for line in io::stdin().lock().lines() {
        said = said.max(line?.trim().parse().context("not a number")?);
    }
    let kept = next - 1;
    println!("said {said} kept {kept} lost {}", said.saturating_sub(kept));
    Ok(())
}
