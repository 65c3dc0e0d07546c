//! What is plugged in that nobody has listed: found by looking at sysfs twice a second, for the
//! screen process has no netlink. Nothing is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::input::{Allow, Folders, Found, find};
use crate::domain::attached::{Sort, Stranger};

/// How often: what is plugged in is in the audit within a second.
pub const LOOK: Duration = Duration::from_millis(400);

const BUS_USB: u16 = 3;

/// Where to look.
#[derive(Clone, Debug)]
pub struct Places {
    /// `/sys`, or a folder like it.
    pub sys: PathBuf,
    /// The event devices.
    pub input: Folders,
}

impl Places {
    /// The machine's own.
    pub fn of_the_machine() -> Self {
        Self {
            sys: PathBuf::from("/sys"),
            input: Folders::of_the_machine(),
        }
    }
}

/// Which devices belong to the terminal.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Panel and readers, and whatever else is listed: never strangers.
    pub devices: Vec<Allow>,
    /// USB devices that belong here beside those, by maker and product.
    pub usb: Vec<(u16, u16)>,
}

/// Everything that is plugged in now, by place.
type Seen = BTreeMap<String, Stranger>;

/// Looks for strangers. Pure but for the reading of sysfs.
#[derive(Debug)]
pub struct Lookout {
    places: Places,
    expected: Expected,
    /// What was there when the machine was started and is built in.
    built_in: Option<BTreeSet<String>>,
    known: Seen,
}

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What came.
    pub came: Vec<Stranger>,
    /// What went.
    pub went: Vec<Stranger>,
    /// All that is there now.
    pub there: Vec<Stranger>,
}

impl Lookout {
    /// A lookout that has not looked yet.
    pub fn new(places: Places, expected: Expected) -> Self {
        Self {
            places,
            expected,
            built_in: None,
            known: Seen::new(),
        }
    }

    /// Looks; `None` if nothing has changed. The first look takes what is not on USB for built in, and
    /// reports what is: a power cycle does not make a stranger a friend.
    pub fn look(&mut self) -> Option<Change> {
        let mut seen = self.seen();
        let built_in = self.built_in.get_or_insert_with(|| {
            let inner = seen.iter().filter(|(place, _)| !place.starts_with("usb "));
            inner.map(|(place, _)| place.clone()).collect()
        });
        // What is unplugged and comes again is news.
        built_in.retain(|place| seen.contains_key(place));
        seen.retain(|place, _| !built_in.contains(place));
        if seen == self.known {
            return None;
        }
        let only_in = |one: &Seen, other: &Seen| {
            let news = one
                .iter()
                .filter(|(place, what)| other.get(*place) != Some(what));
            news.map(|(_, what)| what.clone()).collect()
        };
        let change = Change {
            came: only_in(&seen, &self.known),
            went: only_in(&self.known, &seen),
            there: seen.values().cloned().collect(),
        };
        self.known = seen;
        Some(change)
    }

    fn seen(&self) -> Seen {
        let inputs = find(&self.places.input);
        let (listed, others): (Vec<Found>, Vec<Found>) = inputs.into_iter().partition(|found| {
            self.expected
                .devices
                .iter()
                .any(|allow| allow.fits(&found.identity))
        });
        // A listed input device's USB side is not a stranger as long as it is nothing else.
        let own: BTreeSet<(u16, u16)> = listed
            .iter()
            .filter(|found| found.identity.bus == BUS_USB)
            .map(|found| (found.identity.vendor, found.identity.product))
            .chain(self.expected.usb.iter().copied())
            .collect();
        let mut seen = self.usb(&own);
        for found in others {
            let ids = (found.identity.vendor, found.identity.product);
            let sort = if found.caps.has_keyboard_keys() {
                Sort::Keyboard
            } else if found.caps.relative.is_empty() && found.caps.absolute.is_empty() {
                Sort::Input
            } else {
                Sort::Pointer
            };
            add(&mut seen, sort, format!("input {}", found.node), Some(ids));
        }
        for name in names(&self.places.sys.join("class/net")).filter(|name| name != "lo") {
            add(&mut seen, Sort::Network, format!("net {name}"), None);
        }
        for name in names(&self.places.sys.join("block")).filter(|name| !is_virtual(name)) {
            add(&mut seen, Sort::Storage, format!("block {name}"), None);
        }
        seen
    }

