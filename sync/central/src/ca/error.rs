use std::io;
use std::path::PathBuf;

use dayroom_protocol::KioskId;

/// Why the certificate authority could not do something.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// There is one already; a second root would lock out every kiosk.
    #[error("certificate authority {0} is there already")]
    Exists(PathBuf),
    /// There is none yet.
    #[error("certificate authority {0} is not there")]
    Missing(PathBuf),
    /// A file could not be read or written.
    #[error("file {path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there but not of its form.
    #[error("file {path} is damaged: {what}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A certificate or list could not be made.
    #[error("certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// EST's name must be a host name that central itself does not have.
    #[error("EST cannot have the name \"{0}\"")]
    EstName(String),
    /// A moment that no certificate can carry.
    #[error("moment {0} is outside what a certificate can carry")]
    Moment(i64),
    /// The system gives no randomness.
    #[error("system gives no randomness")]
    Randomness,
    /// The kiosk holds no certificate that could be revoked.
    #[error("kiosk {0} has no certificate")]
    NoCertificate(KioskId),
}
