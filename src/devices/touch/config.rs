//! How the panel is set up.

use serde::{Deserialize, Serialize};

use super::geometry::{Calibration, Rotation};
use crate::devices::input::Allow;

/// A contact this wide is a palm: a thumb is 20 mm, the side of a hand 40.
const PALM_MM: u8 = 30;

/// The panel's part of `devices.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelConfig {
    /// Which device it is.
    pub device: Allow,
    /// How it hangs.
    #[serde(default)]
    pub rotation: Rotation,
    /// What it is off by.
    #[serde(default)]
    pub calibration: Calibration,
    /// From what width on a contact is a palm, in millimetres.
    #[serde(default = "palm_mm")]
    pub palm_mm: u8,
}

fn palm_mm() -> u8 {
    PALM_MM
}
