use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;
use crate::domain::health::facts::{Device, Wear};

struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn machine(&self, desktop: Option<&str>) -> Machine {
        Machine::at(self.0.path(), desktop)
    }

    fn input(&self, node: &str, id: (&str, &str, &str), name: &str, bits: &[(&str, &str)]) {
        let folder = format!("sys/class/input/{node}/device");
        let (bus, vendor, product) = id;
        self.put(&format!("{folder}/id/bustype"), bus)
            .put(&format!("{folder}/id/vendor"), vendor)
            .put(&format!("{folder}/id/product"), product)
            .put(&format!("{folder}/name"), name);
        for (what, words) in bits {
            self.put(&format!("{folder}/{what}"), words);
        }
    }
}

/// A panel of 1280x800 on 217x136 mm; the last byte makes the sum right.
fn edid() -> Vec<u8> {
    let mut block = vec![0_u8; 128];
    block[..8].copy_from_slice(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    block[21] = 22;
    block[22] = 14;
    block[54] = 0x3e;
    block[55] = 0x1c;
    block[56] = 0x00;
    block[58] = 0x50;
    block[59] = 0x20;
    block[61] = 0x30;
    block[66] = 217;
    block[67] = 136;
    seal(&mut block);
    block
}

fn seal(block: &mut [u8]) {
    block[127] = 0;
    let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    block[127] = 0_u8.wrapping_sub(sum);
}

#[test]
fn a_panel_says_its_pixels_and_its_millimetres() {
    assert_eq!(
        PanelSize::from_edid(&edid()),
        Some(PanelSize {
            pixels: Some((1280, 800)),
            millimetres: Some((217, 136)),
        })
    );
    let mut rough = edid();
    rough[66] = 0;
    seal(&mut rough);
    let rough = PanelSize::from_edid(&rough).unwrap();
    assert_eq!(rough.millimetres, Some((220, 140)), "in centimetres");
    let mut projector = edid();
    projector[21] = 0;
    projector[66] = 0;
    projector[67] = 0;
    seal(&mut projector);
    assert_eq!(PanelSize::from_edid(&projector).unwrap().millimetres, None);
}

#[test]
fn an_edid_that_is_short_or_altered_is_not_believed() {
    let good = edid();
    for at in 0..128 {
        let mut altered = good.clone();
        altered[at] ^= 0x40;
        assert_eq!(PanelSize::from_edid(&altered), None, "byte {at}");
        assert_eq!(PanelSize::from_edid(&good[..at]), None);
    }
}

#[test]
fn the_display_is_a_panel_else_a_desktop_else_none() {
    let tree = Tree::new();
    assert_eq!(tree.machine(None).display(), Display::Missing);
    let desktop = tree.machine(Some("wayland-0")).display();
    assert!(matches!(desktop, Display::Desktop { name } if name == "wayland-0"));
    tree.put("sys/class/drm/version", "drm")
        .put("sys/class/drm/card0-DP-1/status", "disconnected\n")
        .put("sys/class/drm/card0-HDMI-A-1/status", "connected\n")
        .put("sys/class/drm/card0-HDMI-A-1/modes", "1024x600\n800x600\n");
    let unsized_panel = Display::Panel {
        connector: "HDMI-A-1".to_owned(),
        pixels: Some((1024, 600)),
        millimetres: None,
    };
    assert_eq!(tree.machine(Some("wayland-0")).display(), unsized_panel);
    tree.put("sys/class/drm/card0-HDMI-A-1/edid", edid());
    assert_eq!(
        tree.machine(None).display(),
        Display::Panel {
            connector: "HDMI-A-1".to_owned(),
            pixels: Some((1280, 800)),
            millimetres: Some((217, 136)),
        }
    );
}

#[test]
fn touch_panels_are_told_from_pads_and_a_keyboard_is_a_stranger_on_a_terminal_only() {
    let tree = Tree::new();
    let panel = [
        ("capabilities/abs", "260800000000003\n"),
        ("capabilities/key", "400 0 0 0 0 0\n"),
        ("properties", "2\n"),
    ];
    let pad = [panel[0], panel[1], ("properties", "1\n")];
    let keyboard = [(
        "capabilities/key",
        "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n",
    )];
    tree.input(
        "event0",
        ("0019", "0000", "0001"),
        "Power Button",
        &[("capabilities/key", "10000000000000 0\n")],
    );
    tree.input("event1", ("0011", "0001", "0001"), "AT keyboard", &keyboard);
    tree.input("event2", ("0003", "0eef", "0001"), "eGalax touch", &panel);
    tree.input("event3", ("0018", "06cb", "1234"), "pad", &pad);
    tree.input(
        "event4",
        ("0003", "046d", "c31c"),
        "Example USB Keyboard",
        &keyboard,
    );
    tree.input(
        "event5",
        ("0003", "046d", "c31c"),
        "Example USB Keyboard",
        &keyboard,
    );
    tree.put("sys/class/input/mouse0/device/name", "not a node of ours");
    let device = |vendor, product, name: &str| Device {
        vendor,
        product,
        name: name.to_owned(),
    };
    let terminal = tree.machine(None).inputs();
    assert_eq!(terminal.touch, [device(0x0eef, 1, "eGalax touch")]);
    assert_eq!(
        terminal.unknown,
        [device(0x046d, 0xc31c, "Example USB Keyboard")],
        "once, however many nodes it has"
    );
    assert_eq!(tree.machine(Some(":0")).inputs().unknown, []);
}

#[test]
fn serial_ports_are_those_with_something_behind_them() {
    let tree = Tree::new();
    tree.put("sys/class/tty/tty0/type", "1")
        .put("sys/class/tty/ttyS0/type", "4\n")
        .put("sys/class/tty/ttyS1/type", "0\n")
        .put("sys/devices/usb1/1-2/idVendor", "1a86\n")
        .put("sys/devices/usb1/1-2/idProduct", "7523\n")
        .put("sys/devices/usb1/1-2/product", "Badge Reader\n")
        .put("sys/devices/usb1/1-2/1-2:1.0/ttyUSB0/tty/x", "");
    let root = tree.0.path();
    fs::create_dir_all(root.join("sys/class/tty/ttyUSB0")).unwrap();
    symlink(
        root.join("sys/devices/usb1/1-2/1-2:1.0/ttyUSB0"),
        root.join("sys/class/tty/ttyUSB0/device"),
    )
    .unwrap();
    let names: Vec<String> = tree
        .machine(None)
        .inputs()
        .readers
        .into_iter()
        .map(|d| d.name)
        .collect();
    assert_eq!(names, ["ttyS0", "ttyUSB0 Badge Reader"]);
}

#[test]
fn wear_is_read_through_partition_and_encryption_and_else_said_not_to_be_known() {
    let tree = Tree::new();
    let root = tree.0.path();
    let sys = root.join("sys");
    let disk = "sys/devices/mmc0/block/mmcblk0";
    tree.put(&format!("{disk}/device/life_time"), "0x02 0x05\n")
        .put(&format!("{disk}/device/pre_eol_info"), "0x01\n")
        .put(&format!("{disk}/mmcblk0p3/partition"), "3")
        .put("sys/devices/virtual/block/dm-0/slaves/x", "");
    fs::remove_file(root.join("sys/devices/virtual/block/dm-0/slaves/x")).unwrap();
    symlink(
        root.join(disk).join("mmcblk0p3"),
        root.join("sys/devices/virtual/block/dm-0/slaves/mmcblk0p3"),
    )
    .unwrap();
    fs::create_dir_all(sys.join("dev/block")).unwrap();
    symlink(
        root.join("sys/devices/virtual/block/dm-0"),
        sys.join("dev/block/253:0"),
    )
    .unwrap();
    let encrypted = sys.join("dev/block/253:0");
    assert_eq!(disk::wear(&encrypted, 6), Wear::Percent { used: 50 });
    tree.put(&format!("{disk}/device/pre_eol_info"), "0x03\n");
    assert_eq!(disk::wear(&encrypted, 6), Wear::ReserveGone);
    tree.put(&format!("{disk}/device/pre_eol_info"), "0x01\n")
        .put(&format!("{disk}/device/life_time"), "0x00 0x00\n");
    assert_eq!(disk::wear(&encrypted, 6), Wear::NotKnown);
    assert_eq!(disk::wear(&sys.join("dev/block/8:1"), 6), Wear::NotKnown);
}

#[test]
fn the_disk_of_a_folder_that_is_not_there_yet_is_that_of_the_one_above() {
    let tree = Tree::new();
    let there = tree.machine(None).disk(tree.0.path());
    let not_yet = tree.machine(None).disk(&tree.0.path().join("a/b/c"));
    assert!(there.space.unwrap().total > 0);
    assert_eq!(there.space.unwrap().total, not_yet.space.unwrap().total);
    assert!(!there.read_only);
    assert_eq!(there.wear, Wear::NotKnown);
}

#[test]
fn clock_and_release_are_what_the_files_say_or_not_known() {
    let tree = Tree::new();
    let machine = tree.machine(None);
    assert_eq!(
        machine.clock_source(),
        ClockSource {
            rtc: None,
            in_step: None
        }
    );
    assert_eq!(machine.release(), None);
    tree.put("sys/class/rtc/rtc0/since_epoch", "86400\n")
        .put("run/systemd/timesync/x", "")
        .put(
            "etc/os-release",
            "ID=debian\nIMAGE_ID=dayroom\nIMAGE_VERSION=\"2026.11.1\"\n",
        );
    let source = machine.clock_source();
    assert_eq!(source.rtc.unwrap().0, 86_400_000);
    assert_eq!(source.in_step, Some(false));
    tree.put("run/systemd/timesync/synchronized", "");
    assert_eq!(machine.clock_source().in_step, Some(true));
    assert_eq!(machine.release().as_deref(), Some("2026.11.1"));
    tree.put("etc/os-release", "IMAGE_ID=cloud\nIMAGE_VERSION=3\n");
    assert_eq!(machine.release(), None, "another image");
}
