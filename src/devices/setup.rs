//! `devices.json`: which panel, which readers, and what else belongs to this terminal.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::input::{Allow, AllowError, Hex};
use super::key::KeyHome;
use super::plugged::Expected;
use super::readers::{ReaderConfig, ReaderError};
use super::touch::PanelConfig;

/// The file's name, in the state folder or in [`SITE_WIDE`].
pub const FILE: &str = "devices.json";
/// Where the image keeps one for every terminal of its kind.
pub const SITE_WIDE: &str = "/etc/dayroom";
/// The largest such file: it is read whole.
const MOST_BYTES: u64 = 64 * 1024;
/// The most readers of one terminal.
const MOST_READERS: usize = 4;

/// What belongs to this terminal. Without a file nothing does: the screen runs in a window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceSetup {
    /// The touch panel.
    pub panel: Option<PanelConfig>,
    /// The badge readers.
    pub readers: Vec<ReaderConfig>,
    /// Pixels in a millimetre; else the display's own size.
    pub pixels_per_mm: Option<f32>,
    /// The folder of the panel's light, for instance `/sys/class/backlight/intel_backlight`; else the
    /// only one there is.
    pub backlight: Option<PathBuf>,
    /// Devices on USB that belong here beside panel and readers.
    pub usb: Vec<UsbId>,
    /// The TPM that makes and holds this terminal's key from its next provisioning on, for instance
    /// `/dev/tpmrm0`; else the key lies in a file. A key that is there already stays where it is.
    pub tpm: Option<String>,
}

/// A device on USB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsbId {
    /// Its maker.
    pub vendor: Hex,
    /// What it is.
    pub product: Hex,
}

/// Why the file cannot be used. A technician acts on it.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It is there and cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{path} is not understood at line {}: {cause}", cause.line())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What and where.
        cause: serde_json::Error,
    },
    /// A part of it cannot be used.
    #[error("{path}: {what}")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        what: WrongPart,
    },
}

/// What is wrong in a file that can be read.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum WrongPart {
    /// The panel.
    #[error("panel: {0}")]
    Panel(AllowError),
    /// A reader.
    #[error("reader {number}: {cause}")]
    Reader {
        /// From 1.
        number: usize,
        /// Why.
        cause: ReaderError,
    },
    /// Too many.
    #[error("more than {MOST_READERS} readers")]
    TooManyReaders,
    /// No panel has such pixels.
    #[error("pixels_per_mm must be 1 to 20")]
    Density,
    /// A light that is not one.
    #[error("backlight must be a folder in /sys/class/backlight")]
    Backlight,
    /// No device.
    #[error("tpm must be a device such as /dev/tpmrm0")]
    Tpm,
    /// Far too long.
    #[error("the file is longer than {MOST_BYTES} bytes")]
    TooLong,
}

impl DeviceSetup {
    /// The terminal's own file, else the one of the image, else nothing.
    ///
    /// # Errors
    /// When there is one that cannot be used. It is never taken for none: a terminal whose panel is
    /// misspelt must say so.
    pub fn find(state: &Path) -> Result<Self, SetupError> {
        for folder in [state, Path::new(SITE_WIDE)] {
            let path = folder.join(FILE);
            match std::fs::metadata(&path) {
                Ok(about) if about.len() > MOST_BYTES => {
                    let what = WrongPart::TooLong;
                    return Err(SetupError::Wrong { path, what });
                }
                Ok(_) => return Self::read(path),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(cause) => return Err(SetupError::Unreadable { path, cause }),
            }
        }
        Ok(Self::default())
    }

