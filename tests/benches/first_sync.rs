//! The first sync of a kiosk: everything its unit holds, over mutual TLS on loopback into the
//! encrypted store, against the same pages by a bare HTTPS client plus the same rows into a bare
//! SQLCipher file. `DAYROOM_BENCH_MESSAGES=20000,100000`, `DAYROOM_BENCH_ROUNDS=3`.

mod common;

use std::time::{Duration, Instant};

use common::bare::{Https, Make, rows, time_to_keep};
use common::unit::{Kiosk, Unit};
use common::{Samples, machine, number, numbers, print, processor, ratio, seconds};
use dayroom::domain::{MessageId, ResidentId};
use serde_json::json;

/// One round: the figure and what it is held against.
struct Round {
    product: Duration,
    processor: Duration,
    https: Duration,
    sqlcipher: Duration,
    keyless: Duration,
    sqlite: Duration,
    bytes: usize,
    pages: usize,
}

fn main() -> anyhow::Result<()> {
    let rounds = number("DAYROOM_BENCH_ROUNDS", 3)?;
    for messages in numbers("DAYROOM_BENCH_MESSAGES", &[20_000, 100_000])? {
        let mut unit = Unit::start()?;
        let (message, resident) = unit.fill(messages)?;
        let last = (MessageId(message.0), ResidentId(resident.0));
        let rounds = (0..rounds.max(1))
            .map(|_| round(&mut unit, last))
            .collect::<anyhow::Result<Vec<_>>>()?;
        report(messages, &rounds);
    }
    Ok(())
}

fn round(unit: &mut Unit, last: (MessageId, ResidentId)) -> anyhow::Result<Round> {
    let bare = unit.kiosk("bare")?;
    let start = Instant::now();
    let pages = Https::new(bare.folder())?.pages()?;
    let https = start.elapsed();
    let rows = rows(&pages)?;
    let keep = |name: &str, key_digits, keys| {
        time_to_keep(&bare.folder().join(name), Make { key_digits, keys }, &rows)
    };
    let key = Some(bare.key_digits());
    let sqlcipher = keep("bare.db", key, true)?;
    let keyless = keep("keyless.db", key, false)?;
    let sqlite = keep("plain.db", None, true)?;
    let (bytes, count) = (pages.iter().map(bytes::Bytes::len).sum(), pages.len());
    drop(pages);
    let kiosk = unit.kiosk("wall")?;
    let used = processor()?;
    let product = first_sync(&kiosk, last)?;
    let processor = processor()?.saturating_sub(used);
    Ok(Round {
        product,
        processor,
        https,
        sqlcipher,
        keyless,
        sqlite,
        bytes,
        pages: count,
    })
}

/// From the start of the process until the last message can be read.
fn first_sync(
    kiosk: &Kiosk,
    (message, resident): (MessageId, ResidentId),
) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut sync = kiosk.start_sync()?;
    sync.wait_for_change()?;
    let reader = kiosk.reader()?;
    while reader.message(resident, message)?.is_none() {
        sync.wait_for_change()?;
    }
    let took = start.elapsed();
    sync.stop()?;
    Ok(took)
}

fn report(messages: usize, rounds: &[Round]) {
    let median =
        |of: fn(&Round) -> Duration| Samples::new(rounds.iter().map(of).collect()).median();
    let product = median(|round| round.product);
    let floor = median(|round| round.https + round.sqlcipher);
    let per_second = messages as f64 / product.as_secs_f64();
    let ratios: Vec<f64> = rounds
        .iter()
        .map(|r| ratio(r.product, r.https + r.sqlcipher))
        .collect();
    print(&json!({
        "bench": "first_sync",
        "messages": messages,
        "pages": rounds.first().map(|round| round.pages),
        "wire_bytes": rounds.first().map(|round| round.bytes),
        "seconds": seconds(product),
        "messages_per_second": per_second.round(),
        "floor_seconds": seconds(floor),
        "floor_https_seconds": seconds(median(|round| round.https)),
        "floor_sqlcipher_seconds": seconds(median(|round| round.sqlcipher)),
        "sqlcipher_without_its_two_keys_seconds": seconds(median(|round| round.keyless)),
        "plain_sqlite_seconds": seconds(median(|round| round.sqlite)),
        "ratio": ratio(product, floor),
        "ratio_to_a_floor_without_keys":
            ratio(product, median(|round| round.https + round.keyless)),
        "ratio_of_each_round": ratios,
        "processor_seconds_with_central": seconds(median(|round| round.processor)),
        "machine": machine(),
    }));
}
