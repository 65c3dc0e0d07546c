//! The kiosk's half of software releases by The Update Framework (TUF).
//!
//! [`Trust`] is what a kiosk believes: it follows the chain of roots, demands the threshold of each
//! role, and refuses what is older, expired, or does not belong together. The process that fetches
//! and the process that installs each have one of their own, and neither takes the other's word.
//!
//! Checking is `tough`'s. Two things are ours: the clock, because `tough` reads the machine's and a
//! kiosk goes by trusted time; and what is kept, which is one file written as a whole, because
//! `tough` writes four in turn and a power cut between them would lose what guards against rollback.

mod error;
mod files;
mod incoming;
mod kept;
mod source;
mod stage;
mod trust;

pub use error::{SourceError, StageError, TrustError, UtcMillisText};
pub use incoming::{Appending, Bundle, Incoming};
pub use source::{Fetching, FolderSource, MetadataSource};
pub use stage::{FolderPlatform, NoCut, Platform, PlatformError, Stage, StageWish, Staged, Steps};
pub use trust::{Catalogue, Trust, read_list};
