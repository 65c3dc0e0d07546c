//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
mod machine;

pub use clock::{Clock, ClockError};
pub use machine::{ClockSource, Machine, PanelSize};
