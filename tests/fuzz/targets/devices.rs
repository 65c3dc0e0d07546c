//! What a badge reader or a touch panel sends.

use dayroom::devices::readers::{
    Checksum, ChecksumKind, ChecksumOver, ChecksumPlace, Frame, Grammar, Notation, SerialFrames,
    WedgeGrammar, WedgeKeys,
};
use dayroom::devices::touch::{
    Axis, Calibration, Decoder, Geometry, Protocol, Raw, Rotation, Rules, Slot, Snapshot,
};
use dayroom::domain::badge::{BadgeEvent, BadgeId};
use dayroom::domain::pointer::Pointer;

/// Events of one input: enough for any message, and quick unoptimised.
const MOST: usize = 8_000;

/// A serial line: the first byte chooses the grammar, the others come a millisecond apart.
pub fn serial_frames(data: &[u8]) {
    let Some((choice, sent)) = data.split_first() else {
        return;
    };
    let kinds = [
        ChecksumKind::None,
        ChecksumKind::Xor,
        ChecksumKind::Sum,
        ChecksumKind::Lrc,
        ChecksumKind::Crc16,
        ChecksumKind::Crc16Ccitt,
    ];
    let notations = [
        Notation::Text,
        Notation::Hex,
        Notation::Wiegand26Hex,
        Notation::Wiegand26Decimal,
        Notation::Wiegand34Hex,
    ];
    let framed = choice & 1 == 1;
    let badge = notations[usize::from(choice / 12) % notations.len()];
    let grammar = Grammar {
        frame: if framed { Frame::StxEtx } else { Frame::Line },
        prefix: if choice & 128 == 0 {
            String::new()
        } else {
            "P".to_owned()
        },
        checksum: Checksum {
            kind: kinds[usize::from(choice / 2) % kinds.len()],
            place: if framed {
                ChecksumPlace::AfterEtx
            } else {
                ChecksumPlace::Hex
            },
            over: if badge.is_hex() {
                ChecksumOver::HexBytes
            } else {
                ChecksumOver::Text
            },
        },
        badge,
        ..Grammar::default()
    };
    assert_eq!(grammar.check(), Ok(()));
    let mut frames = SerialFrames::new(grammar);
    for (byte, at) in sent.iter().take(MOST).zip((0..).step_by(1_000)) {
        if let Some(Ok(event)) = frames.take(*byte, at) {
            is_whole(&event);
        }
    }
}

/// A keyboard wedge: key, whether it goes down, and milliseconds since the last.
pub fn wedge_keys(data: &[u8]) {
    let mut keys = WedgeKeys::new(WedgeGrammar::default());
    let mut at = 0;
    for event in data.chunks_exact(3).take(MOST) {
        at += u64::from(event[2]) * 1_000;
        let kind = if event[1] & 0x80 == 0 { 1 } else { 0 };
        let (code, value) = (u16::from(event[0]), i32::from(event[1] & 3));
        if let Some(Ok(event)) = keys.take(Raw {
            at,
            kind,
            code,
            value,
        }) {
            is_whole(&event);
        }
    }
}

fn is_whole(event: &BadgeEvent) {
    if let BadgeEvent::Read(badge) = event {
        assert!(BadgeId::parse(badge.as_str()).is_some());
    }
}

/// A touch panel: kind, code, value and milliseconds since the last; the pointer that comes of it goes
/// down, along and up in that order, and never beside the panel.
pub fn touch_events(data: &[u8]) {
    let axis = Axis::new(0, 4095).unwrap();
    let geometry = Geometry {
        x: axis,
        y: axis,
        calibration: Calibration::default(),
        rotation: Rotation::Quarter,
    };
    let protocol = match data.first() {
        Some(first) if first % 2 == 1 => Protocol::Single,
        _ => Protocol::Slots(10),
    };
    let rules = Rules {
        palm: Some(300),
        ..Rules::default()
    };
    let mut decoder = Decoder::new(geometry, protocol, rules);
    let (mut at, mut is_down) = (0, false);
    for event in data.chunks_exact(5).take(MOST) {
        at += u64::from(event[4]) * 1_000;
        let value = i32::from(i16::from_le_bytes([event[2], event[3]]));
        let raw = Raw {
            at,
            kind: u16::from(event[0] % 4),
            code: u16::from(event[1]),
            value,
        };
        let mut said = decoder.decode(raw);
        if decoder.needs_resync() {
            let slot = Slot {
                contact: value,
                x: value,
                y: value,
                ..Slot::EMPTY
            };
            let snapshot = Snapshot {
                current: value,
                slots: vec![slot; 3],
            };
            said.extend(decoder.resync(&snapshot, at));
        }
        said.extend(decoder.tick(at));
        for pointer in said {
            let (was, spot) = match pointer {
                Pointer::Down(spot) => (!std::mem::replace(&mut is_down, true), Some(spot)),
                Pointer::Along(spot) => (is_down, Some(spot)),
                Pointer::Up(spot) => (std::mem::replace(&mut is_down, false), Some(spot)),
                Pointer::Lost => (std::mem::replace(&mut is_down, false), None),
            };
            assert!(was, "{pointer:?} out of order");
            assert!(
                spot.is_none_or(
                    |at| (0.0..1.0).contains(&at.across) && (0.0..1.0).contains(&at.down)
                )
            );
        }
    }
}
