//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
mod key;

pub use clock::{BUILT, Clock, ClockError};
pub use key::{DeviceKey, KeyError};
