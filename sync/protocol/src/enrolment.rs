//! What a technician carries to a new kiosk.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BlobHash, EnrolmentCode, FacilityId, KioskId, SignedKeySet, UnitId, UtcMillis, limits,
};

/// Before the kiosk's id in the URI that names it in its certificate.
pub const KIOSK_URN: &str = "urn:dayroom:kiosk:";

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

/// Why a one-time file cannot be used; for the technician who brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is no one-time file, or a damaged one.
    #[error("file is not a one-time file of central")]
    Form,
    /// It is far larger than any.
    #[error("file is larger than a one-time file of central")]
    TooLarge,
    /// Something in it is not as central writes it.
    #[error("one-time file has no usable {0}")]
    Field(&'static str),
}

impl EnrolmentTicket {
    /// Reads a ticket and checks that each part is of its form. Whether it is genuine and still
    /// good is not seen here.
    ///
    /// # Errors
    /// See [`TicketError`].
    pub fn from_json(json: &[u8]) -> Result<Self, TicketError> {
        if json.len() > limits::TICKET_BYTES {
            return Err(TicketError::TooLarge);
        }
        let ticket: Self = serde_json::from_slice(json).map_err(|_| TicketError::Form)?;
        let host = |text: &str| !text.is_empty() && text.len() <= limits::HOST_BYTES;
        let name = |text: &str| !text.is_empty() && text.len() <= limits::NAME_BYTES;
        let checks = [
            (
                host(&ticket.central_host) && ticket.central_port > 0,
                "address",
            ),
            (host(&ticket.server_name), "server name"),
            (host(&ticket.est_name), "EST name"),
            (ticket.root_pem.contains("BEGIN CERTIFICATE"), "root"),
            (name(&ticket.facility_name), "facility"),
            (name(&ticket.unit_name), "unit"),
            (name(&ticket.label), "label"),
            (ticket.code.parse::<EnrolmentCode>().is_ok(), "code"),
        ];
        match checks.into_iter().find(|(fits, _)| !fits) {
            Some((_, what)) => Err(TicketError::Field(what)),
            None => Ok(ticket),
        }
    }
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

/// Where a kiosk stands and what central is called, as central has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KioskSite {
    /// Which kiosk.
    pub kiosk: KioskId,
    /// What the kiosk is called.
    pub label: String,
    /// The name in central's certificate.
    pub server_name: String,
    /// The name under which central speaks EST.
    pub est_name: String,
    /// Which facility.
    pub facility: FacilityId,
    /// Its name.
    pub facility_name: String,
    /// Which housing unit.
    pub unit: UnitId,
    /// Its name.
    pub unit_name: String,
    /// SHA-256 of the first root of the releases; absent while central has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases_root: Option<BlobHash>,
    /// The operators' key set that is in force, for a kiosk that knows none yet; absent while central
    /// has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operators: Option<SignedKeySet>,
}

/// Why EST gives no certificate, in a word: the header [`crate::route::EST_REASON`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnrolmentRefusal {
    /// There is no such kiosk or code, or it is another code.
    Wrong,
    /// The code was right, but its time is over.
    Expired,
    /// There were five wrong tries, or an operator took the code back.
    Void,
    /// The code was used already, with another key or too long ago.
    Used,
    /// The kiosk was moved after the code was made.
    Moved,
    /// The kiosk is out of service.
    Retired,
    /// The certificate that was shown does not count any more.
    Revoked,
    /// The request is no PKCS #10 with a P-256 key that signed it.
    Request,
    /// The request names another kiosk than the certificate.
    Name,
    /// Too much at once; come back later.
    Busy,
    /// Central itself failed.
    Internal,
}

impl EnrolmentRefusal {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Wrong,
        Self::Expired,
        Self::Void,
        Self::Used,
        Self::Moved,
        Self::Retired,
        Self::Revoked,
        Self::Request,
        Self::Name,
        Self::Busy,
        Self::Internal,
    ];

    /// On the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Expired => "expired",
            Self::Void => "void",
            Self::Used => "used",
            Self::Moved => "moved",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
            Self::Request => "request",
            Self::Name => "name",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }

    /// From the wire.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
