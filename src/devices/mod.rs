//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
pub mod edid;
pub mod input;
mod light;
mod notify;
pub mod plugged;
#[cfg(test)]
mod plugged_tests;
pub mod readers;
mod setup;
pub mod touch;

pub use clock::{Clock, ClockError};
pub use light::Backlight;
pub use notify::Supervisor;
pub use setup::{DeviceSetup, SetupError, UsbId, WrongPart};
mod key;
pub mod power;

pub use clock::{BUILT, Clock, ClockError};
pub use key::{DeviceKey, KeyError};
