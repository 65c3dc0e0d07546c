//! How the identity of this kiosk stands, for whoever has to act on it.

use serde::{Deserialize, Serialize};

use super::UtcMillis;

/// How this kiosk's certificate stands, by this kiosk's clock and the newest revocation list here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// There is no certificate: the kiosk is not provisioned, or its enrolment did not end.
    Missing,
    /// There is one that cannot be read, or it is not for this kiosk's key: provision again.
    Broken,
    /// It begins later: the clock is probably behind.
    NotYetValid {
        /// When it begins.
        from: UtcMillis,
    },
    /// It holds.
    Good {
        /// When it is to be renewed.
        renews: UtcMillis,
        /// When it ends.
        until: UtcMillis,
    },
    /// It holds, and is being renewed whenever there is contact.
    RenewalDue {
        /// Since when.
        since: UtcMillis,
        /// When it ends.
        until: UtcMillis,
    },
    /// It has ended: a new code from the operator, and provision again; unless the clock is ahead.
    Expired {
        /// Since when.
        since: UtcMillis,
    },
    /// A revocation list of the root names it: a new code from the operator, and provision again.
    Revoked {
        /// Since when.
        since: UtcMillis,
    },
}
