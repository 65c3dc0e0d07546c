//! Whose signatures a kiosk goes by.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{NAME_BYTES, OPERATOR_KEYS};
use crate::{EnrolmentTicket, OperatorPublicKey, Purpose, SignatureError, Signed, TicketError};

/// The operators' keys. A kiosk learns one set at provisioning, and every later one by the
/// signatures of the set before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Counts up by one.
    pub version: u32,
    /// The keys, each once.
    pub keys: Vec<OperatorKey>,
    /// How many of them must sign the next set.
    pub change_threshold: u32,
    /// What one operator may order alone.
    pub limits: AloneLimits,
}

/// An operator's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorKey {
    /// Whose it is, as `order list` shows it.
    pub name: String,
    /// The key.
    pub key: OperatorPublicKey,
}

/// How much one operator may order alone; what passes it takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AloneLimits {
    /// PINs reset at once, and in a day on one kiosk.
    pub pins: u32,
    /// Kiosks wiped at once.
    pub wipes: u32,
}

impl Default for AloneLimits {
    fn default() -> Self {
        Self { pins: 10, wipes: 1 }
    }
}

/// A [`KeySet`], signed by the set before it; [`Purpose::KeySet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SignedKeySet(pub Signed);

/// The one-time file with an operator's signature: an [`EnrolmentTicket`] ([`Purpose::Ticket`]) and
/// the key set the new kiosk is to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedTicket {
    /// The ticket.
    pub ticket: Signed,
    /// The key set. Who carries the file vouches for it; its fingerprint is there to be compared.
    pub operators: SignedKeySet,
}

/// Why a text is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not of its form.
    #[error("key set is not of its form")]
    Form,
    /// No key, too many, one twice, or a name that is empty or too long.
    #[error("key set has a key twice, none, too many, or one without a name")]
    Keys,
    /// The threshold is nothing, or more than there are keys.
    #[error("key set asks for more signatures than it has keys, or for none")]
    Threshold,
    /// It does not follow the set that is known.
    #[error("key set is version {found}, expected {expected}")]
    Version {
        /// Its own.
        found: u32,
        /// The one that would follow.
        expected: u32,
    },
    /// Not enough of the set before it have signed.
    #[error("key set has {found} signatures of the {needed} it needs")]
    Unsigned {
        /// How many of those that count.
        found: usize,
        /// How many it takes.
        needed: u32,
    },
    /// The signatures.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Why a one-time file is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedTicketError {
    /// The keys in it.
    #[error(transparent)]
    Keys(#[from] KeySetError),
    /// The signatures.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// No operator of the set has signed the ticket.
    #[error("no operator has signed the one-time file")]
    Unsigned,
    /// The ticket.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

impl KeySet {
    /// Reads a set and checks that it makes sense, whoever signed it.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn read(text: &str) -> Result<Self, KeySetError> {
        let set: Self = serde_json::from_str(text).map_err(|_| KeySetError::Form)?;
        set.check()?;
        Ok(set)
    }

    /// Reads the set that follows this one: the next version, signed by as many of this one's keys
    /// as it asks for.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn follow(&self, next: &SignedKeySet) -> Result<Self, KeySetError> {
        let signers = next.0.signers(Purpose::KeySet, &self.public_keys())?;
        let needed = self.change_threshold;
        if signers.len() < usize::try_from(needed).unwrap_or(usize::MAX) {
            return Err(KeySetError::Unsigned {
                found: signers.len(),
                needed,
            });
        }
        let set = Self::read(&next.0.text)?;
        let expected = self.version.saturating_add(1);
        if set.version != expected {
            return Err(KeySetError::Version {
                found: set.version,
                expected,
            });
        }
        Ok(set)
    }

    /// Goes along a chain of sets: the first is trusted as it stands, each later one by the one before
    /// it. So it lies in `identity/operators.json` of a kiosk.
    ///
    /// # Errors
    /// See [`KeySetError`]; [`KeySetError::Keys`] when there is none.
    pub fn of_chain(chain: &[SignedKeySet]) -> Result<Self, KeySetError> {
        let (first, rest) = chain.split_first().ok_or(KeySetError::Keys)?;
        let first = Self::read(&first.0.text)?;
        rest.iter().try_fold(first, |set, next| set.follow(next))
    }

    /// The keys alone.
    pub fn public_keys(&self) -> BTreeSet<OperatorPublicKey> {
        self.keys.iter().map(|key| key.key).collect()
    }

    /// Whose key it is.
    pub fn name_of(&self, key: OperatorPublicKey) -> Option<&str> {
        let found = self.keys.iter().find(|known| known.key == key);
        found.map(|known| known.name.as_str())
    }

    /// Checks that the set makes sense.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn check(&self) -> Result<(), KeySetError> {
        let named = |key: &OperatorKey| !key.name.trim().is_empty() && key.name.len() <= NAME_BYTES;
        let count = self.keys.len();
        if count == 0
            || count > OPERATOR_KEYS
            || self.public_keys().len() != count
            || !self.keys.iter().all(named)
        {
            return Err(KeySetError::Keys);
        }
        let most = u32::try_from(count).unwrap_or(u32::MAX);
        if !(1..=most).contains(&self.change_threshold) || self.version == 0 {
            return Err(KeySetError::Threshold);
        }
        Ok(())
    }
}

impl SignedTicket {
    /// Reads the ticket if one of the operators in it has signed it.
    ///
    /// # Errors
    /// See [`SignedTicketError`].
    pub fn open(&self) -> Result<(EnrolmentTicket, KeySet), SignedTicketError> {
        let set = KeySet::read(&self.operators.0.text)?;
        let signers = self.ticket.signers(Purpose::Ticket, &set.public_keys())?;
        if signers.is_empty() {
            return Err(SignedTicketError::Unsigned);
        }
        let ticket = EnrolmentTicket::from_json(self.ticket.text.as_bytes())?;
        Ok((ticket, set))
    }
}
