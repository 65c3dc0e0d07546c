//! Whether this kiosk may say that it is up to date.

use crate::domain::UtcMillis;
use crate::domain::local::Link;

/// How long after the last contact "up to date" is still true: the sync process polls at least
/// every five minutes, and one more lets a poll take its time.
const FRESH_MILLIS: i64 = 6 * 60 * 1000;

/// What may be said of how fresh the kiosk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It has not been in contact yet.
    Never,
    /// It is up to date as of then.
    Fresh(UtcMillis),
    /// It works without the network since then.
    Offline(UtcMillis),
}

/// What may be said. Silence is not freshness: without word from the sync process the kiosk works
/// without the network since it was last in contact. While that process says that it is in contact,
/// it is believed: the time of the last contact is not told anew with every change.
pub fn freshness(link: &Link, last_contact: Option<UtcMillis>, now: UtcMillis) -> Freshness {
    let Some(last) = last_contact else {
        return Freshness::Never;
    };
    match link {
        Link::Offline { since, .. } => Freshness::Offline(*since),
        Link::Starting if now.0.saturating_sub(last.0) > FRESH_MILLIS => Freshness::Offline(last),
        Link::Starting | Link::NoSite | Link::Online => Freshness::Fresh(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::local::OfflineCause;

    const NOW: UtcMillis = UtcMillis(1_795_556_490_000);

    fn ago(minutes: i64) -> UtcMillis {
        UtcMillis(NOW.0 - minutes * 60_000)
    }

    #[test]
    fn a_kiosk_whose_sync_process_says_nothing_does_not_claim_to_be_up_to_date() {
        let said = |link, last| freshness(&link, last, NOW);
        assert_eq!(
            said(Link::Starting, Some(ago(13))),
            Freshness::Offline(ago(13))
        );
        assert_eq!(said(Link::Starting, Some(ago(2))), Freshness::Fresh(ago(2)));
        assert_eq!(said(Link::Online, Some(ago(5))), Freshness::Fresh(ago(5)));
        assert_eq!(said(Link::Online, None), Freshness::Never);
    }

    #[test]
    fn a_kiosk_that_lost_the_network_says_since_when() {
        let cause = OfflineCause::Unreachable;
        let link = Link::Offline {
            since: ago(1),
            cause,
        };
        assert_eq!(
            freshness(&link, Some(ago(4)), NOW),
            Freshness::Offline(ago(1))
        );
    }
}
