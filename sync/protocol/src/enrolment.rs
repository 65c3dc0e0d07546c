//! What a technician carries to a new kiosk.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FacilityId, KioskId, UnitId, UtcMillis};

/// All that a new kiosk needs to find central and to get its first certificate. Short-lived, and
/// good once: the code in it is. Without `Debug` on the code, which is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnrolmentTicket {
    /// Host name or address of central.
    pub central_host: String,
    /// Its port.
    pub central_port: u16,
    /// The name in central's certificate.
    pub server_name: String,
    /// The name under which central speaks EST (RFC 7030) on the same port.
    pub est_name: String,
    /// The one root the kiosk is to trust, PEM.
    pub root_pem: String,
    /// Which facility.
    pub facility: FacilityId,
    /// Its name, for the technician to compare.
    pub facility_name: String,
    /// Which housing unit.
    pub unit: UnitId,
    /// Its name, for the technician to compare.
    pub unit_name: String,
    /// Which kiosk this is to be.
    pub kiosk: KioskId,
    /// What the kiosk is called, for instance `Unit B, wall`.
    pub label: String,
    /// The one-time code.
    pub code: String,
    /// Until when the code is good, by central's clock.
    pub expires: UtcMillis,
}

impl fmt::Debug for EnrolmentTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentTicket")
            .field("kiosk", &self.kiosk)
            .field("label", &self.label)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
