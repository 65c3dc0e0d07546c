use proptest::prelude::*;

use super::*;
use crate::domain::badge::{BadgeEvent, BadgeId};

fn badge(text: &str) -> Result<BadgeEvent, FrameError> {
    Ok(BadgeEvent::Read(BadgeId::parse(text).unwrap()))
}

fn read(grammar: &str, bytes: &[u8]) -> Vec<Result<BadgeEvent, FrameError>> {
    let grammar: Grammar = serde_json::from_str(grammar).unwrap();
    assert_eq!(grammar.check(), Ok(()));
    let mut frames = SerialFrames::new(grammar);
    let stamped = bytes.iter().zip((0..).step_by(1_000));
    stamped
        .filter_map(|(byte, at)| frames.take(*byte, at))
        .collect()
}

#[test]
fn a_line_is_a_badge_whatever_ends_it() {
    let all = read("{}", b"\r\n04A1B2C3\r\n04A1B2C4\r04A1B2C5\n\n");
    assert_eq!(
        all,
        [badge("04A1B2C3"), badge("04A1B2C4"), badge("04A1B2C5")]
    );
}

#[test]
fn prefix_and_suffix_are_not_the_badge_and_must_be_there() {
    let grammar = r#"{"prefix":"TAG-","suffix":";"}"#;
    assert_eq!(read(grammar, b"TAG-04A1B2C3;\r"), [badge("04A1B2C3")]);
    assert_eq!(read(grammar, b"04A1B2C3;\r"), [Err(FrameError::NotOurs)]);
    assert_eq!(read(grammar, b"TAG-04A1B2C3\r"), [Err(FrameError::NotOurs)]);
}

#[test]
fn a_125_khz_reader_is_read_and_its_checksum_is_minded() {
    // STX, ten digits, the exclusive or of their five bytes, CR LF, ETX: the ID-12's own format.
    let grammar = r#"{"frame":"stx_etx","badge":"hex",
        "checksum":{"kind":"xor","place":"hex","over":"hex_bytes"}}"#;
    assert_eq!(
        read(grammar, b"\x0262E3086CED08\r\n\x03"),
        [badge("62E3086CED")]
    );
    assert_eq!(
        read(grammar, b"\x0262E3086CED09\r\n\x03"),
        [Err(FrameError::Checksum)]
    );
    assert_eq!(
        read(grammar, b"noise\x0262E3086CED08\x03noise"),
        [badge("62E3086CED")]
    );
}

#[test]
fn a_checksum_after_etx_counts_etx_in() {
    let grammar = r#"{"frame":"stx_etx","checksum":{"kind":"lrc","place":"after_etx"}}"#;
    let lrc = ChecksumKind::Lrc.of(b"04A1B2C3\x03").to_be_bytes()[1];
    let mut sent = b"\x0204A1B2C3\x03".to_vec();
    sent.push(lrc);
    // A checksum may look like a control character: the next frame is read all the same.
    sent.extend(b"\x0204A1B2C3\x03");
    sent.push(lrc.wrapping_add(1));
    assert_eq!(
        read(grammar, &sent),
        [badge("04A1B2C3"), Err(FrameError::Checksum)]
    );
}

