//! The touch panel: read by evdev without libinput, held alone, and made into one pointer.

mod config;
mod decode;
#[cfg(test)]
mod decode_tests;
mod geometry;
mod panel;

pub use config::PanelConfig;
pub use decode::{Decoder, MOST_SLOTS, Protocol, Raw, Rules, Slot, Snapshot};
pub use geometry::{Axis, Calibration, Geometry, Rotation};
pub use panel::{FromPanel, TouchPanel};
