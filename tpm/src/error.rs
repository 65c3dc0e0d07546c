use std::fmt;

use tss_esapi::Error as TssError;
use tss_esapi::constants::response_code::Tss2ResponseCodeKind as Kind;

/// Why a TPM, or a key that it holds, cannot be used. A technician can act on each.
#[derive(Debug, thiserror::Error)]
pub enum TpmError {
    /// Nothing that names a TPM.
    #[error("{0:?} names no TPM: write a device such as /dev/tpmrm0")]
    Name(String),
    /// The machine has none, or its firmware keeps it to itself.
    #[error("there is no TPM at {tpm}: switch it on in the settings of the firmware")]
    Missing {
        /// Where it was looked for.
        tpm: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It is somebody else's.
    #[error("TPM at {tpm} is not this user's to use: provision as the user of the sync process")]
    Forbidden {
        /// Which.
        tpm: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It is there and does not answer.
    #[error("TPM at {tpm} does not answer: switch the terminal off and on ({cause})")]
    Silent {
        /// Which.
        tpm: String,
        /// Why.
        cause: TssCause,
    },
    /// Somebody has set a password for its owner; keys are made without one.
    #[error("TPM at {tpm} has an owner's password: clear it in the settings of the firmware")]
    OwnerPassword {
        /// Which.
        tpm: String,
    },
    /// It has locked itself after wrong passwords.
    #[error(
        "TPM at {tpm} has locked itself after wrong passwords: leave the terminal on for a day"
    )]
    Locked {
        /// Which.
        tpm: String,
    },
    /// The key is another TPM's, or this one was cleared since.
    #[error(
        "key was not made by the TPM at {tpm}, or that was cleared: provision this kiosk again"
    )]
    NotItsKey {
        /// Which.
        tpm: String,
    },
    /// The file holds no key that this program makes.
    #[error("file does not hold a key of a TPM over P-256: provision this kiosk again")]
    NotAKey,
    /// It refuses for another reason.
    #[error("TPM at {tpm} refuses: look up its answer, or change the board ({cause})")]
    Refused {
        /// Which.
        tpm: String,
        /// Its answer.
        cause: TssCause,
    },
}

/// What the TPM or its library answered, as the TPM Library Specification numbers it (part 2, 6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TssCause(TssError);

impl fmt::Display for TssCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TpmError {
    /// Why it could not be spoken with.
    pub(crate) fn silent(tpm: &str, cause: TssError) -> Self {
        Self::Silent {
            tpm: tpm.to_owned(),
            cause: TssCause(cause),
        }
    }

    /// Why it did not do what it was asked for.
    pub(crate) fn refused(tpm: &str, cause: TssError) -> Self {
        let tpm = tpm.to_owned();
        let kind = match cause {
            TssError::Tss2Error(code) => code.kind(),
            TssError::WrapperError(_) => None,
        };
        match kind {
            // No password is ever given but the empty one of the owner: the key has none.
            Some(Kind::BadAuth | Kind::AuthFail) => Self::OwnerPassword { tpm },
            Some(Kind::Lockout) => Self::Locked { tpm },
            Some(Kind::Integrity) => Self::NotItsKey { tpm },
            Some(_) | None => Self::Refused {
                tpm,
                cause: TssCause(cause),
            },
        }
    }
}