#[test]
fn every_checksum_is_read_in_either_place() {
    for (kind, name) in [
        (ChecksumKind::Xor, "xor"),
        (ChecksumKind::Sum, "sum"),
        (ChecksumKind::Lrc, "lrc"),
        (ChecksumKind::Crc16, "crc16"),
        (ChecksumKind::Crc16Ccitt, "crc16_ccitt"),
    ] {
        let hex = format!(r#"{{"prefix":"P","checksum":{{"kind":"{name}"}}}}"#);
        let digits = kind.bytes() * 2;
        let line = format!("P04A1B2C3{:0digits$X}\r", kind.of(b"P04A1B2C3"));
        assert_eq!(read(&hex, line.as_bytes()), [badge("04A1B2C3")], "{name}");
        let after =
            format!(r#"{{"frame":"stx_etx","checksum":{{"kind":"{name}","place":"after_etx"}}}}"#);
        let sum = kind.of(b"04A1B2C3\x03").to_be_bytes();
        let sent = [b"\x0204A1B2C3\x03", &sum[2 - kind.bytes()..]].concat();
        assert_eq!(read(&after, &sent), [badge("04A1B2C3")], "{name}");
    }
}

#[test]
fn wiegand_numbers_are_read_from_lines() {
    let grammar = r#"{"badge":"wiegand26_decimal"}"#;
    assert_eq!(read(grammar, b"77,37412\r\n"), [badge("077-37412")]);
    assert_eq!(
        read(grammar, b"777,37412\r\n"),
        [Err(FrameError::NotABadge)]
    );
}

#[test]
fn a_badge_that_is_taken_away_says_so() {
    let grammar = r#"{"gone":"OUT","prefix":"IN "}"#;
    assert_eq!(
        read(grammar, b"IN 04A1B2C3\rOUT\r"),
        [badge("04A1B2C3"), Ok(BadgeEvent::Gone)]
    );
}

#[test]
fn seven_thousand_bytes_are_one_refusal_and_the_next_badge_is_read() {
    let mut sent = vec![b'7'; 7_000];
    sent.extend(b"\r04A1B2C3\r");
    assert_eq!(
        read("{}", &sent),
        [Err(FrameError::TooLong), badge("04A1B2C3")]
    );
}

#[test]
fn a_message_that_stops_is_not_joined_to_the_next() {
    let mut frames = SerialFrames::new(Grammar::default());
    for byte in b"04A1" {
        assert_eq!(frames.take(*byte, 0), None);
    }
    assert_eq!(frames.take(b'9', 600_000), Some(Err(FrameError::Cut)));
    for byte in b"4A1B2C3" {
        assert_eq!(frames.take(*byte, 601_000), None);
    }
    assert_eq!(frames.take(b'\r', 602_000), Some(badge("94A1B2C3")));
}

#[test]
fn crafted_codes_are_no_badges() {
    for sent in [
        b"%%SYS-TEST%%\r".as_slice(),
        b"\x1b[2J04A1\r",
        b"04A1\x00B2C3\r",
        b"04A1;DROP\r",
        b"\xff\xfe\xfd\xfc\r",
    ] {
        assert_eq!(read("{}", sent), [Err(FrameError::NotABadge)], "{sent:?}");
    }
}

proptest! {
    #[test]
    fn whatever_a_line_sends_what_is_read_is_a_badge(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        frame in 0..2_u8,
        kind in 0..4_u8,
    ) {
        let grammar = Grammar {
            frame: if frame == 0 { Frame::Line } else { Frame::StxEtx },
            checksum: Checksum {
                kind: [ChecksumKind::None, ChecksumKind::Xor, ChecksumKind::Crc16, ChecksumKind::Lrc]
                    [usize::from(kind)],
                place: if frame == 0 { ChecksumPlace::Hex } else { ChecksumPlace::AfterEtx },
                over: ChecksumOver::Text,
            },
            ..Grammar::default()
        };
        let mut frames = SerialFrames::new(grammar);
        for (at, byte) in bytes.iter().enumerate() {
            if let Some(Ok(BadgeEvent::Read(read))) = frames.take(*byte, at as u64) {
                prop_assert!((4..=64).contains(&read.as_str().len()));
                prop_assert!(BadgeId::parse(read.as_str()).is_some());
            }
        }
    }

    #[test]
    fn every_badge_comes_through_a_line_whole(text in "[0-9A-Za-z._:+-]{4,64}") {
        let sent = format!("{text}\r\n");
        prop_assert_eq!(read("{}", sent.as_bytes()), [badge(&text)]);
    }
}
