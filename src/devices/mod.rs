//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
pub mod edid;
pub mod input;
mod key;
mod light;
mod machine;
mod notify;
pub mod plugged;
#[cfg(test)]
mod plugged_tests;
pub mod power;
pub mod readers;
mod setup;
pub mod touch;

pub use clock::{BUILT, Clock, ClockError};
pub use key::{DeviceKey, KeyError, KeyHome};
pub use light::Backlight;
pub use machine::{ClockSource, Machine, PanelSize};
pub use notify::Supervisor;
pub use setup::{DeviceSetup, SetupError, UsbId, WrongPart};
