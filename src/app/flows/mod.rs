//! One file per flow; each knows only its own states.

mod cover;
mod idle;
mod session;
mod sign_in;
