//! What the kiosk store promises, one story per test.

mod blobs;
mod faults;
mod feed;
mod forget;
mod journal;
mod people;
mod secrets;
mod separation;
mod settings;
mod threads;
