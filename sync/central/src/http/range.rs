/// The bytes of a blob that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All.
    Whole,
    /// From the first number; up to and with the second, if there is one.
    Part(u64, Option<u64>),
}

impl Wanted {
    /// Reads a `Range` header. Forms a kiosk does not use ask for the whole, as RFC 9110 allows.
    pub(super) fn read(header: Option<&str>) -> Self {
        let part = || {
            let (first, last) = header?.strip_prefix("bytes=")?.split_once('-')?;
            let first = first.parse().ok()?;
            let last = match last {
                "" => None,
                last => Some(last.parse().ok().filter(|last| *last >= first)?),
            };
            Some(Self::Part(first, last))
        };
        part().unwrap_or(Self::Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_and_odd_ones_ask_for_the_whole() {
        assert_eq!(Wanted::read(None), Wanted::Whole);
        assert_eq!(Wanted::read(Some("bytes=7-")), Wanted::Part(7, None));
        assert_eq!(Wanted::read(Some("bytes=7-9")), Wanted::Part(7, Some(9)));
        for odd in [
            "bytes=-5",
            "bytes=9-7",
            "bytes=1-2,4-5",
            "lines=1-",
            "bytes=",
            "bytes=x-",
        ] {
            assert_eq!(Wanted::read(Some(odd)), Wanted::Whole, "{odd}");
        }
    }
}
