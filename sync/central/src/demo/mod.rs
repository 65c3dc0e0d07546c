//! A synthetic facility for the demo.
