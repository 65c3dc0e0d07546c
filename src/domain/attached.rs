//! What is plugged into the terminal: the panel and the readers it should have, and everything else.

use std::fmt;

/// Whether a device that should be there is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is not plugged in.
    Absent,
    /// It is plugged in, but is not what it should be, and is not opened.
    Refused,
    /// It is plugged in, but cannot be opened or held alone.
    Unusable,
}

/// What sort of thing somebody has plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// It types.
    Keyboard,
    /// It points.
    Pointer,
    /// Another input device.
    Input,
    /// It stores files.
    Storage,
    /// It reaches a network.
    Network,
    /// Several at once.
    Composite,
    /// Anything else on USB.
    Other,
}

impl Sort {
    /// Its name in the audit and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyboard => "keyboard",
            Self::Pointer => "pointer",
            Self::Input => "input",
            Self::Storage => "storage",
            Self::Network => "network",
            Self::Composite => "composite",
            Self::Other => "other",
        }
    }
}

/// A device that nobody has listed. It is opened by nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// What sort of thing it is.
    pub sort: Sort,
    /// Where the kernel has it: `usb 1-2`, `input event7`, `net enp0s20`, `block sdb`.
    pub place: String,
    /// Maker and product, four hexadecimal digits each, where it says.
    pub ids: Option<(u16, u16)>,
}

impl Stranger {
    /// Maker and product as `lsusb` prints them; empty if it does not say.
    pub fn ids(&self) -> String {
        self.ids.map_or_else(String::new, |(vendor, product)| {
            format!("{vendor:04x}:{product:04x}")
        })
    }
}

impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} {}", self.sort.name(), self.place, self.ids())
    }
}

/// How the devices of this terminal are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// The touch panel; `None`: this terminal has none of its own, as on a desk.
    pub panel: Option<Presence>,
    /// The badge readers, in the order of the set-up.
    pub readers: Vec<Presence>,
    /// What is plugged in that nobody has listed.
    pub strangers: Vec<Stranger>,
}

impl Attached {
    /// Whether badges can be read; `None`: this terminal has no reader.
    pub fn badges(&self) -> Option<bool> {
        let any = self.readers.contains(&Presence::There);
        (!self.readers.is_empty()).then_some(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badges_are_there_while_one_reader_is() {
        let with = |readers: &[Presence]| Attached {
            readers: readers.to_vec(),
            ..Attached::default()
        };
        assert_eq!(with(&[]).badges(), None);
        assert_eq!(
            with(&[Presence::Absent, Presence::There]).badges(),
            Some(true)
        );
        assert_eq!(
            with(&[Presence::Absent, Presence::Refused]).badges(),
            Some(false)
        );
    }
}
