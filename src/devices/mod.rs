//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
mod key;
pub mod power;

pub use clock::{BUILT, Clock, ClockError};
pub use key::{DeviceKey, KeyError};
