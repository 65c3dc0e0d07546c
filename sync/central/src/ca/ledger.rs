use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use dayroom_protocol::{KioskId, UtcMillis};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::CaError;
use super::files::{Readers, read_text, write_atomic};

/// Why a text is not a serial number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("serial number is not hexadecimal digits in pairs")]
pub struct SerialError;

/// A certificate's serial number, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(Vec<u8>);

impl Serial {
    pub(super) fn random() -> Result<Self, CaError> {
        let mut bytes = [0_u8; 16];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| CaError::Randomness)?;
        // Positive, and of one length: the first byte is 0x40 to 0x7f.
        let [first, ..] = &mut bytes;
        *first = *first & 0x3f | 0x40;
        Ok(Self(bytes.to_vec()))
    }

    /// The serial number with these bytes, as a certificate carries them.
    pub fn from_der(bytes: &[u8]) -> Self {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Self(bytes.iter().skip(zeros).copied().collect())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.to_string()
    }
}

impl TryFrom<String> for Serial {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, SerialError> {
        text.parse()
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.is_empty() || !rest.is_empty() {
            return Err(SerialError);
        }
        let bytes: Result<Vec<u8>, SerialError> = pairs
            .iter()
            .map(|pair| {
                let digits = str::from_utf8(pair).map_err(|_| SerialError)?;
                u8::from_str_radix(digits, 16).map_err(|_| SerialError)
            })
            .collect();
        bytes.map(|bytes| Self::from_der(&bytes))
    }
}

/// What has been issued and revoked: `ledger.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Number of the newest revocation list.
    pub crl_number: u64,
    /// When it was made.
    pub crl_made: UtcMillis,
    /// When it ends.
    pub crl_ends: UtcMillis,
    /// The list itself.
    pub crl_pem: String,
    /// Kiosks' certificates by serial number.
    pub kiosks: BTreeMap<Serial, KioskEntry>,
}

/// A kiosk's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KioskEntry {
    pub kiosk: KioskId,
    pub ends: UtcMillis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<UtcMillis>,
}

impl Ledger {
    pub(super) fn read(path: &Path) -> Result<Self, CaError> {
        serde_json::from_str(&read_text(path)?).map_err(|error| CaError::Damaged {
            path: path.to_owned(),
            what: error.to_string(),
        })
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), CaError> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| CaError::Damaged {
            path: path.to_owned(),
            what: error.to_string(),
        })?;
        write_atomic(path, &text, Readers::Owner)
    }

    /// Revoked and not yet past their own end, so worth a line in the list.
    pub(super) fn revoked(&self, now: UtcMillis) -> impl Iterator<Item = (&Serial, UtcMillis)> {
        self.kiosks
            .iter()
            .filter(move |(_, entry)| entry.ends >= now)
            .filter_map(|(serial, entry)| Some((serial, entry.revoked?)))
    }
}
