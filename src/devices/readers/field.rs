//! Whether a badge is before the reader, for readers that repeat it for as long as it is. Pure.

use crate::domain::badge::{BadgeEvent, BadgeId};

/// The badge before a reader.
#[derive(Debug, Default)]
pub struct Field {
    /// How long a badge that is not repeated is still there, in microseconds; `None`: the reader
    /// does not repeat, and every read is news.
    repeats_within: Option<u64>,
    there: Option<(BadgeId, u64)>,
}

impl Field {
    /// The field of a reader that repeats a badge within this many milliseconds.
    pub fn new(repeats_ms: Option<u16>) -> Self {
        Self {
            repeats_within: repeats_ms.map(|ms| u64::from(ms) * 1_000),
            there: None,
        }
    }

    /// Takes what was read; gives what is news.
    pub fn take(&mut self, event: BadgeEvent, at: u64) -> Option<BadgeEvent> {
        match event {
            BadgeEvent::Gone => {
                self.there = None;
                Some(BadgeEvent::Gone)
            }
            // Nothing hangs on how long it is there.
            BadgeEvent::Paper(paper) => Some(BadgeEvent::Paper(paper)),
            BadgeEvent::Read(badge) => {
                if self.repeats_within.is_none() {
                    return Some(BadgeEvent::Read(badge));
                }
                let again = self
                    .there
                    .as_ref()
                    .is_some_and(|(there, _)| *there == badge);
                self.there = Some((badge.clone(), at));
                (!again).then_some(BadgeEvent::Read(badge))
            }
        }
    }

    /// Whether the badge has been taken away by `at`.
    pub fn tick(&mut self, at: u64) -> Option<BadgeEvent> {
        let within = self.repeats_within?;
        let gone = self
            .there
            .take_if(|(_, last)| at.saturating_sub(*last) > within);
        gone.map(|_| BadgeEvent::Gone)
    }

    /// The reader has gone: whatever was before it is not known to be there.
    pub fn lose(&mut self) -> Option<BadgeEvent> {
        self.there.take().map(|_| BadgeEvent::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn badge(text: &str) -> BadgeEvent {
        BadgeEvent::Read(BadgeId::parse(text).unwrap())
    }

    #[test]
    fn a_repeated_badge_is_news_once_and_gone_when_it_stops() {
        let mut field = Field::new(Some(1_000));
        assert_eq!(field.take(badge("AAAA"), 0), Some(badge("AAAA")));
        assert_eq!(field.take(badge("AAAA"), 900_000), None);
        assert_eq!(field.tick(1_800_000), None);
        assert_eq!(field.tick(1_900_001), Some(BadgeEvent::Gone));
        assert_eq!(field.tick(9_000_000), None);
        assert_eq!(field.take(badge("AAAA"), 9_000_000), Some(badge("AAAA")));
        assert_eq!(field.lose(), Some(BadgeEvent::Gone));
    }

    #[test]
    fn a_reader_that_does_not_repeat_says_everything_and_never_gone() {
        let mut field = Field::new(None);
        assert_eq!(field.take(badge("AAAA"), 0), Some(badge("AAAA")));
        assert_eq!(field.take(badge("AAAA"), 1), Some(badge("AAAA")));
        assert_eq!(field.tick(u64::MAX), None);
        assert_eq!(field.lose(), None);
    }
}
