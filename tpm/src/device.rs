use std::fs::OpenOptions;
use std::io;
use std::str::FromStr;

use tss_esapi::Context;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::tcti_ldr::TctiNameConf;

use crate::error::TpmError;
use crate::template;

/// The TPM of a machine behind the kernel's resource manager, which keeps apart what several
/// processes do with it.
pub const DEFAULT_DEVICE: &str = "/dev/tpmrm0";

/// Which TPM: a device, or a software TPM for tests. Nothing is opened until it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tpm {
    name: String,
    way: TctiNameConf,
}

impl Tpm {
    /// The TPM at a device (`/dev/tpmrm0`, `device:/dev/tpmrm0`), or a software TPM that listens
    /// (`swtpm:host=127.0.0.1,port=2321`). No other way of the TSS is taken.
    ///
    /// # Errors
    /// [`TpmError::Name`].
    pub fn named(name: &str) -> Result<Self, TpmError> {
        let wrong = || TpmError::Name(name.to_owned());
        let way = match name.strip_prefix("device:").unwrap_or(name) {
            path if path.starts_with("/dev/") => format!("device:{path}"),
            other if other.starts_with("swtpm:") => other.to_owned(),
            _ => return Err(wrong()),
        };
        // It is a line of the key's file.
        if name.contains(char::is_control) {
            return Err(wrong());
        }
        Ok(Self {
            name: name.to_owned(),
            way: TctiNameConf::from_str(&way).map_err(|_| wrong())?,
        })
    }

    /// As it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does something with the parent of our keys, which is made anew from its template each time.
    /// Everything that was loaded is gone afterwards.
    pub(crate) fn with_parent<T>(
        &self,
        act: impl FnOnce(&mut Context, KeyHandle) -> Result<T, tss_esapi::Error>,
    ) -> Result<T, TpmError> {
        self.look()?;
        let mut context =
            Context::new(self.way.clone()).map_err(|cause| TpmError::silent(&self.name, cause))?;
        // The empty password. A session with a secret of its own would protect nothing here: what
        // crosses the bus is a digest, a signature, and what the TPM has encrypted for itself.
        context.set_sessions((Some(AuthSession::Password), None, None));
        let refused = |cause| TpmError::refused(&self.name, cause);
        let parent = context
            .create_primary(
                Hierarchy::Owner,
                template::parent().map_err(refused)?,
                None,
                None,
                None,
                None,
            )
            .map_err(refused)?;
        act(&mut context, parent.key_handle).map_err(refused)
    }

    /// Whether the device can be opened: the TSS does not say why it cannot.
    fn look(&self) -> Result<(), TpmError> {
        let TctiNameConf::Device(_) = &self.way else {
            return Ok(());
        };
        let path = self.name.strip_prefix("device:").unwrap_or(&self.name);
        let opened = OpenOptions::new().read(true).write(true).open(path);
        opened.map(drop).map_err(|cause| {
            let tpm = self.name.clone();
            if cause.kind() == io::ErrorKind::PermissionDenied {
                TpmError::Forbidden { tpm, cause }
            } else {
                TpmError::Missing { tpm, cause }
            }
        })
    }
}
