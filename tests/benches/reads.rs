//! What a screen reads when somebody opens something, from a store with few, many and very many
//! messages: it must not depend on how many there are. The floor is the newest rows by their key
//! from the same encrypted table, through a bare connection.
//! `DAYROOM_BENCH_MESSAGES=1000,100000,1000000`, `DAYROOM_BENCH_READS=300`.

mod common;

use std::time::{Duration, Instant};

use anyhow::Context;
use common::{Samples, machine, micros, number, numbers, print, ratio, seconds, text};
use dayroom::domain::find::{Query, Words};
use dayroom::domain::{
    Access, ApprovalRule, Connection, ConnectionId, ConnectionState, Contact, Direction, Identity,
    Lane, Message, MessageId, MessageState, RecordId, Resident, ResidentId, ResidentNumber,
    UtcMillis,
};
use dayroom::store::{
    CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, StoreKey, StorePlace,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::OpenFlags;
use serde_json::json;
use uuid::Uuid;

/// People of the unit, and whom each of them writes with.
const RESIDENTS: usize = 64;
const CONTACTS: usize = 4;
/// One thread has every tenth message of the whole unit.
const OF_ONE_THREAD: u32 = 10;
/// Rows of a thread that the screen asks for.
const SHOWN: usize = 50;
const PAGE: usize = 500;
const KEY: [u8; 32] = [7; 32];
const KEY_PRAGMA: &str =
    "PRAGMA key = \"x'0707070707070707070707070707070707070707070707070707070707070707'\"";

/// A thread to read.
#[derive(Clone, Copy)]
struct Thread {
    resident: ResidentId,
    connection: ConnectionId,
}

fn main() -> anyhow::Result<()> {
    let reads = number("DAYROOM_BENCH_READS", 300)?;
    for messages in numbers("DAYROOM_BENCH_MESSAGES", &[1_000, 100_000, 1_000_000])? {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let place = StorePlace::new(folder.path());
        let start = Instant::now();
        let threads = fill(&place, messages)?;
        let filled = start.elapsed();
        let start = Instant::now();
        let mut writer = CacheWriter::open(&place, &StoreKey::new(KEY))?;
        while writer.index_some()? {}
        drop(writer);
        let indexed = start.elapsed();
        let reader = CacheReader::open(&place, &StoreKey::new(KEY))?;
        let long = threads.first().copied().context("there is a thread")?;
        let held = reader.message_count(long.resident, long.connection)?;
        let newest = |thread: Thread| {
            Ok(reader
                .messages(thread.resident, thread.connection, 0, SHOWN)?
                .len())
        };
        let middle = |thread: Thread| {
            Ok(reader
                .messages(thread.resident, thread.connection, held / 2, SHOWN)?
                .len())
        };
        let long_newest = time(reads, || newest(long))?;
        let long_middle = time(reads, || middle(long))?;
        let mut turn = 0;
        let any_newest = time(reads, || {
            turn += 1;
            // With few messages there are people who have none yet: one more for them.
            Ok(1 + newest(
                threads
                    .get(turn * 37 % threads.len())
                    .copied()
                    .unwrap_or(long),
            )?)
        })?;
        let conversations = time(reads, || Ok(reader.conversations(long.resident)?.len()))?;
        let home = time(reads, || {
            Ok(usize::from(reader.home_counts(long.resident)?.unread > 0))
        })?;
        // The first word of a message is found; so is what begins as it does.
        let said = reader.messages(long.resident, long.connection, held / 2, 1)?;
        let said = said.first().and_then(|one| one.text.clone());
        let said = said.context("a message has words")?;
        let query = |typed: &str| Query {
            words: Words::parse(typed),
            ..Query::default()
        };
        let word = said.split_whitespace().max_by_key(|word| word.len());
        let word = query(word.context("a word")?);
        let start = said.chars().take(2).collect::<String>();
        let beginning = query(&start);
        let search = |query: &Query| Ok(reader.search(long.resident, query, 0, SHOWN)?.hits.len());
        let found_word = time(reads, || search(&word))?;
        let found_beginning = time(reads, || search(&beginning))?;
        let cold = time(reads.min(50), || {
            let reader = CacheReader::open(&place, &StoreKey::new(KEY))?;
            Ok(reader
                .messages(long.resident, long.connection, 0, SHOWN)?
                .len())
        })?;
        let floor = floor(&place, reads)?;
        print(&json!({
            "bench": "reads",
            "messages": messages,
            "in_the_long_thread": held,
            "newest_50_us": micros(long_newest.median()),
            "newest_50_p99_us": micros(long_newest.percentile(99)),
            "newest_50_of_any_thread_us": micros(any_newest.median()),
            "fifty_from_the_middle_us": micros(long_middle.median()),
            "conversations_us": micros(conversations.median()),
            "home_counts_us": micros(home.median()),
            "open_the_file_and_newest_50_us": micros(cold.median()),
            "search_a_word_us": micros(found_word.median()),
            "search_a_word_p99_us": micros(found_word.percentile(99)),
            "search_two_letters_us": micros(found_beginning.median()),
            "indexed_in_seconds": seconds(indexed),
            "floor_newest_50_us": micros(floor.median()),
            "ratio": ratio(long_newest.median(), floor.median()),
            "filled_in_seconds": seconds(filled),
            "filled_messages_per_second": (messages as f64 / filled.as_secs_f64()).round(),
            "machine": machine(),
        }));
    }
    Ok(())
}

fn time(times: usize, mut read: impl FnMut() -> anyhow::Result<usize>) -> anyhow::Result<Samples> {
    let mut samples = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        let start = Instant::now();
        let found = read()?;
        samples.push(start.elapsed());
        anyhow::ensure!(found > 0, "nothing was read");
    }
    Ok(Samples::new(samples))
}

