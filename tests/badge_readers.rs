//! Every grammar of a serial reader over a real line: a pseudo terminal is one. What is plugged out
//! and in again is back within two seconds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dayroom::devices::input::Folders;
use dayroom::devices::readers::{
    BadgeReader, ChecksumKind, FromReader, ReaderConfig, SerialConfig,
};
use dayroom::domain::attached::Presence;
use dayroom::domain::badge::{BadgeEvent, BadgeId, PaperText};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

const PATIENCE: Duration = Duration::from_secs(10);

/// A reader's end of a line; the other end is where the kiosk opens it.
fn plug_in(line: &Path) -> File {
    let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&reader).unwrap();
    unlockpt(&reader).unwrap();
    let name = ptsname(&reader, Vec::new()).unwrap();
    let _ = std::fs::remove_file(line);
    symlink(name.to_str().unwrap(), line).unwrap();
    File::from(reader)
}

struct Bench {
    reader: File,
    line: PathBuf,
    heard: Receiver<FromReader>,
    _kiosk: BadgeReader,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(grammar: &str, repeats_ms: Option<u16>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = folder.path().join("reader");
        let reader = plug_in(&line);
        let config = SerialConfig {
            path: line.clone(),
            baud: 9_600,
            parity: dayroom::devices::readers::Parity::None,
            grammar: serde_json::from_str(grammar).unwrap(),
            repeats_ms,
        };
        config.grammar.check().unwrap();
        let (say, heard) = channel();
        let folders = Folders {
            dev: folder.path().join("dev"),
            class: folder.path().join("class"),
        };
        let kiosk = BadgeReader::start(folders, ReaderConfig::Serial(config), move |from| {
            let _ = say.send(from);
        });
        let bench = Self {
            reader,
            line,
            heard,
            _kiosk: kiosk,
            _folder: folder,
        };
        assert_eq!(bench.next(), FromReader::Presence(Presence::There));
        bench
    }

    fn next(&self) -> FromReader {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.reader.write_all(bytes).unwrap();
    }
}

fn badge(text: &str) -> FromReader {
    FromReader::Badge(BadgeEvent::Read(BadgeId::parse(text).unwrap()))
}

#[test]
fn every_grammar_is_read_over_a_real_line() {
    let sum = |kind: ChecksumKind, of: &[u8]| kind.of(of).to_be_bytes();
    let crc = sum(ChecksumKind::Crc16, b"04A1B2C3");
    let lrc = sum(ChecksumKind::Lrc, b"04A1B2C3\x03")[1];
    let crc_line = format!("04A1B2C3{:02X}{:02X}\r\n", crc[0], crc[1]);
    let xor_line = format!("04A1B2C3{:02x}\n", ChecksumKind::Xor.of(b"04A1B2C3"));
    let sum_line = format!("04A1B2C3{:02X}\r", ChecksumKind::Sum.of(b"04A1B2C3"));
    let stories: [(&str, &str, Vec<u8>, &str); 10] = [
        ("line", "{}", b"04A1B2C3\r\n".to_vec(), "04A1B2C3"),
        (
            "prefix, suffix",
            r#"{"prefix":"TAG-","suffix":";"}"#,
            b"TAG-04A1B2C3;\r".to_vec(),
            "04A1B2C3",
        ),
        (
            "xor",
            r#"{"checksum":{"kind":"xor"}}"#,
            xor_line.into_bytes(),
            "04A1B2C3",
        ),
        (
            "sum",
            r#"{"checksum":{"kind":"sum"}}"#,
            sum_line.into_bytes(),
            "04A1B2C3",
        ),
        (
            "crc-16",
            r#"{"checksum":{"kind":"crc16"}}"#,
            crc_line.into_bytes(),
            "04A1B2C3",
        ),
        (
            "frame",
            r#"{"frame":"stx_etx"}"#,
            b"\x0204A1B2C3\x03".to_vec(),
            "04A1B2C3",
        ),
        (
            "frame, lrc after etx",
            r#"{"frame":"stx_etx","checksum":{"kind":"lrc","place":"after_etx"}}"#,
            [b"\x0204A1B2C3\x03".as_slice(), &[lrc]].concat(),
            "04A1B2C3",
        ),
        (
            "125 kHz",
            r#"{"frame":"stx_etx","badge":"hex","checksum":{"kind":"xor","over":"hex_bytes"}}"#,
            b"\x0262E3086CED08\r\n\x03".to_vec(),
            "62E3086CED",
        ),
        (
            "wiegand, decimal",
            r#"{"badge":"wiegand26_decimal"}"#,
            b"77,37412\r\n".to_vec(),
            "077-37412",
        ),
        (
            "wiegand, 34 bits",
            r#"{"badge":"wiegand34_decimal"}"#,
            b"40000,00001\n".to_vec(),
            "40000-00001",
        ),
    ];
    for (name, grammar, sent, read) in stories {
        let mut bench = Bench::new(grammar, None);
        // Noise, a crafted code, then the badge: only it is heard.
        bench.send(b"\r\n%%TEST%%\r\n");
        bench.send(&sent);
        assert_eq!(bench.next(), badge(read), "{name}");
    }
}

