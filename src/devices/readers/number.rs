//! How a badge's number is written: as it is, or as a Wiegand number of 26 or 34 bits.

use serde::{Deserialize, Serialize};

use crate::domain::badge::BadgeId;

/// How the badge is written in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notation {
    /// Letters, digits and `- . _ : +`, taken as they are.
    #[default]
    Text,
    /// Hexadecimal digits, taken in capitals.
    Hex,
    /// 26 bits with their two parity bits, in hexadecimal: `026A4B1` as seven digits.
    Wiegand26Hex,
    /// The 24 bits between the parity bits as facility and card in decimal, `77,37412`.
    Wiegand26Decimal,
    /// 34 bits with their two parity bits, in hexadecimal: nine digits.
    Wiegand34Hex,
    /// The 32 bits between the parity bits as facility and card in decimal.
    Wiegand34Decimal,
}

impl Notation {
    /// Whether the message holds hexadecimal digits.
    pub fn is_hex(self) -> bool {
        match self {
            Self::Hex | Self::Wiegand26Hex | Self::Wiegand34Hex => true,
            Self::Text | Self::Wiegand26Decimal | Self::Wiegand34Decimal => false,
        }
    }

    /// The badge that is written so; `None` if it is not one. The same Wiegand card gives the same badge
    /// in either notation: `facility-card` in decimal.
    pub fn read(self, text: &str) -> Option<BadgeId> {
        match self {
            Self::Text => BadgeId::parse(text),
            Self::Hex => {
                let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
                hex.then(|| BadgeId::parse(&text.to_ascii_uppercase()))
                    .flatten()
            }
            Self::Wiegand26Hex => from_bits(text, 26),
            Self::Wiegand34Hex => from_bits(text, 34),
            Self::Wiegand26Decimal => from_decimal(text, u32::from(u8::MAX)),
            Self::Wiegand34Decimal => from_decimal(text, u32::from(u16::MAX)),
        }
    }
}

/// Even parity over the first half, odd over the second, each with its own bit at the outside.
fn from_bits(text: &str, bits: u32) -> Option<BadgeId> {
    let digits = usize::try_from(bits.div_ceil(4)).ok()?;
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = plain
        .then(|| u64::from_str_radix(text, 16).ok())
        .flatten()?;
    let half = bits / 2;
    let (high, low) = (value >> half, value & ((1 << half) - 1));
    if value >> bits != 0 || high.count_ones() % 2 != 0 || low.count_ones() % 2 != 1 {
        return None;
    }
    let data = u32::try_from(value >> 1 & ((1 << (bits - 2)) - 1)).ok()?;
    badge(data >> 16, data & 0xffff)
}

fn from_decimal(text: &str, most: u32) -> Option<BadgeId> {
    let (facility, card) = text.split_once([',', ':', '-', ' '])?;
    let number = |digits: &str, most: u32| {
        let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let value: u32 = plain.then(|| digits.parse().ok()).flatten()?;
        (value <= most).then_some(value)
    };
    badge(number(facility, most)?, number(card, u32::from(u16::MAX))?)
}

fn badge(facility: u32, card: u32) -> Option<BadgeId> {
    BadgeId::parse(&format!("{facility:03}-{card:05}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 26 bits of a card, with the parities a reader adds.
    fn wiegand(facility: u32, card: u32, bits: u32) -> u64 {
        let data = u64::from(facility) << 16 | u64::from(card);
        let half = bits / 2 - 1;
        let even = (data >> half).count_ones() % 2;
        let odd = 1 - (data & ((1 << half) - 1)).count_ones() % 2;
        u64::from(even) << (bits - 1) | data << 1 | u64::from(odd)
    }

    #[test]
    fn the_same_card_is_the_same_badge_in_either_notation() {
        let hex = format!("{:07X}", wiegand(77, 37_412, 26));
        let badge = Notation::Wiegand26Hex.read(&hex).unwrap();
        assert_eq!(badge.as_str(), "077-37412");
        assert_eq!(
            Notation::Wiegand26Decimal.read("77,37412"),
            Some(badge.clone())
        );
        assert_eq!(Notation::Wiegand26Decimal.read("077-37412"), Some(badge));
        let hex = format!("{:09x}", wiegand(40_000, 1, 34));
        let badge = Notation::Wiegand34Hex.read(&hex).unwrap();
        assert_eq!(Notation::Wiegand34Decimal.read("40000:00001"), Some(badge));
    }

    #[test]
    fn one_flipped_bit_is_no_badge() {
        let value = wiegand(77, 37_412, 26);
        for bit in 0..28 {
            let flipped = format!("{:07X}", value ^ 1 << bit);
            assert_eq!(Notation::Wiegand26Hex.read(&flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn numbers_no_card_has_are_refused() {
        for text in [
            "256,1", "1,65536", "1", "1,", ",1", "-1,1", "1,1,1", "000001,1", "１,1",
        ] {
            assert_eq!(Notation::Wiegand26Decimal.read(text), None, "{text}");
        }
        for text in ["", "0", "+000001", "00000000", "GGGGGGG"] {
            assert_eq!(Notation::Wiegand26Hex.read(text), None, "{text}");
        }
        assert_eq!(Notation::Hex.read("04a1b2c3").unwrap().as_str(), "04A1B2C3");
        assert_eq!(Notation::Hex.read("04a1b2g3"), None);
    }
}