    fn usb(&self, own: &BTreeSet<(u16, u16)>) -> Seen {
        let folder = self.places.sys.join("bus/usb/devices");
        let all: Vec<String> = names(&folder).collect();
        let mut seen = Seen::new();
        // "usb1" is a root hub and "1-2:1.0" an interface; "1-2" is a device.
        for device in all
            .iter()
            .filter(|name| !name.contains(':') && !name.starts_with("usb"))
        {
            let at = folder.join(device);
            let id = |name: &str| u16::from_str_radix(&read(&at.join(name))?, 16).ok();
            let ids = id("idVendor").zip(id("idProduct"));
            let interfaces = all
                .iter()
                .filter(|name| name.split_once(':').is_some_and(|(of, _)| of == device));
            let classes = interfaces.filter_map(|name| {
                let class = read(&folder.join(name).join("bInterfaceClass"))?;
                u8::from_str_radix(&class, 16).ok()
            });
            let sort = sort_of(&classes.collect::<BTreeSet<u8>>());
            let is_hub = read(&at.join("bDeviceClass")).as_deref() == Some("09");
            let is_own = ids.is_some_and(|ids| own.contains(&ids));
            // A listed device that also stores or reaches a network is not what is listed.
            let is_plain = matches!(sort, Sort::Input | Sort::Other);
            if !(is_hub || is_own && is_plain) {
                add(&mut seen, sort, format!("usb {device}"), ids);
            }
        }
        seen
    }
}

fn add(seen: &mut Seen, sort: Sort, place: String, ids: Option<(u16, u16)>) {
    let stranger = Stranger {
        sort,
        place: place.clone(),
        ids,
    };
    seen.insert(place, stranger);
}

/// What a USB device is by the classes of its interfaces (USB-IF, defined class codes).
fn sort_of(classes: &BTreeSet<u8>) -> Sort {
    const AUDIO: u8 = 0x01;
    const COMMUNICATION: u8 = 0x02;
    const HID: u8 = 0x03;
    const STORAGE: u8 = 0x08;
    const DATA: u8 = 0x0a;
    const WIRELESS: u8 = 0xe0;
    let sorts: BTreeSet<Sort> = classes
        .iter()
        .map(|class| match *class {
            COMMUNICATION | DATA | WIRELESS => Sort::Network,
            HID => Sort::Input,
            STORAGE => Sort::Storage,
            AUDIO.. => Sort::Other,
            0 => Sort::Other,
        })
        .collect();
    match (sorts.len(), sorts.first()) {
        (1, Some(sort)) => *sort,
        (0, _) | (_, None) => Sort::Other,
        _ => Sort::Composite,
    }
}

/// Block devices that no cable makes.
fn is_virtual(name: &str) -> bool {
    ["loop", "ram", "dm-", "zram", "md"]
        .iter()
        .any(|kind| name.starts_with(kind))
}

fn names(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.collect::<BTreeSet<String>>().into_iter()
}

fn read(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// The thread that looks. It ends when this is dropped.
#[derive(Debug)]
pub struct Watchman(Arc<AtomicBool>);

impl Watchman {
    /// Looks for as long as this lives.
    pub fn start(mut lookout: Lookout, mut hear: impl FnMut(Change) + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if let Some(change) = lookout.look() {
                    hear(change);
                }
                std::thread::park_timeout(LOOK);
            }
        });
        Self(stop)
    }
}

impl Drop for Watchman {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