/// The newest rows of the long thread by their key alone.
fn floor(place: &StorePlace, reads: usize) -> anyhow::Result<Samples> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = rusqlite::Connection::open_with_flags(place.folder.join("cache.db"), flags)?;
    sql.execute_batch(KEY_PRAGMA)?;
    sql.busy_timeout(Duration::from_secs(5))?;
    let thread: i64 = sql.query_row(
        "SELECT id FROM threads ORDER BY messages DESC LIMIT 1",
        [],
        |row| row.get(0),
    )?;
    let mut newest = sql.prepare(
        "SELECT row, id, direction, at, state, state_at, reason, body, read_at, attachments
         FROM messages
         WHERE thread = ?1
         ORDER BY number DESC
         LIMIT 50",
    )?;
    time(reads, || {
        let mut rows = newest.query([thread])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let body: Option<String> = row.get(7)?;
            found += usize::from(body.is_some());
        }
        Ok(found)
    })
}

/// Fills a new cache by the product's own writer, as pages of a feed.
fn fill(place: &StorePlace, messages: usize) -> anyhow::Result<Vec<Thread>> {
    let mut random = StdRng::seed_from_u64(7);
    let mut writer = CacheWriter::open(place, &StoreKey::new(KEY))?;
    let mut changes = Vec::new();
    let mut threads = Vec::new();
    let mut version = 0;
    let mut next_version = || {
        version += 1;
        version
    };
    for number in 0..RESIDENTS {
        let id = Uuid::from_u128(random.random());
        changes.push(change(id, next_version(), id, resident(id, number)?));
        for _ in 0..CONTACTS {
            let connection = Uuid::from_u128(random.random());
            let thread = Thread {
                resident: ResidentId(id),
                connection: ConnectionId(connection),
            };
            changes.push(change(connection, next_version(), id, active(thread)));
            threads.push(thread);
        }
    }
    let long = threads.first().copied().context("there is a thread")?;
    let mut left = messages;
    let mut number = 0;
    let mut cursor = String::new();
    loop {
        while changes.len() < PAGE && left > 0 {
            let any = threads.get(random.random_range(0..threads.len())).copied();
            let thread = if random.random_ratio(1, OF_ONE_THREAD) {
                long
            } else {
                any.unwrap_or(long)
            };
            number += 1;
            let id = ordered_id(number, &mut random);
            let body = message(id, thread, number, text::message(&mut random));
            changes.push(change(id, next_version(), thread.resident.0, body));
            left -= 1;
        }
        if changes.is_empty() {
            return Ok(threads);
        }
        let next = next_version().to_string();
        writer.apply(&CachePage {
            epoch: "bench".to_owned(),
            after: std::mem::replace(&mut cursor, next.clone()),
            cursor: next,
            now: UtcMillis(1),
            changes: std::mem::take(&mut changes),
        })?;
    }
}

/// As central makes them: in order of time, chance within a millisecond.
fn ordered_id(number: u64, random: &mut StdRng) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(number, &random.random()).into_uuid()
}

fn change(id: Uuid, version: u64, resident: Uuid, body: ChangeBody) -> CacheChange {
    CacheChange {
        id: RecordId(id),
        version,
        resident: Some(ResidentId(resident)),
        body,
    }
}

fn resident(id: Uuid, number: usize) -> anyhow::Result<ChangeBody> {
    Ok(ChangeBody::Resident(Resident {
        id: ResidentId(id),
        number: ResidentNumber::parse(&format!("{}", 10_000 + number)).context("a number")?,
        name: format!("Person {number}"),
        pin_verifier: "$argon2id$".to_owned(),
        badge: None,
        access: Access::Open,
    }))
}

fn active(thread: Thread) -> ChangeBody {
    ChangeBody::Connection(Connection {
        id: thread.connection,
        resident: thread.resident,
        contact: Contact {
            name: "Contact".to_owned(),
            relationship: "Friend".to_owned(),
            place: None,
            lane: Lane::Ordinary,
        },
        note: String::new(),
        identity: Identity::Checked(UtcMillis(1)),
        approval: ApprovalRule::AfterResident,
        asked_at: UtcMillis(1),
        state: ConnectionState::Active {
            since: UtcMillis(1),
        },
    })
}

fn message(id: Uuid, thread: Thread, number: u64, text: String) -> ChangeBody {
    ChangeBody::Message(Message {
        id: MessageId(id),
        resident: thread.resident,
        connection: thread.connection,
        number,
        direction: Direction::Incoming,
        at: UtcMillis(i64::try_from(number).unwrap_or(i64::MAX)),
        state: MessageState::Delivered,
        text: Some(text),
        attachments: Vec::new(),
        read_at: None,
        passage: dayroom::domain::Passage::default(),
    })
}
