//! A key of a kiosk that a TPM 2.0 holds: made there, and signing only there.
//!
//! [`TpmKey`] has what a kiosk's signing seam asks for, a public key and signatures, and knows nothing
//! else of Dayroom. What lies on the disk is a blob that only the TPM which made it can open. Nothing
//! stays in the TPM between two signatures, neither an object nor a session: it can be reset, and
//! others can use it.

mod device;
mod error;
mod form;
mod key;
mod template;

pub use device::{DEFAULT_DEVICE, Tpm};
pub use error::TpmError;
pub use form::LABEL;
pub use key::TpmKey;
