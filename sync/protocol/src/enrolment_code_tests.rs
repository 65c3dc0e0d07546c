#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use super::*;

fn code() -> EnrolmentCode {
    let mut sha256 = [0; 32];
    for (place, byte) in sha256.iter_mut().enumerate() {
        *byte = (place as u8).wrapping_mul(37).wrapping_add(11);
    }
    let number = EnrolmentNumber::new(0x7_3a91);
    EnrolmentCode::new(number, 0x2_beef_1234_5678, RootPin::of(&sha256))
}

#[test]
fn a_code_reads_as_it_was_written_and_has_forty_characters() {
    let code = code();
    assert_eq!(code.plain().len(), 40);
    assert_eq!(code.grouped().split('-').count(), 8);
    assert_eq!(code.plain().parse::<EnrolmentCode>(), Ok(code));
    assert_eq!(code.grouped().parse::<EnrolmentCode>(), Ok(code));
    // The form never changes: codes that were printed are read by the next version. Computed apart.
    assert_eq!(
        code.grouped(),
        "EEMH8-NYXWJ-938NC-KR1CE-R5AYW-MZRK6-MGWCS-TRFP6"
    );
}

#[test]
fn small_letters_spaces_and_look_alikes_are_read_as_meant() {
    let code = code();
    let typed = code.grouped().to_lowercase().replace('-', "  ");
    let typed = typed.replace('1', "l").replace('0', "o");
    assert_eq!(typed.parse::<EnrolmentCode>(), Ok(code));
}

#[test]
fn every_single_wrong_character_names_its_group() {
    let right = code().plain().into_bytes();
    for place in 0..right.len() {
        for other in ALPHABET {
            let mut wrong = right.clone();
            if wrong[place] == *other {
                continue;
            }
            wrong[place] = *other;
            let text = String::from_utf8(wrong).unwrap();
            let group = place / GROUP + 1;
            assert_eq!(text.parse::<EnrolmentCode>(), Err(CodeError::Group(group)));
            assert_eq!(judge(&text), Typed::Wrong(group));
        }
    }
}

#[test]
fn two_characters_or_groups_in_the_wrong_order_are_noticed() {
    let right = code().plain().into_bytes();
    for group in 0..GROUPS {
        for (a, b) in [(0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (1, 3), (0, 3)] {
            let mut wrong = right.clone();
            wrong.swap(group * GROUP + a, group * GROUP + b);
            if wrong == right {
                continue;
            }
            let text = String::from_utf8(wrong).unwrap();
            assert_eq!(
                text.parse::<EnrolmentCode>(),
                Err(CodeError::Group(group + 1))
            );
        }
    }
    let groups: Vec<&[u8]> = right.chunks(GROUP).collect();
    for first in 0..GROUPS {
        for second in first + 1..GROUPS {
            let mut swapped = groups.clone();
            swapped.swap(first, second);
            let text = String::from_utf8(swapped.concat()).unwrap();
            assert!(text.parse::<EnrolmentCode>().is_err());
        }
    }
}

#[test]
fn a_code_that_is_being_typed_is_judged_group_by_group() {
    let text = code().grouped();
    assert_eq!(judge(""), Typed::Groups(0));
    assert_eq!(judge(&text[..3]), Typed::Groups(0));
    assert_eq!(judge(&text[..5]), Typed::Groups(1));
    assert_eq!(judge(&text[..13]), Typed::Groups(2));
    assert_eq!(judge(&text), Typed::Whole);
    assert_eq!(judge(&format!("{text}0")), Typed::Wrong(8));
    assert_eq!(judge("8Q2U"), Typed::Wrong(1));
    assert_eq!(
        text[..17].parse::<EnrolmentCode>(),
        Err(CodeError::Length(15))
    );
}

#[test]
fn the_pin_is_of_one_root() {
    let mut sha256 = [7; 32];
    let pin = RootPin::of(&sha256);
    sha256[31] ^= 1;
    assert_eq!(RootPin::of(&sha256), pin, "the last bits are left out");
    sha256[11] ^= 0x80;
    assert_ne!(RootPin::of(&sha256), pin, "bit 89 counts");
}

#[test]
fn nothing_secret_is_said_by_debug() {
    let code = code();
    let said = format!("{code:?}");
    assert!(!said.contains(&code.plain()[4..12]));
    assert!(!said.contains(&code.secret.to_string()));
}

#[test]
fn a_number_reads_as_it_was_written() {
    let number = EnrolmentNumber::new(0x7_3a91);
    assert_eq!(number.to_string().parse(), Ok(number));
    assert_eq!(number.to_string(), code().plain()[..4]);
    assert!("8Q2".parse::<EnrolmentNumber>().is_err());
    assert!("8Q2U".parse::<EnrolmentNumber>().is_err());
}

#[test]
fn a_scanned_code_carries_centrals_address() {
    let scan = EnrolmentScan {
        code: code(),
        host: "central.cedar.example".to_owned(),
        port: 8443,
    };
    let text = scan.text();
    assert!(text.bytes().all(|byte| !byte.is_ascii_lowercase()));
    assert_eq!(text.parse::<EnrolmentScan>(), Ok(scan));
    for wrong in [
        "",
        "DAYROOM1",
        "DAYROOM2/x/HOST/8443",
        "0123456789",
        &text.replace("8443", "0"),
        &text.replace("8443", "+443"),
        &text.replace("8443", "65536"),
        &text.replace("CENTRAL", "CEN TRAL"),
        &format!("{text}/"),
    ] {
        assert!(wrong.parse::<EnrolmentScan>().is_err(), "{wrong}");
    }
}
