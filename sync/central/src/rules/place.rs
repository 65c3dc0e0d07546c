use std::fmt;
use std::str::FromStr;

/// A place in a kiosk's feed: where the record stands in it, then its own commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FeedPlace {
    pub(crate) place: u64,
    pub(crate) commit: u64,
}

impl FeedPlace {
    /// Behind everything that was ever committed up to `last_commit`.
    pub(crate) fn end(last_commit: u64) -> Self {
        Self {
            place: last_commit,
            commit: last_commit,
        }
    }
}

impl fmt::Display for FeedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, self.commit)
    }
}

/// The text is no cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotACursor;

impl FromStr for FeedPlace {
    type Err = NotACursor;

    /// The empty text is the start.
    fn from_str(text: &str) -> Result<Self, NotACursor> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let (place, commit) = text.split_once('.').ok_or(NotACursor)?;
        let number = |part: &str| part.parse::<u64>().map_err(|_| NotACursor);
        let read = Self {
            place: number(place)?,
            commit: number(commit)?,
        };
        if read.commit <= read.place && read.to_string() == text {
            Ok(read)
        } else {
            Err(NotACursor)
        }
    }
}

/// Where a record of version `version` stands in a feed whose latest arrival, of the resident or
/// of the kiosk, is `base`.
pub(crate) fn place_of(version: u64, base: u64) -> FeedPlace {
    FeedPlace {
        place: version.max(base),
        commit: version,
    }
}

/// The version after which the records of one arrival `base` follow the place `cursor`.
///
/// Within one arrival, order of version is order of place, so one number says where to go on.
pub(crate) fn first_after(base: u64, cursor: FeedPlace) -> u64 {
    if cursor.place < base {
        0
    } else if cursor.place == base || cursor.commit >= cursor.place {
        cursor.commit
    } else {
        cursor.place.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written_and_nothing_else_is_one() {
        let place = FeedPlace {
            place: 12,
            commit: 7,
        };
        assert_eq!("12.7".parse(), Ok(place));
        assert_eq!(place.to_string(), "12.7");
        assert_eq!("".parse(), Ok(FeedPlace::default()));
        for text in ["7", "7.12", "012.7", "+12.7", "a.b", "12.7 ", "1.-1", "."] {
            assert_eq!(text.parse::<FeedPlace>(), Err(NotACursor), "{text}");
        }
    }

    proptest! {
        #[test]
        fn going_on_after_a_version_is_going_on_after_a_place(
            base in 0..20u64,
            place in 0..20u64,
            below in 0..20u64,
        ) {
            let cursor = FeedPlace { place, commit: place.saturating_sub(below) };
            let after = first_after(base, cursor);
            for version in 1..40 {
                prop_assert_eq!(version > after, place_of(version, base) > cursor);
            }
        }
    }
}
