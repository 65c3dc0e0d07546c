use std::path::Path;

use super::{names, word};
use crate::domain::health::facts::{Device, Inputs};

/// Bits of the kernel's `input-event-codes.h`.
const ABS_X: usize = 0x00;
const ABS_MT_POSITION_X: usize = 0x35;
const BTN_TOUCH: usize = 0x14a;
const BTN_LEFT: usize = 0x110;
const KEY_Q: usize = 16;
const KEY_A: usize = 30;
const PROP_DIRECT: usize = 1;
/// Buses things are plugged into, of the kernel's `input.h`: USB and Bluetooth.
const PLUGGED_BUSES: [&str; 2] = ["0003", "0005"];

pub(super) fn find(root: &Path, desktop: bool) -> Inputs {
    let mut found = Inputs::default();
    let folder = root.join("sys/class/input");
    for name in names(&folder) {
        if !name.starts_with("event") {
            continue;
        }
        let device = folder.join(name).join("device");
        let Some(known) = identify(&device) else {
            continue;
        };
        if is_touch(&device) {
            found.touch.push(known);
        } else if !desktop && is_plugged(&device) && takes_keys_or_clicks(&device) {
            found.unknown.push(known);
        }
    }
    found.readers = serial_ports(root);
    for devices in [&mut found.touch, &mut found.unknown] {
        // One device has several nodes.
        devices.sort();
        devices.dedup();
    }
    found
}

fn identify(device: &Path) -> Option<Device> {
    let number = |name: &str| {
        let digits = word(&device.join("id").join(name))?;
        u16::from_str_radix(&digits, 16).ok()
    };
    Some(Device {
        vendor: number("vendor")?,
        product: number("product")?,
        name: word(&device.join("name")).unwrap_or_default(),
    })
}

fn is_touch(device: &Path) -> bool {
    let has = |what: &str, bit| has_bit(device, what, bit);
    let by_contact = has("capabilities/abs", ABS_MT_POSITION_X);
    let by_button = has("capabilities/abs", ABS_X) && has("capabilities/key", BTN_TOUCH);
    // Pads beside a keyboard have the same axes and lack this property.
    has("properties", PROP_DIRECT) && (by_contact || by_button)
}

fn is_plugged(device: &Path) -> bool {
    let bus = word(&device.join("id/bustype"));
    bus.is_some_and(|bus| PLUGGED_BUSES.contains(&bus.as_str()))
}

fn takes_keys_or_clicks(device: &Path) -> bool {
    let has = |bit| has_bit(device, "capabilities/key", bit);
    has(KEY_A) && has(KEY_Q) || has(BTN_LEFT)
}

/// A bitmap of the kernel's: words in hexadecimal, the highest first.
fn has_bit(device: &Path, what: &str, bit: usize) -> bool {
    const WORD: usize = usize::BITS as usize;
    let Some(text) = word(&device.join(what)) else {
        return false;
    };
    let found = text.split_ascii_whitespace().rev().nth(bit / WORD);
    let found = found.and_then(|word| usize::from_str_radix(word, 16).ok());
    found.is_some_and(|word| word >> (bit % WORD) & 1 == 1)
}

/// Serial ports with hardware behind them, where a reader may be.
fn serial_ports(root: &Path) -> Vec<Device> {
    let folder = root.join("sys/class/tty");
    names(&folder)
        .into_iter()
        .filter(|name| {
            let usb = name.starts_with("ttyUSB") || name.starts_with("ttyACM");
            // The kernel lists ports that no chip answers for as type 0.
            let chip = || word(&folder.join(name).join("type")).is_some_and(|kind| kind != "0");
            usb || name.starts_with("ttyS") && chip()
        })
        .map(|name| {
            // The interface lies below the USB device that names itself.
            let interface = std::fs::canonicalize(folder.join(&name).join("device")).ok();
            let usb = interface.as_deref().and_then(|start| {
                let mut above = start.ancestors().take(4);
                above.find(|folder| folder.join("idVendor").exists())
            });
            let number = |what: &str| {
                let digits = word(&usb?.join(what))?;
                u16::from_str_radix(&digits, 16).ok()
            };
            let product = usb.and_then(|usb| word(&usb.join("product")));
            Device {
                vendor: number("idVendor").unwrap_or(0),
                product: number("idProduct").unwrap_or(0),
                name: product.map_or_else(|| name.clone(), |product| format!("{name} {product}")),
            }
        })
        .collect()
}
