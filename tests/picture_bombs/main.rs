//! Pictures made to harm: refused within the memory and the time a picture may take (G16).
//!
//! A process of its own, one test at a time: it measures what the process takes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it measured"
)]

mod craft;

use std::fs;
use std::sync::{Mutex, PoisonError};

use dayroom::domain::MediaType;
use dayroom::view::picture::{PictureError, Pixels, decode};

/// Memory a picture may take while it is refused (G16).
const MOST_MEMORY: u64 = 32 * 1024 * 1024;
/// Processor time until a picture is refused (G16); a build without optimisation is given more.
const MOST_CPU_MS: u64 = if cfg!(debug_assertions) { 800 } else { 200 };
/// What a picture as large as may be takes to be shown: what is decoded, and what is shown of it.
const MOST_MEMORY_SHOWN: u64 = 64 * 1024 * 1024;

/// Resident memory in bytes, now and at its highest since [`forget_the_highest`].
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let bytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}

fn forget_the_highest() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn cpu_ms() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns: u64 = stat.split_whitespace().next().unwrap().parse().unwrap();
    ns / 1_000_000
}

/// Held by whoever measures.
static ALONE: Mutex<()> = Mutex::new(());

struct Took {
    end: Result<Pixels, PictureError>,
    memory: u64,
    cpu_ms: u64,
}

fn measured(bytes: &[u8], media: MediaType, side: u32) -> Took {
    forget_the_highest();
    let ((before, _), cpu) = (memory(), cpu_ms());
    let end = decode(bytes, media, side);
    Took {
        end,
        memory: memory().1.saturating_sub(before),
        cpu_ms: cpu_ms() - cpu,
    }
}

#[test]
fn a_picture_made_to_harm_is_refused_within_memory_and_time() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let stream = craft::deflated_zeros(256);
    let jpeg = MediaType::Jpeg;
    let (png, webp) = (MediaType::Png, MediaType::Webp);
    let bombs = [
        (
            "png that claims 65535 x 65535",
            png,
            craft::png(65_535, 65_535, 8, 6, &stream),
        ),
        (
            "png that claims 4096 x 4096",
            png,
            craft::png(4096, 4096, 8, 6, &stream),
        ),
        (
            "png of 16 bits that claims 4096 x 2048",
            png,
            craft::png(4096, 2048, 16, 6, &stream),
        ),
        (
            "png one pixel high and 2^31 wide",
            png,
            craft::png(0x7fff_ffff, 1, 1, 0, &stream),
        ),
        ("png of no pixels", png, craft::png(0, 0, 8, 6, &stream)),
        (
            "png with nothing in it",
            png,
            craft::png(3000, 2000, 8, 6, &[]),
        ),
        (
            "jpeg that claims 65535 x 65535",
            jpeg,
            craft::jpeg(65_535, 65_535, 0xc0, 1),
        ),
        (
            "progressive jpeg of 4000 x 2600",
            jpeg,
            craft::jpeg(4000, 2600, 0xc2, 1),
        ),
        (
            "progressive jpeg of 20,000 passes",
            jpeg,
            craft::jpeg(1900, 1900, 0xc2, 20_000),
        ),
        (
            "webp that claims 16384 x 16384",
            webp,
            craft::webp_lossless(16_384, 16_384),
        ),
        (
            "webp that claims 4096 x 4096",
            webp,
            craft::webp_lossless(4096, 4096),
        ),
        ("webp cut short", webp, craft::webp_lossless(800, 600)),
        (
            "html",
            jpeg,
            b"<html><script>alert(1)</script>".repeat(1000),
        ),
        (
            "png that says it is a jpeg",
            jpeg,
            craft::png(40, 40, 8, 6, &stream),
        ),
        ("pdf", png, b"%PDF-1.7 1 0 obj".repeat(1000)),
        ("nothing", png, Vec::new()),
        ("one that is too long", png, vec![0; 33 * 1024 * 1024]),
    ];
    // The control: what the limits let pass shows that memory and time are seen.
    let fine = measured(&craft::png(3200, 2500, 8, 6, &stream), png, 1600);
    assert!(fine.end.is_ok());
    assert!(
        fine.memory > 30 * 1000 * 1000,
        "{} bytes are seen",
        fine.memory
    );
    assert!(fine.memory <= MOST_MEMORY_SHOWN, "{} bytes", fine.memory);

    for (name, media, bytes) in &bombs {
        let took = measured(bytes, *media, 1600);
        println!(
            "{name}: {} bytes, {} KiB, {} ms: {:?}",
            bytes.len(),
            took.memory / 1024,
            took.cpu_ms,
            took.end.as_ref().err().map(ToString::to_string)
        );
        assert!(took.end.is_err(), "{name} is shown");
        assert!(
            took.memory <= MOST_MEMORY,
            "{name}: {} KiB",
            took.memory / 1024
        );
        assert!(took.cpu_ms <= MOST_CPU_MS, "{name}: {} ms", took.cpu_ms);
    }
}

#[test]
fn what_is_hidden_beside_the_pixels_is_not_unfolded() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let stream = craft::deflated_zeros(256);
    for (name, bytes) in [
        ("a profile", craft::png_with(b"iCCP", b"x\0\0", &stream)),
        ("a text", craft::png_with(b"zTXt", b"Comment\0\0", &stream)),
        (
            "pixels beyond the last",
            craft::png(100, 100, 8, 6, &stream),
        ),
    ] {
        let took = measured(&bytes, MediaType::Png, 1600);
        println!("{name}: {} KiB, {} ms", took.memory / 1024, took.cpu_ms);
        assert!(
            took.memory <= MOST_MEMORY,
            "{name}: {} KiB",
            took.memory / 1024
        );
        assert!(took.cpu_ms <= MOST_CPU_MS, "{name}: {} ms", took.cpu_ms);
    }
}
