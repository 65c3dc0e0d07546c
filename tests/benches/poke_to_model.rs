//! From an operator's message at central to the rows the screen draws, by way of poke, pull,
//! commit and the local socket; against a bare client that hears the same poke, takes the same
//! page and keeps it as one row in a bare SQLCipher file. `DAYROOM_BENCH_POKES=300`,
//! `DAYROOM_BENCH_MESSAGES=20000` already there.

mod common;

use std::time::{Duration, Instant};

use common::bare::{Https, Make, Place, Table, rows};
use common::unit::Unit;
use common::{Samples, machine, micros, millis, number, print};
use dayroom::domain::{ConnectionId, MessageId, ResidentId};
use serde_json::json;

/// The calm before each message, so that one is not measured in the wake of the last.
const CALM: Duration = Duration::from_millis(20);

/// Rows of a thread that the screen asks for.
const SHOWN: usize = 50;

fn main() -> anyhow::Result<()> {
    let pokes = number("DAYROOM_BENCH_POKES", 300)?.max(200);
    let messages = number("DAYROOM_BENCH_MESSAGES", 20_000)?;
    let mut unit = Unit::start()?;
    unit.fill(messages)?;
    let figure = product(&mut unit, pokes)?;
    let floor = bare(&mut unit, pokes)?;
    let spread = |samples: &Samples| {
        json!({
            "p50_ms": millis(samples.percentile(50)),
            "p99_ms": millis(samples.percentile(99)),
        })
    };
    print(&json!({
        "bench": "poke_to_model",
        "pokes": pokes,
        "messages_before": messages,
        "to_model": spread(&figure.to_model),
        "of_it_reading_p50_us": micros(figure.reading.median()),
        "of_it_taken_in_by_central": spread(&figure.central),
        "floor_poke_heard": spread(&floor.heard),
        "floor_pulled_and_kept": spread(&floor.kept),
        "ratio_p50": common::ratio(figure.to_model.median(), floor.kept.median()),
        "machine": machine(),
    }));
    Ok(())
}

/// All from the moment the operator's call begins.
struct Figure {
    central: Samples,
    to_model: Samples,
    reading: Samples,
}

fn product(unit: &mut Unit, pokes: usize) -> anyhow::Result<Figure> {
    let kiosk = unit.kiosk("wall")?;
    let mut sync = kiosk.start_sync()?;
    sync.wait_for_change()?;
    let reader = kiosk.reader()?;
    // Until a message is seen without help of the first pull, the feed and the stream are not up.
    let (message, resident, _) = unit.add_one()?;
    while reader
        .message(ResidentId(resident.0), MessageId(message.0))?
        .is_none()
    {
        sync.wait_for_change()?;
    }
    let (mut central, mut to_model, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pokes {
        std::thread::park_timeout(CALM);
        let start = Instant::now();
        let (message, resident, connection) = unit.add_one()?;
        central.push(start.elapsed());
        let (message, resident) = (MessageId(message.0), ResidentId(resident.0));
        let connection = ConnectionId(connection.0);
        let looked = loop {
            sync.wait_for_change()?;
            let look = Instant::now();
            let conversations = reader.conversations(resident)?;
            let shown = reader.messages(resident, connection, 0, SHOWN)?;
            if !conversations.is_empty() && shown.iter().any(|shown| shown.id == message) {
                break look;
            }
        };
        reading.push(looked.elapsed());
        to_model.push(start.elapsed());
    }
    sync.stop()?;
    Ok(Figure {
        central: Samples::new(central),
        to_model: Samples::new(to_model),
        reading: Samples::new(reading),
    })
}

/// The same, from the same moment.
struct Floor {
    heard: Samples,
    kept: Samples,
}

fn bare(unit: &mut Unit, pokes: usize) -> anyhow::Result<Floor> {
    let kiosk = unit.kiosk("bare")?;
    let https = Https::new(kiosk.folder())?;
    let pages = https.pages()?;
    let mut place = pages.last().map(Place::after).transpose()?;
    let how = Make {
        key_digits: Some(kiosk.key_digits()),
        keys: true,
    };
    let mut table = Table::make(&kiosk.folder().join("bare.db"), how)?;
    for page in rows(&pages)? {
        table.keep(&page)?;
    }
    let mut stream = https.pokes()?;
    let (mut heard, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..pokes {
        std::thread::park_timeout(CALM);
        let start = Instant::now();
        unit.add_one()?;
        https.wait_for_poke(&mut stream)?;
        heard.push(start.elapsed());
        let page = https.page(place.as_ref())?;
        place = Some(Place::after(&page)?);
        for page in rows(&[page])? {
            table.keep(&page)?;
        }
        kept.push(start.elapsed());
    }
    Ok(Floor {
        heard: Samples::new(heard),
        kept: Samples::new(kept),
    })
}
