//! What the terminal senses. The clock is read here and nowhere else.

mod clock;

pub use clock::{Clock, ClockError};
