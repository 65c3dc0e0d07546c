//! Enrolment over Secure Transport (RFC 7030): the first certificate, and every one after it.
//!
//! ```text
//! typed code    bootstrap(place, code.pin(), now) -> root      nothing secret is sent yet
//! one-time file the root is in the file
//!               EstClient::new(endpoint, None, now).enroll(csr, user, code)    -> first chain
//! every 30 days EstClient::new(endpoint, Some(identity), now).reenroll(csr)    -> next chain
//!               Issued::check(chain, key, kiosk, root, now)                    before it is used
//! ```
//!
//! The moment is an argument: a kiosk whose clock is wrong can be told what central says the time
//! is ([`EstError::Clock`]) and try again with that; what it is told is believed only after
//! central's certificate was found good at that very moment.
//!
//! Linking a request to its TLS session (RFC 7030, 3.5) is not used: `tls-unique` is undefined over
//! TLS 1.3.

mod answer;
mod attributes;
mod bootstrap;
mod client;
mod cms;
mod error;
mod issued;
mod moment;
mod request;

#[cfg(test)]
mod tests;

pub use attributes::CsrAttributes;
pub use bootstrap::{Bootstrapped, bootstrap};
pub use client::{EstClient, EstPlace};
pub use cms::certs_only;
pub use error::{CertificateError, EstAnswerError, EstError};
pub use issued::Issued;
pub use request::{CertificateRequest, Subject};
