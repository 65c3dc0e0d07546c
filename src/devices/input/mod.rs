//! Input devices of the kernel (evdev): which of them may be opened, and how. Everything else is
//! opened by nobody.

mod allow;
mod caps;
mod found;
mod ioctl;
mod source;

pub use allow::{Allow, AllowError, Bus, Hex, Identity};
pub use caps::{CapabilityError, Caps};
pub use found::{Folders, Found, find};
pub use source::{Handler, Hold, LOOK_AGAIN, SourceError, boot_micros, watch};
