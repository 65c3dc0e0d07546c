//! What operators sign, and how it is checked.
//!
//! Exact bytes are signed, and checked before anything is read out of them; they are never written
//! anew in between. Ed25519 (RFC 8032) over the purpose, a zero byte and the text, so that a
//! signature made for one purpose is worth nothing for another.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::bytes_in_hex;
use crate::limits::{OPERATOR_SIGNATURES, SIGNED_BYTES};

bytes_in_hex! {
    /// An operator's Ed25519 public key; 64 lower-case hexadecimal digits on the wire.
    OperatorPublicKey;
}

/// A text and what operators have signed of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// JSON, byte for byte as it was signed; at most [`SIGNED_BYTES`].
    pub text: String,
    /// By whom; at most [`OPERATOR_SIGNATURES`].
    pub signatures: Vec<OperatorSignature>,
}

/// One operator's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorSignature {
    /// With which key.
    pub key: OperatorPublicKey,
    /// Ed25519, 64 bytes: base64.
    pub signature: String,
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An [`crate::Order`].
    Order,
    /// A [`crate::KeySet`].
    KeySet,
    /// An [`crate::EnrolmentTicket`].
    Ticket,
}

/// Why signatures do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The text, or the number of signatures, passes its limit.
    #[error("signed text passes its limit")]
    TooLarge,
    /// A signature by a known key is not of this text: it was altered.
    #[error("signature is not of this text")]
    Altered,
}

impl Purpose {
    fn domain(self) -> &'static [u8] {
        match self {
            Self::Order => b"dayroom order 1",
            Self::KeySet => b"dayroom operator keys 1",
            Self::Ticket => b"dayroom enrolment ticket 1",
        }
    }

    /// The bytes that are signed.
    pub fn message(self, text: &str) -> Vec<u8> {
        [self.domain(), &[0], text.as_bytes()].concat()
    }
}

impl Signed {
    /// Those of `keys` that have signed the text. Signatures of other keys count for nothing.
    ///
    /// # Errors
    /// See [`SignatureError`].
    pub fn signers(
        &self,
        purpose: Purpose,
        keys: &BTreeSet<OperatorPublicKey>,
    ) -> Result<BTreeSet<OperatorPublicKey>, SignatureError> {
        if self.text.len() > SIGNED_BYTES || self.signatures.len() > OPERATOR_SIGNATURES {
            return Err(SignatureError::TooLarge);
        }
        let message = purpose.message(&self.text);
        let mut signers = BTreeSet::new();
        for by in self.signatures.iter().filter(|by| keys.contains(&by.key)) {
            let signature = STANDARD
                .decode(&by.signature)
                .map_err(|_| SignatureError::Altered)?;
            UnparsedPublicKey::new(&ED25519, by.key.0)
                .verify(&message, &signature)
                .map_err(|_| SignatureError::Altered)?;
            signers.insert(by.key);
        }
        Ok(signers)
    }
}

impl OperatorSignature {
    /// Puts the 64 bytes of a signature into words.
    pub fn new(key: OperatorPublicKey, signature: &[u8]) -> Self {
        Self {
            key,
            signature: STANDARD.encode(signature),
        }
    }
}

impl fmt::Debug for Signed {
    /// Without the text: an order may carry a PIN's verifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("bytes", &self.text.len())
            .field("signatures", &self.signatures.len())
            .finish()
    }
}
