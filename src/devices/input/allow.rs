//! Which input device is meant: by what it says of itself, all of what the list names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an input device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `BUS_*` of the kernel.
    pub bus: u16,
    /// Who made it.
    pub vendor: u16,
    /// What it is.
    pub product: u16,
    /// Its name.
    pub name: String,
    /// Where it is plugged in, for instance `usb-0000:00:14.0-2/input0`.
    pub phys: String,
}

/// The bus of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bus {
    /// USB.
    Usb,
    /// A virtual machine's.
    Virtual,
    /// I²C, where built-in panels are.
    I2c,
    /// SPI.
    Spi,
    /// RS-232.
    Rs232,
    /// Soldered on.
    Host,
    /// Bluetooth: named to be refused, there is no radio in a wall.
    Bluetooth,
}

impl Bus {
    /// `BUS_*` of `linux/input.h`.
    pub fn number(self) -> u16 {
        match self {
            Self::Usb => 0x03,
            Self::Bluetooth => 0x05,
            Self::Virtual => 0x06,
            Self::Rs232 => 0x13,
            Self::I2c => 0x18,
            Self::Host => 0x19,
            Self::Spi => 0x1c,
        }
    }
}

/// A line of the allow-list. Whatever it names has to be so; it has to name the maker and the
/// product, or the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus: Option<Bus>,
    /// Its maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Hex>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<Hex>,
    /// The whole of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is plugged in: the whole, or its beginning when it ends in `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phys: Option<String>,
}

/// Four hexadecimal digits, as `lsusb` prints them.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex(pub u16);

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl From<Hex> for String {
    fn from(hex: Hex) -> Self {
        format!("{:04x}", hex.0)
    }
}

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let four = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = four.then(|| u16::from_str_radix(&text, 16).ok()).flatten();
        value.map(Self).ok_or_else(|| {
            format!("{text:?} is not four hexadecimal digits, as lsusb prints an id")
        })
    }
}

/// Why a line of the allow-list cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// It would allow too much.
    #[error(
        "an entry that names neither vendor and product nor the name fits any device: add them"
    )]
    TooWide,
}

impl Allow {
    /// Whether it names enough to mean one kind of device.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<(), AllowError> {
        let ids = self.vendor.is_some() && self.product.is_some();
        let named = self
            .name
            .as_ref()
            .is_some_and(|name| !name.trim().is_empty());
        if ids || named {
            Ok(())
        } else {
            Err(AllowError::TooWide)
        }
    }

    /// Whether this device is meant.
    pub fn fits(&self, device: &Identity) -> bool {
        self.check().is_ok()
            && self.bus.is_none_or(|bus| bus.number() == device.bus)
            && self.vendor.is_none_or(|vendor| vendor.0 == device.vendor)
            && self
                .product
                .is_none_or(|product| product.0 == device.product)
            && self.name.as_ref().is_none_or(|name| *name == device.name)
            && self
                .phys
                .as_ref()
                .is_none_or(|phys| fits_place(phys, &device.phys))
    }
}

fn fits_place(wanted: &str, phys: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => !beginning.is_empty() && phys.starts_with(beginning),
        None => wanted == phys,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> Identity {
        Identity {
            bus: 3,
            vendor: 0x0eef,
            product: 0xc000,
            name: "eGalax Inc. Touch".to_owned(),
            phys: "usb-0000:00:14.0-2/input0".to_owned(),
        }
    }

    fn allow(json: &str) -> Allow {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_device_fits_when_all_that_is_named_is_so() {
        let line =
            r#"{"bus":"usb","vendor":"0eef","product":"C000","phys":"usb-0000:00:14.0-2/*"}"#;
        assert!(allow(line).fits(&panel()));
        for other in [
            Identity { bus: 5, ..panel() },
            Identity {
                vendor: 1,
                ..panel()
            },
            Identity {
                product: 1,
                ..panel()
            },
            Identity {
                phys: "usb-0000:00:14.0-3/input0".to_owned(),
                ..panel()
            },
        ] {
            assert!(!allow(line).fits(&other), "{other:?}");
        }
    }

    #[test]
    fn a_line_that_would_allow_anything_is_refused_and_fits_nothing() {
        for line in [
            "{}",
            r#"{"bus":"usb"}"#,
            r#"{"vendor":"0eef"}"#,
            r#"{"name":" "}"#,
        ] {
            assert_eq!(allow(line).check(), Err(AllowError::TooWide), "{line}");
            assert!(!allow(line).fits(&panel()), "{line}");
        }
    }

    #[test]
    fn a_name_is_the_whole_name() {
        assert!(allow(r#"{"name":"eGalax Inc. Touch"}"#).fits(&panel()));
        assert!(!allow(r#"{"name":"eGalax"}"#).fits(&panel()));
    }

    #[test]
    fn misspelt_lines_are_refused() {
        for line in [
            r#"{"vendor":"eef"}"#,
            r#"{"vendor":"0xef"}"#,
            r#"{"vender":"0eef"}"#,
        ] {
            assert!(serde_json::from_str::<Allow>(line).is_err(), "{line}");
        }
    }
}
