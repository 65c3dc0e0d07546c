//! What the terminal senses. The clock is read here and nowhere else.

mod clock;
pub mod power;

pub use clock::{Clock, ClockError};
