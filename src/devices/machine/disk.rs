use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, major, minor, statvfs};

use super::{names, word};
use crate::domain::health::facts::{Disk, Space, Wear};

/// Devices on devices (partition, encryption, mirror) that are followed down.
const DEEPEST: usize = 6;

pub(super) fn look(sys: &Path, folder: &Path) -> Disk {
    let there = folder.ancestors().find(|folder| folder.exists());
    let Some(there) = there else {
        return Disk {
            space: None,
            read_only: false,
            wear: Wear::NotKnown,
        };
    };
    let stat = statvfs(there).ok();
    Disk {
        space: stat.as_ref().map(|stat| Space {
            total: stat.f_blocks.saturating_mul(stat.f_frsize),
            free: stat.f_bavail.saturating_mul(stat.f_frsize),
        }),
        read_only: stat.is_some_and(|stat| stat.f_flag.contains(StatVfsMountFlags::RDONLY)),
        wear: std::fs::metadata(there).map_or(Wear::NotKnown, |meta| {
            let (major, minor) = (major(meta.dev()), minor(meta.dev()));
            wear(&sys.join(format!("dev/block/{major}:{minor}")), DEEPEST)
        }),
    }
}

/// How worn the device below a block device is. eMMC says it in tenths (JEDEC JESD84-B51,
/// `DEVICE_LIFE_TIME_EST_TYP_A` and `_B`); NVMe tells it only to a command, not to who reads files.
pub(super) fn wear(block: &Path, deepest: usize) -> Wear {
    let Ok(block) = std::fs::canonicalize(block) else {
        return Wear::NotKnown;
    };
    let disk = block.ancestors().take(2);
    for folder in disk.map(|folder| folder.join("device")) {
        if let Some(wear) = emmc(&folder) {
            return wear;
        }
    }
    if deepest == 0 {
        return Wear::NotKnown;
    }
    let below: Vec<PathBuf> = names(&block.join("slaves"))
        .into_iter()
        .map(|name| block.join("slaves").join(name))
        .collect();
    let below = below.iter().map(|block| wear(block, deepest - 1));
    below.reduce(worse).unwrap_or(Wear::NotKnown)
}

fn emmc(device: &Path) -> Option<Wear> {
    let tenth = |text: &str| u8::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    // 1: normal, 2: 80 % of the reserve used, 3: 90 %.
    let reserve = word(&device.join("pre_eol_info")).and_then(|text| tenth(&text));
    if reserve.is_some_and(|reserve| reserve >= 3) {
        return Some(Wear::ReserveGone);
    }
    let text = word(&device.join("life_time"))?;
    // 1 means 0 to 10 % used, 11 beyond; 0 says nothing.
    let used = text.split_ascii_whitespace().filter_map(tenth).max()?;
    match used {
        0 => None,
        11.. => Some(Wear::ReserveGone),
        used => Some(Wear::Percent { used: used * 10 }),
    }
}

fn worse(one: Wear, other: Wear) -> Wear {
    match (one, other) {
        (Wear::ReserveGone, _) | (_, Wear::ReserveGone) => Wear::ReserveGone,
        (Wear::Percent { used: a }, Wear::Percent { used: b }) => Wear::Percent { used: a.max(b) },
        (known @ Wear::Percent { .. }, Wear::NotKnown)
        | (Wear::NotKnown, known @ Wear::Percent { .. }) => known,
        (Wear::NotKnown, Wear::NotKnown) => Wear::NotKnown,
    }
}
