//! What a reader sends around a badge, and how the badge is written in it.

use serde::{Deserialize, Serialize};

use super::number::Notation;

/// The grammar of one reader: a frame, in it a prefix, the badge, a checksum and a suffix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grammar {
    /// Where a message begins and ends.
    #[serde(default)]
    pub frame: Frame,
    /// What comes before the badge.
    #[serde(default)]
    pub prefix: String,
    /// What comes after the badge, and after a checksum written in hexadecimal.
    #[serde(default)]
    pub suffix: String,
    /// How it is checked.
    #[serde(default)]
    pub checksum: Checksum,
    /// How the badge is written.
    #[serde(default)]
    pub badge: Notation,
    /// The message that says that the badge was taken away, without frame and checksum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
}

/// Where a message begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// CR, LF or both.
    #[default]
    Line,
    /// STX before, ETX after.
    StxEtx,
}

/// How a message is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    /// Which.
    #[serde(default)]
    pub kind: ChecksumKind,
    /// Where it stands.
    #[serde(default)]
    pub place: ChecksumPlace,
    /// What it is computed over.
    #[serde(default)]
    pub over: ChecksumOver,
}

/// Which checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumKind {
    /// None.
    #[default]
    None,
    /// All bytes, exclusive or.
    Xor,
    /// Their sum, 8 bits.
    Sum,
    /// The sum's two's complement, as Modbus ASCII and ISO 1155 readers send it.
    Lrc,
    /// CRC-16/MODBUS: polynomial 8005 reflected, from FFFF.
    Crc16,
    /// CRC-16/IBM-3740 ("CCITT-FALSE"): polynomial 1021, from FFFF.
    Crc16Ccitt,
}

/// Where the checksum stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumPlace {
    /// After the badge, in hexadecimal: two digits, four for a CRC, the high ones first.
    #[default]
    Hex,
    /// After ETX, as bytes, the high one first. Only in STX/ETX frames.
    AfterEtx,
}

/// What the checksum is computed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumOver {
    /// The prefix and the badge as they are written.
    #[default]
    Text,
    /// The bytes that the badge's hexadecimal digits stand for (as 125 kHz readers do).
    HexBytes,
}

/// Why a grammar cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrammarError {
    /// A prefix or suffix with a character that would end the frame.
    #[error("prefix, suffix and gone may hold printable ASCII only, at most 16 characters")]
    Unprintable,
    /// There is no ETX to stand after.
    #[error("a checksum after ETX needs the frame stx_etx")]
    NoEtx,
    /// Sums over bytes need digits.
    #[error("a checksum over hex_bytes needs a badge in hexadecimal")]
    NoHexBytes,
}

/// The most characters of a prefix or suffix.
const MOST_AROUND: usize = 16;

impl Grammar {
    /// Whether it fits together.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<(), GrammarError> {
        let around = [Some(&self.prefix), Some(&self.suffix), self.gone.as_ref()];
        let plain = |text: &&String| {
            text.len() <= MOST_AROUND && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        };
        if !around.iter().flatten().all(plain) || self.gone.as_ref().is_some_and(String::is_empty) {
            return Err(GrammarError::Unprintable);
        }
        let checked = self.checksum.kind != ChecksumKind::None;
        if checked && self.checksum.place == ChecksumPlace::AfterEtx && self.frame == Frame::Line {
            return Err(GrammarError::NoEtx);
        }
        let hex_bytes = self.checksum.over == ChecksumOver::HexBytes;
        if checked && hex_bytes && !self.badge.is_hex() {
            return Err(GrammarError::NoHexBytes);
        }
        Ok(())
    }

    /// How many bytes follow ETX.
    pub fn after_etx(&self) -> usize {
        if self.frame == Frame::StxEtx && self.checksum.place == ChecksumPlace::AfterEtx {
            self.checksum.kind.bytes()
        } else {
            0
        }
    }
}

impl ChecksumKind {
    /// How many bytes it has.
    pub fn bytes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Xor | Self::Sum | Self::Lrc => 1,
            Self::Crc16 | Self::Crc16Ccitt => 2,
        }
    }

    /// The checksum of these bytes.
    pub fn of(self, bytes: &[u8]) -> u16 {
        let sum = || bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        match self {
            Self::None => 0,
            Self::Xor => u16::from(bytes.iter().fold(0, |all, byte| all ^ byte)),
            Self::Sum => u16::from(sum()),
            Self::Lrc => u16::from(sum().wrapping_neg()),
            Self::Crc16 => bytes.iter().fold(0xffff, |crc, byte| {
                (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
                    if crc & 1 == 1 {
                        crc >> 1 ^ 0xa001
                    } else {
                        crc >> 1
                    }
                })
            }),
            Self::Crc16Ccitt => bytes.iter().fold(0xffff, |crc, byte| {
                (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
                    if crc & 0x8000 == 0 {
                        crc << 1
                    } else {
                        crc << 1 ^ 0x1021
                    }
                })
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_catalogues() {
        // "123456789" in the catalogue of CRC algorithms; Modbus ASCII's own example of an LRC.
        let check = b"123456789";
        assert_eq!(ChecksumKind::Crc16.of(check), 0x4b37);
        assert_eq!(ChecksumKind::Crc16Ccitt.of(check), 0x29b1);
        assert_eq!(
            ChecksumKind::Lrc.of(&[0x11, 0x03, 0x00, 0x6b, 0x00, 0x03]),
            0x7e
        );
        assert_eq!(ChecksumKind::Xor.of(&[0x62, 0xe3, 0x08, 0x6c, 0xed]), 0x08);
        assert_eq!(ChecksumKind::Sum.of(&[0xff, 0x02]), 0x01);
    }

    #[test]
    fn grammars_that_do_not_fit_together_are_refused() {
        let read = |json: &str| serde_json::from_str::<Grammar>(json).unwrap().check();
        assert_eq!(read("{}"), Ok(()));
        assert_eq!(read(r#"{"prefix":"a\r"}"#), Err(GrammarError::Unprintable));
        assert_eq!(read(r#"{"gone":""}"#), Err(GrammarError::Unprintable));
        assert_eq!(
            read(r#"{"checksum":{"kind":"xor","place":"after_etx"}}"#),
            Err(GrammarError::NoEtx)
        );
        assert_eq!(
            read(r#"{"checksum":{"kind":"xor","over":"hex_bytes"}}"#),
            Err(GrammarError::NoHexBytes)
        );
        assert!(serde_json::from_str::<Grammar>(r#"{"prefx":"a"}"#).is_err());
    }
}