    fn read(path: PathBuf) -> Result<Self, SetupError> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) => return Err(SetupError::Unreadable { path, cause }),
        };
        let setup: Self = match serde_json::from_str(&text) {
            Ok(setup) => setup,
            Err(cause) => return Err(SetupError::Malformed { path, cause }),
        };
        match setup.check() {
            Ok(()) => Ok(setup),
            Err(what) => Err(SetupError::Wrong { path, what }),
        }
    }

    /// Whether all of it can be used.
    ///
    /// # Errors
    /// The first part that cannot.
    pub fn check(&self) -> Result<(), WrongPart> {
        if let Some(panel) = &self.panel {
            panel.device.check().map_err(WrongPart::Panel)?;
        }
        if self.readers.len() > MOST_READERS {
            return Err(WrongPart::TooManyReaders);
        }
        for (reader, number) in self.readers.iter().zip(1..) {
            reader
                .check()
                .map_err(|cause| WrongPart::Reader { number, cause })?;
        }
        if self
            .pixels_per_mm
            .is_some_and(|density| !(1.0..=20.0).contains(&density))
        {
            return Err(WrongPart::Density);
        }
        let light = |path: &PathBuf| path.parent() != Some(Path::new("/sys/class/backlight"));
        if self.backlight.as_ref().is_some_and(light) {
            return Err(WrongPart::Backlight);
        }
        // A software TPM is for tests.
        let named = |tpm: &String| tpm.starts_with("/dev/") || tpm.starts_with("swtpm:");
        if !self.tpm.iter().all(named) {
            return Err(WrongPart::Tpm);
        }
        Ok(())
    }

    /// Where a new key of this terminal is made.
    pub fn key_home(&self) -> KeyHome {
        self.tpm.clone().map_or(KeyHome::File, KeyHome::Tpm)
    }

    /// What is no stranger here.
    pub fn expected(&self) -> Expected {
        let panel = self.panel.iter().map(|panel| panel.device.clone());
        let readers = self.readers.iter().filter_map(|reader| match reader {
            ReaderConfig::Wedge(wedge) => Some(wedge.device.clone()),
            ReaderConfig::Serial(_) => None,
        });
        let devices: Vec<Allow> = panel.chain(readers).collect();
        Expected {
            devices,
            usb: self
                .usb
                .iter()
                .map(|id| (id.vendor.0, id.product.0))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<DeviceSetup, SetupError> {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join(FILE), text).unwrap();
        DeviceSetup::find(state.path())
    }

    #[test]
    fn a_whole_set_up_is_read() {
        let setup = written(include_str!("setup_example.json")).unwrap();
        assert_eq!(setup.readers.len(), 2);
        assert_eq!(setup.expected().devices.len(), 2);
        assert_eq!(setup.expected().usb, [(0x067b, 0x2303)]);
        assert_eq!(setup.key_home(), KeyHome::Tpm("/dev/tpmrm0".to_owned()));
        let again = serde_json::to_string(&setup).unwrap();
        assert_eq!(written(&again).unwrap(), setup);
    }

    #[test]
    fn no_file_is_a_terminal_without_devices_of_its_own() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(
            DeviceSetup::find(state.path()).unwrap(),
            DeviceSetup::default()
        );
        assert_eq!(DeviceSetup::default().key_home(), KeyHome::File);
    }

    #[test]
    fn a_file_that_cannot_be_used_says_where_and_why() {
        for (text, said) in [
            ("{\n\"panle\": {}}", "is not understood at line 2"),
            (
                r#"{"panel":{"device":{}}}"#,
                "panel: an entry that names neither",
            ),
            (
                r#"{"panel":{"device":{"name":"x"},"rotation":45}}"#,
                "write 0, 90, 180 or 270",
            ),
            (
                r#"{"readers":[{"serial":{"path":"/etc/passwd"}}]}"#,
                "reader 1: the path of a serial reader begins with /dev/",
            ),
            (r#"{"pixels_per_mm":0.1}"#, "pixels_per_mm must be 1 to 20"),
            (r#"{"backlight":"/etc"}"#, "backlight must be a folder"),
            (
                r#"{"tpm":"yes"}"#,
                "tpm must be a device such as /dev/tpmrm0",
            ),
        ] {
            let error = written(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
