//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
mod key;
mod machine;
pub mod power;

pub use clock::{BUILT, Clock, ClockError};
pub use key::{DeviceKey, KeyError};
pub use machine::{ClockSource, Machine, PanelSize};