#[test]
fn a_technicians_paper_is_read_over_a_real_line_whatever_the_badges_are_like() {
    let host = "CENTRAL.".repeat(25);
    let text = format!("DAYROOM1/{}/{host}EXAMPLE/8443", "7".repeat(40));
    let paper = FromReader::Badge(BadgeEvent::Paper(PaperText::parse(&text).unwrap()));
    for (grammar, sent) in [
        ("{}", format!("{text}\r\n")),
        (
            r#"{"prefix":"TAG-","checksum":{"kind":"sum"}}"#,
            format!("{text}\r"),
        ),
        (r#"{"frame":"stx_etx"}"#, format!("\x02{text}\x03")),
    ] {
        let mut bench = Bench::new(grammar, Some(300));
        // Anything else that is so long is no badge and no paper.
        bench.send(format!("{}\r\n", "8".repeat(200)).as_bytes());
        bench.send(sent.as_bytes());
        assert_eq!(bench.next(), paper, "{grammar}");
    }
}

#[test]
fn a_reader_that_is_plugged_in_again_is_back_within_two_seconds() {
    let mut bench = Bench::new("{}", None);
    bench.send(b"04A1B2C3\r");
    assert_eq!(bench.next(), badge("04A1B2C3"));
    // Out: this end of the line is gone.
    bench.reader = File::open("/dev/null").unwrap();
    std::fs::remove_file(&bench.line).unwrap();
    assert_eq!(bench.next(), FromReader::Presence(Presence::Absent));
    bench.reader = plug_in(&bench.line);
    let plugged = Instant::now();
    assert_eq!(bench.next(), FromReader::Presence(Presence::There));
    let took = plugged.elapsed();
    println!("back after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(2), "back after {took:?}");
    bench.send(b"04A1B2C4\r");
    assert_eq!(bench.next(), badge("04A1B2C4"));
}

#[test]
fn a_badge_that_is_taken_away_is_gone() {
    let mut bench = Bench::new("{}", Some(300));
    bench.send(b"04A1B2C3\r04A1B2C3\r");
    assert_eq!(bench.next(), badge("04A1B2C3"));
    assert_eq!(bench.next(), FromReader::Badge(BadgeEvent::Gone));
    let mut telling = Bench::new(r#"{"gone":"OUT"}"#, None);
    telling.send(b"04A1B2C3\rOUT\r");
    assert_eq!(telling.next(), badge("04A1B2C3"));
    assert_eq!(telling.next(), FromReader::Badge(BadgeEvent::Gone));
}

#[test]
fn a_badge_goes_with_its_reader() {
    let mut bench = Bench::new("{}", Some(10_000));
    bench.send(b"04A1B2C3\r");
    assert_eq!(bench.next(), badge("04A1B2C3"));
    bench.reader = File::open("/dev/null").unwrap();
    assert_eq!(bench.next(), FromReader::Badge(BadgeEvent::Gone));
    assert_eq!(bench.next(), FromReader::Presence(Presence::Absent));
}
