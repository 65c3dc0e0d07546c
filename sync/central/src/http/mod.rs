//! Central on the wire.
