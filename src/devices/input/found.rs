//! Which input devices there are, by what sysfs tells: nothing is opened to find out.

use std::fs;
use std::path::{Path, PathBuf};

use super::allow::Identity;
use super::caps::Caps;

/// Where devices are looked for.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The event devices to open.
    pub dev: PathBuf,
    /// What is known of them.
    pub class: PathBuf,
}

impl Folders {
    /// The machine's own.
    pub fn of_the_machine() -> Self {
        Self {
            dev: PathBuf::from("/dev/input"),
            class: PathBuf::from("/sys/class/input"),
        }
    }
}

/// An input device that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `event3`.
    pub node: String,
    /// The device to open.
    pub path: PathBuf,
    /// What it says of itself.
    pub identity: Identity,
    /// What it can do.
    pub caps: Caps,
}

/// The input devices that are there, in the order of their numbers. One that vanishes meanwhile is
/// left out.
pub fn find(folders: &Folders) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(&folders.class) else {
        return Vec::new();
    };
    let nodes = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<Found> = nodes.filter_map(|node| look(folders, node)).collect();
    found.sort_by_key(|found| number(&found.node));
    found
}

fn look(folders: &Folders, node: String) -> Option<Found> {
    number(&node)?;
    let device = folders.class.join(&node).join("device");
    let hex = |name: &str| u16::from_str_radix(&read(&device.join("id"), name)?, 16).ok();
    let identity = Identity {
        bus: hex("bustype")?,
        vendor: hex("vendor")?,
        product: hex("product")?,
        name: read(&device, "name").unwrap_or_default(),
        phys: read(&device, "phys").unwrap_or_default(),
    };
    let map = |name: &str| read(&device.join("capabilities"), name).unwrap_or_default();
    let word = u16::try_from(usize::BITS).unwrap_or(64);
    let caps = Caps::from_bitmaps(&map("ev"), &map("key"), &map("rel"), &map("abs"), word);
    Some(Found {
        path: folders.dev.join(&node),
        node,
        identity,
        caps,
    })
}

fn number(node: &str) -> Option<u32> {
    node.strip_prefix("event")?.parse().ok()
}

fn read(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(text.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_by_what_sysfs_tells_and_broken_ones_are_left_out() {
        let root = tempfile::tempdir().unwrap();
        let folders = Folders {
            dev: root.path().join("dev"),
            class: root.path().join("class"),
        };
        assert_eq!(find(&folders), []);
        for (node, name) in [
            ("event10", "late"),
            ("event2", "early"),
            ("mouse0", "other"),
        ] {
            let device = folders.class.join(node).join("device");
            fs::create_dir_all(device.join("id")).unwrap();
            fs::create_dir_all(device.join("capabilities")).unwrap();
            fs::write(device.join("name"), format!("{name}\n")).unwrap();
            for (file, value) in [("bustype", "0003"), ("vendor", "0eef"), ("product", "c000")] {
                fs::write(device.join("id").join(file), format!("{value}\n")).unwrap();
            }
            fs::write(device.join("capabilities/ev"), "b\n").unwrap();
        }
        fs::create_dir_all(folders.class.join("event3/device")).unwrap();
        let found = find(&folders);
        let names: Vec<_> = found
            .iter()
            .map(|found| found.identity.name.as_str())
            .collect();
        assert_eq!(names, ["early", "late"]);
        assert_eq!(found[0].path, folders.dev.join("event2"));
        assert_eq!(found[0].identity.vendor, 0x0eef);
        assert!(found[0].caps.kinds.contains(&3));
    }
}
