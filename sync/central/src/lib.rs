//! Placeholder while dependencies warm up.
