use proptest::prelude::*;

use super::*;
use crate::devices::touch::Raw;
use crate::domain::badge::{BadgeEvent, BadgeId, PaperText};

const ENTER: u16 = 28;

struct Wedge {
    keys: WedgeKeys,
    at: u64,
    read: Vec<Result<BadgeEvent, WedgeError>>,
}

impl Wedge {
    fn new(grammar: &str) -> Self {
        let grammar: WedgeGrammar = serde_json::from_str(grammar).unwrap();
        assert_eq!(grammar.check(), Ok(()));
        Self {
            keys: WedgeKeys::new(grammar),
            at: 5_000_000,
            read: Vec::new(),
        }
    }

    fn raw(&mut self, kind: u16, code: u16, value: i32) {
        let at = self.at;
        self.read.extend(self.keys.take(Raw {
            at,
            kind,
            code,
            value,
        }));
    }

    fn key(&mut self, code: u16, ms: u64) {
        self.at += ms * 1_000;
        self.raw(1, code, 1);
        self.raw(1, code, 0);
    }

    fn types(&mut self, text: &str, ms: u64) -> &mut Self {
        for byte in text.bytes() {
            let (code, shift) = key_of(byte);
            if shift {
                self.raw(1, 42, 1);
            }
            self.key(code, ms);
            if shift {
                self.raw(1, 42, 0);
            }
        }
        self
    }

    fn enter(&mut self, ms: u64) -> Vec<Result<BadgeEvent, WedgeError>> {
        self.key(ENTER, ms);
        std::mem::take(&mut self.read)
    }
}

fn key_of(byte: u8) -> (u16, bool) {
    const KEYS: &[u8] = b"??1234567890-=??qwertyuiop[]??asdfghjkl;'`?\\zxcvbnm,./";
    let plain = match byte {
        b':' => b';',
        b'_' => b'-',
        b'+' => b'=',
        b'%' => b'5',
        other => other.to_ascii_lowercase(),
    };
    let place = KEYS.iter().position(|key| *key == plain).unwrap();
    (u16::try_from(place).unwrap(), plain != byte)
}

fn badge(text: &str) -> Result<BadgeEvent, WedgeError> {
    Ok(BadgeEvent::Read(BadgeId::parse(text).unwrap()))
}

#[test]
fn a_technicians_paper_is_typed_as_quickly_as_a_badge() {
    let mut wedge = Wedge::new(r#"{"prefix":";","suffix":"?"}"#);
    let text = format!("DAYROOM1/{}/CENTRAL.CEDAR.EXAMPLE/8443", "7X".repeat(60));
    let paper = BadgeEvent::Paper(PaperText::parse(&text).unwrap());
    assert_eq!(wedge.types(&text, 5).enter(5), [Ok(paper)]);
    assert_eq!(
        wedge.types(&text, 100).enter(100),
        [Err(WedgeError::TooSlow)],
        "a person types it at the glass"
    );
}

#[test]
fn a_wedge_types_a_badge() {
    let mut wedge = Wedge::new("{}");
    assert_eq!(wedge.types("04A1b2-C3", 3).enter(3), [badge("04A1b2-C3")]);
    assert_eq!(
        wedge.types("0000123456", 300).enter(3),
        [Err(WedgeError::NotABadge)]
    );
    assert_eq!(wedge.types("77412345", 8).enter(8), [badge("77412345")]);
}

#[test]
fn a_person_at_a_keyboard_is_too_slow_to_be_a_reader() {
    let mut wedge = Wedge::new("{}");
    for gap in [41, 60, 120, 400] {
        let read = wedge.types("04A1B2C3", gap).enter(gap);
        assert_eq!(read, [Err(WedgeError::TooSlow)], "{gap} ms");
    }
}

#[test]
fn prefix_suffix_and_tab_are_as_set_up() {
    let grammar = r#"{"prefix":"B:","suffix":"+","end":"tab","badge":"hex"}"#;
    let mut wedge = Wedge::new(grammar);
    wedge.types("B:04a1b2c3+", 5).key(15, 5);
    assert_eq!(wedge.read, [badge("04A1B2C3")]);
    wedge.read.clear();
    wedge.types("04a1b2c3+", 5).key(15, 5);
    assert_eq!(wedge.read, [Err(WedgeError::NotABadge)]);
}

#[test]
fn keys_no_badge_has_spoil_it_and_the_next_badge_is_read() {
    let mut wedge = Wedge::new("{}");
    for foreign in [29, 56, 125, 1, 59, 111, 464] {
        wedge.types("04A1", 5).key(foreign, 5);
        assert_eq!(
            wedge.types("B2C3", 5).enter(5),
            [Err(WedgeError::ForeignKey)]
        );
        assert_eq!(wedge.types("04A1B2C3", 5).enter(5), [badge("04A1B2C3")]);
    }
    assert_eq!(
        wedge.types("%04A1B2", 5).enter(5),
        [Err(WedgeError::NotABadge)]
    );
}

#[test]
fn lost_keys_make_no_badge() {
    let mut wedge = Wedge::new("{}");
    wedge.types("04A1B2C3", 5).raw(0, 3, 0);
    assert_eq!(wedge.types("99", 5).enter(5), [Err(WedgeError::Lost)]);
    assert_eq!(wedge.types("04A1B2C3", 5).enter(5), [badge("04A1B2C3")]);
}

#[test]
fn seven_thousand_keys_are_one_refusal() {
    let mut wedge = Wedge::new("{}");
    assert_eq!(
        wedge.types(&"7".repeat(7_000), 1).enter(1),
        [Err(WedgeError::TooLong)]
    );
}

#[test]
fn a_wedge_that_a_person_could_be_is_refused() {
    for gap in [0, 4, 61, 500] {
        let grammar = WedgeGrammar {
            gap_ms: gap,
            ..WedgeGrammar::default()
        };
        assert_eq!(grammar.check(), Err(WedgeGrammarError::Gap));
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_what_is_read_is_a_badge(
        keys in prop::collection::vec((0..120_u16, 0..3_i32, 0..60_u64), 0..400),
    ) {
        let mut wedge = Wedge::new("{}");
        for (code, value, ms) in keys {
            wedge.at += ms * 1_000;
            wedge.raw(1, code, value);
        }
        for read in wedge.read.into_iter().flatten() {
            if let BadgeEvent::Read(read) = read {
                prop_assert!(BadgeId::parse(read.as_str()).is_some());
            }
        }
    }

    #[test]
    fn every_badge_can_be_typed(text in "[0-9A-Za-z:_+-]{4,64}") {
        prop_assert_eq!(Wedge::new("{}").types(&text, 4).enter(4), [badge(&text)]);
    }
}
