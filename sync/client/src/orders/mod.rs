//! Whether an order is to be carried out. Pure: keys, standing and time are handed in, so that sync
//! and, for what it does to the machine, `dayroom machine` come to the same answer by themselves.

mod judge;
#[cfg(test)]
mod tests;

pub use judge::{Act, Standing, Verdict, Waiting, judge, names, verify};
