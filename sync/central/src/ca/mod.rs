//! The demo's certificate authority: a private root, the server's certificate, the kiosks'
//! certificates and the revocation list.
//!
//! It lives in one folder of central's state directory. Keys are files of mode 0600; everything
//! is written to a new file first and then renamed. Several processes may use the folder at once
//! (the operators' command line beside the server): whoever changes something holds `lock`.
//! Every moment is an argument; only keys and serial numbers come from the system's randomness.

mod authority;
mod bundle;
mod error;
mod files;
mod ledger;
mod sign;

pub use authority::{
    Authority, Certified, Issued, RevocationList, ServerIdentity, default_est_name,
};
pub use bundle::{Site, write_kiosk_bundle, write_operators};
pub use dayroom_protocol::KIOSK_URN;
pub use error::CaError;
pub use files::{private_folder, write_private};
pub use ledger::{Serial, SerialError};
pub use sign::moment;

use std::time::Duration;

/// Life of the root, about ten years.
pub const ROOT_LIFE: Duration = days(3_650);
/// Life of the server's certificate; a new one is made when a third of it is left.
pub const SERVER_LIFE: Duration = days(90);
/// Life of a kiosk's certificate (30 days by decision).
pub const KIOSK_LIFE: Duration = days(30);
/// Life of a revocation list; a new one is made at half of it.
pub const CRL_LIFE: Duration = days(1);
/// How far back certificates are dated, for clocks that run behind.
pub const BACK_DATE: Duration = Duration::from_secs(3_600);

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3_600)
}
