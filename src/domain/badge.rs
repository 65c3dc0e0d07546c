//! Badges and wristbands: what a reader gives, and what a roster holds of it.

use zeroize::Zeroize;

/// The most characters of a badge.
pub const MOST_CHARACTERS: usize = 64;
/// The fewest: shorter ones are slips of a reader.
pub const FEWEST_CHARACTERS: usize = 4;

/// What a reader gave for a badge: 4 to 64 of `0-9 A-Z a-z - . _ : +`. Wiped on drop, and without
/// `Debug`: who holds a copy of it holds the badge.
#[derive(Clone, PartialEq, Eq)]
pub struct BadgeId(String);

impl BadgeId {
    /// Takes what was read, if a badge can be so.
    pub fn parse(text: &str) -> Option<Self> {
        let length = (FEWEST_CHARACTERS..=MOST_CHARACTERS).contains(&text.len());
        (length && text.bytes().all(is_badge_byte)).then(|| Self(text.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a badge may have this character.
pub fn is_badge_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'+')
}

impl Drop for BadgeId {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for BadgeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BadgeId(_)")
    }
}

/// The most characters of a technician's paper: code, host name and port.
pub const MOST_PAPER_CHARACTERS: usize = 320;
/// How the code on a technician's paper begins; no badge has a slash.
pub const PAPER_FORM: &str = "DAYROOM1/";

/// What a reader read off a technician's paper: a one-time code and where central is. Wiped on drop,
/// and without `Debug`: it is the secret itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperText(String);

impl PaperText {
    /// Takes what was read, if it begins like one. Whether it is one, who sets the terminal up says.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.starts_with(PAPER_FORM)
            && text.len() <= MOST_PAPER_CHARACTERS
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PaperText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for PaperText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PaperText(_)")
    }
}

/// What a reader tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadgeEvent {
    /// A badge was put before it.
    Read(BadgeId),
    /// A technician's paper was.
    Paper(PaperText),
    /// The badge was taken away.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_short_plain_and_never_printed() {
        let badge = BadgeId::parse("04A1B2C3").unwrap();
        assert_eq!(format!("{:?}", BadgeEvent::Read(badge)), "Read(BadgeId(_))");
        for bad in [
            "",
            "abc",
            "04A1 B2C3",
            "04A1\u{0}2C3",
            "%D0010",
            "ПРОПУСК",
            &"7".repeat(65),
        ] {
            assert!(BadgeId::parse(bad).is_none(), "{bad}");
        }
        assert!(BadgeId::parse(&"7".repeat(64)).is_some());
    }

    #[test]
    fn a_paper_is_no_badge_and_never_printed() {
        let text = "DAYROOM1/0123456789/CENTRAL.CEDAR.EXAMPLE/8443";
        let paper = PaperText::parse(text).unwrap();
        assert_eq!(paper.as_str(), text);
        assert_eq!(format!("{paper:?}"), "PaperText(_)");
        assert!(BadgeId::parse(text).is_none());
        for bad in [
            "",
            "04A1B2C3",
            "DAYROOM2/X",
            "DAYROOM1/A B",
            &format!("DAYROOM1/{}", "7".repeat(312)),
        ] {
            assert!(PaperText::parse(bad).is_none(), "{bad}");
        }
    }
}
