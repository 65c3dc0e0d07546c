use std::fs;
use std::path::Path;

use super::input::{Allow, Folders};
use super::plugged::*;
use crate::domain::attached::{Sort, Stranger};

/// A machine's sysfs as far as it is looked at.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("bus/usb/devices/usb1/idVendor", "1d6b");
        machine.write("class/net/lo/type", "772");
        machine.write("class/net/eth0/type", "1");
        machine.write("block/vda/size", "1");
        machine.input(
            "event0",
            ("0019", "0000", "0001"),
            "Power Button",
            "3",
            "10000000000000 0",
        );
        machine
    }

    fn places(&self) -> Places {
        Places {
            sys: self.0.path().to_owned(),
            input: Folders {
                dev: self.0.path().join("dev"),
                class: self.0.path().join("class/input"),
            },
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }

    fn usb(&self, at: &str, vendor: &str, product: &str, classes: &[&str]) {
        let device = format!("bus/usb/devices/{at}");
        self.write(&format!("{device}/idVendor"), vendor);
        self.write(&format!("{device}/idProduct"), product);
        self.write(&format!("{device}/bDeviceClass"), "00");
        for (number, class) in classes.iter().enumerate() {
            self.write(&format!("{device}:1.{number}/bInterfaceClass"), class);
        }
    }

    fn unplug(&self, path: &str) {
        let folder = self.0.path().join(path);
        let (parent, name) = (folder.parent().unwrap(), folder.file_name().unwrap());
        for entry in fs::read_dir(parent).unwrap().flatten() {
            let of = entry.file_name().into_string().unwrap();
            if of.split(':').next() == name.to_str() {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
    }

    fn input(&self, node: &str, ids: (&str, &str, &str), name: &str, ev: &str, key: &str) {
        let device = format!("class/input/{node}/device");
        self.write(&format!("{device}/id/bustype"), ids.0);
        self.write(&format!("{device}/id/vendor"), ids.1);
        self.write(&format!("{device}/id/product"), ids.2);
        self.write(&format!("{device}/name"), name);
        self.write(&format!("{device}/capabilities/ev"), ev);
        self.write(&format!("{device}/capabilities/key"), key);
    }
}

fn lookout(machine: &Machine) -> Lookout {
    let panel: Allow = serde_json::from_str(r#"{"vendor":"0eef","product":"c000"}"#).unwrap();
    let expected = Expected {
        devices: vec![panel],
        usb: vec![(0x1d50, 0x6001)],
    };
    Lookout::new(machine.places(), expected)
}

fn sorts(strangers: &[Stranger]) -> Vec<(Sort, &str)> {
    strangers
        .iter()
        .map(|one| (one.sort, one.place.as_str()))
        .collect()
}

#[test]
fn what_is_built_in_and_what_is_listed_is_no_stranger() {
    let machine = Machine::new();
    machine.usb("1-1", "0eef", "c000", &["03"]);
    machine.input("event1", ("0003", "0eef", "c000"), "Panel", "b", "0");
    machine.usb("1-2", "1d50", "6001", &["ff"]);
    let mut lookout = lookout(&machine);
    assert_eq!(lookout.look(), None);
    assert_eq!(lookout.look(), None);
}

#[test]
fn a_keyboard_is_seen_at_once_and_when_it_goes() {
    let machine = Machine::new();
    let mut lookout = lookout(&machine);
    assert_eq!(lookout.look(), None);
    machine.usb("1-3", "046d", "c31c", &["03", "03"]);
    machine.input(
        "event5",
        ("0003", "046d", "c31c"),
        "Keyboard",
        "120013",
        "1fffffffffffffff",
    );
    let change = lookout.look().unwrap();
    assert_eq!(
        sorts(&change.came),
        [(Sort::Keyboard, "input event5"), (Sort::Input, "usb 1-3")]
    );
    assert_eq!(change.came[1].ids(), "046d:c31c");
    assert_eq!(lookout.look(), None, "said once");
    machine.unplug("bus/usb/devices/1-3");
    machine.unplug("class/input/event5");
    let change = lookout.look().unwrap();
    assert_eq!(change.went.len(), 2);
    assert_eq!(change.there, []);
}

#[test]
fn storage_network_and_composite_devices_are_named_for_what_they_are() {
    let machine = Machine::new();
    let mut lookout = lookout(&machine);
    lookout.look();
    machine.usb("1-4", "0781", "5567", &["08"]);
    machine.write("block/sda/size", "1");
    machine.usb("1-5", "0bda", "8153", &["02", "0a"]);
    machine.write("class/net/enx00/type", "1");
    machine.usb("1-6", "16c0", "27dd", &["03", "08"]);
    machine.usb("1-7", "0a5c", "21e8", &["e0"]);
    machine.usb("2-1.4", "0d8c", "0014", &["01"]);
    let change = lookout.look().unwrap();
    assert_eq!(
        sorts(&change.came),
        [
            (Sort::Storage, "block sda"),
            (Sort::Network, "net enx00"),
            (Sort::Storage, "usb 1-4"),
            (Sort::Network, "usb 1-5"),
            (Sort::Composite, "usb 1-6"),
            (Sort::Network, "usb 1-7"),
            (Sort::Other, "usb 2-1.4"),
        ]
    );
}

#[test]
fn a_power_cycle_makes_no_stranger_a_friend() {
    let machine = Machine::new();
    machine.usb("1-4", "0781", "5567", &["08"]);
    let change = lookout(&machine).look().unwrap();
    assert_eq!(sorts(&change.came), [(Sort::Storage, "usb 1-4")]);
}

#[test]
fn a_panel_that_has_grown_a_disk_is_a_stranger() {
    let machine = Machine::new();
    machine.usb("1-1", "0eef", "c000", &["03", "08"]);
    machine.input("event1", ("0003", "0eef", "c000"), "Panel", "b", "0");
    let change = lookout(&machine).look().unwrap();
    assert_eq!(sorts(&change.came), [(Sort::Composite, "usb 1-1")]);
}

#[test]
fn a_disk_that_was_taken_out_and_comes_again_is_news() {
    let machine = Machine::new();
    let mut lookout = lookout(&machine);
    lookout.look();
    machine.unplug("block/vda");
    assert_eq!(lookout.look(), None);
    machine.write("block/vda/size", "1");
    assert_eq!(
        sorts(&lookout.look().unwrap().came),
        [(Sort::Storage, "block vda")]
    );
}

#[test]
fn a_machine_without_any_of_it_is_looked_at_without_complaint() {
    let nowhere = Path::new("/nonexistent");
    let places = Places {
        sys: nowhere.to_owned(),
        input: Folders {
            dev: nowhere.to_owned(),
            class: nowhere.to_owned(),
        },
    };
    assert_eq!(Lookout::new(places, Expected::default()).look(), None);
}
