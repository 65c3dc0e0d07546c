//! What the other processes ask of `dayroom machine`, and what came of it: files of JSON in
//! `machine/requests/` and `machine/results/`, one for each id, at most [`REQUEST_BYTES`] long.
//!
//! A request is a proposal. `machine` looks at who wrote it and verifies its proof again itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BootId, UtcMillis};

/// The most bytes of a request.
pub const REQUEST_BYTES: usize = 64 * 1024;

/// A request's name: the file is `<id>.json`. What an order asks for bears the order's id, so that
/// the same order is carried out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineRequestId(pub Uuid);

impl MachineRequestId {
    /// The name of the request's file and of its result's.
    pub fn file_name(self) -> String {
        format!("{}.json", self.0.hyphenated())
    }

    /// The id in the name of a file; `None` for any other name, another spelling of an id included.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(name.strip_suffix(".json")?).ok()?);
        (id.file_name() == name).then_some(id)
    }
}

impl fmt::Display for MachineRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Something only `dayroom machine` may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineRequest {
    /// Which; the same as in the file's name.
    pub id: MachineRequestId,
    /// What.
    pub act: MachineAct,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum MachineAct {
    /// Start the machine anew.
    Restart {
        /// Why.
        why: RestartReason,
    },
    /// Destroy the keys, and then everything they opened.
    Erase {
        /// What allows it.
        proof: EraseProof,
    },
    /// Put a release that lies in `releases/incoming` where the next start finds it.
    Stage {
        /// Which, such as `1.4.0`.
        version: String,
        /// The signed order, as it came, that lets it be not newer than what runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<String>,
    },
}

impl MachineAct {
    /// Its name in logs and in the audit.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Restart { .. } => "restart",
            Self::Erase {
                proof: EraseProof::Order { .. },
            } => "erase.order",
            Self::Erase {
                proof: EraseProof::Retire { .. },
            } => "erase.retire",
            Self::Stage { .. } => "stage",
        }
    }
}

/// Why the machine is to start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartReason {
    /// A signed order says so; sync has verified it.
    Order,
    /// A technician, at the glass or at the terminal.
    Technician,
}

/// What allows an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum EraseProof {
    /// A wipe that operators signed. `machine` verifies it again against the key set it holds.
    Order {
        /// The signed order as it came, byte for byte.
        signed: String,
    },
    /// A technician takes this kiosk out of service. Never taken from the sync process alone: the
    /// screen has checked the technician's code, or somebody with the rights of the machine asks.
    Retire {
        /// Which kiosk the technician was told this is.
        kiosk: Uuid,
        /// What central said to it.
        central: CentralWord,
    },
}

/// What central said to a retirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case", deny_unknown_fields)]
pub enum CentralWord {
    /// It has noted it, and has everything that was written here.
    Noted {
        /// When, by central's clock.
        at: UtcMillis,
    },
    /// Nothing: the technician goes on without it, and what was not sent is lost.
    Nothing {
        /// How many intents had not been sent when the technician said so.
        unsent: u64,
    },
}

/// What came of a request; durable before the request is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineResult {
    /// Which request.
    pub id: MachineRequestId,
    /// What it asked for; `None` if that cannot be said.
    pub act: Option<MachineAct>,
    /// How far it is.
    pub state: MachineState,
    /// When that was written, by this machine's clock.
    pub at: UtcMillis,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum MachineState {
    /// Its proof was verified and it is being carried out. After a power cut it is carried on from
    /// here, whatever has become of the request.
    Begun {
        /// In which start of the machine, 32 hexadecimal digits.
        boot: BootText,
    },
    /// Its effect is durable.
    Done,
    /// Nothing was done.
    Refused {
        /// Why.
        why: MachineRefusal,
    },
}

/// A [`BootId`] as JSON can carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootText(String);

impl From<BootId> for BootText {
    fn from(id: BootId) -> Self {
        Self(format!("{:032x}", id.0))
    }
}

/// Why `machine` did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineRefusal {
    /// Not a plain file of its own: a symbolic link, a folder, a device, or a second name of one.
    NotPlain,
    /// Written by somebody who may not ask for this.
    Foreign,
    /// Longer than [`REQUEST_BYTES`].
    TooLong,
    /// Not JSON of the agreed form, or of another kind than this version knows.
    Malformed,
    /// The id in it is not the one in its name.
    OtherId,
    /// The order is not valid here: not signed by enough operators, for another kiosk, out of
    /// order, or expired.
    Order,
    /// Meant for another kiosk.
    OtherKiosk,
    /// The release is not newer than what runs.
    NotNewer,
    /// The machine has a newer one in a slot, and its updater takes nothing older than that.
    BehindSlot,
    /// It was started here as often as it may be, and did not hold.
    GaveWay,
    /// The release is not what the signed list says, or the list is not believed.
    Release,
    /// The release is genuine, and could not be put in its place.
    NotStaged,
}

impl MachineRefusal {
    /// Its name in logs and in the audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotPlain => "not_plain",
            Self::Foreign => "foreign",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::OtherId => "other_id",
            Self::Order => "order",
            Self::OtherKiosk => "other_kiosk",
            Self::NotNewer => "not_newer",
            Self::BehindSlot => "behind_slot",
            Self::GaveWay => "gave_way",
            Self::Release => "release",
            Self::NotStaged => "not_staged",
        }
    }
}

/// Reads a request: of its form and known, and of the id its file is named by.
///
/// # Errors
/// Why it is refused.
pub fn read_request(id: MachineRequestId, bytes: &[u8]) -> Result<MachineRequest, MachineRefusal> {
    if bytes.len() > REQUEST_BYTES {
        return Err(MachineRefusal::TooLong);
    }
    let request: MachineRequest =
        serde_json::from_slice(bytes).map_err(|_| MachineRefusal::Malformed)?;
    if request.id == id {
        Ok(request)
    } else {
        Err(MachineRefusal::OtherId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> MachineRequestId {
        MachineRequestId(Uuid::from_u128(7))
    }

    #[test]
    fn a_request_reads_as_it_was_written_and_no_other_form_does() {
        let request = MachineRequest {
            id: id(),
            act: MachineAct::Erase {
                proof: EraseProof::Retire {
                    kiosk: Uuid::from_u128(9),
                    central: CentralWord::Nothing { unsent: 3 },
                },
            },
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(read_request(id(), text.as_bytes()), Ok(request));
        let more = text.replacen("\"do\"", "\"and\":1,\"do\"", 1);
        let unknown = text.replace("\"erase\"", "\"explode\"");
        for wrong in [more.as_str(), unknown.as_str(), "", "{}", "[]"] {
            let read = read_request(id(), wrong.as_bytes());
            assert_eq!(read, Err(MachineRefusal::Malformed), "{wrong}");
        }
        let other = MachineRequestId(Uuid::from_u128(8));
        let read = read_request(other, text.as_bytes());
        assert_eq!(read, Err(MachineRefusal::OtherId));
        let long = vec![b' '; REQUEST_BYTES + 1];
        assert_eq!(read_request(id(), &long), Err(MachineRefusal::TooLong));
    }

    #[test]
    fn an_id_has_one_name_only() {
        let name = id().file_name();
        assert_eq!(MachineRequestId::of_file_name(&name), Some(id()));
        let simple = format!("{}.json", id().0.simple());
        for other in [simple.as_str(), "x.json", "7.json", "", "../7.json"] {
            assert_eq!(MachineRequestId::of_file_name(other), None, "{other}");
        }
    }
}
