//! Which releases the boot loader may start, and which of them it has given up: by the names of the kernels' files, in
//! which systemd-boot counts the starts (Boot Loader Specification, "Boot counting").

use std::path::Path;

use dayroom_protocol::ReleaseVersion;

use crate::domain::machine::MachineRefusal;

/// What is in the slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots(Vec<Slot>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    version: ReleaseVersion,
    /// Starts that are left to be marked good in; `None` once it is.
    tries_left: Option<u32>,
}

/// Looks; `None` where there is no such folder, as without an image or while it is not mounted.
pub(super) fn look(kernels: &Path) -> Option<Slots> {
    let entries = std::fs::read_dir(kernels).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Some(Slots(names.filter_map(|name| slot(&name)).collect()))
}

/// `dayroom_VERSION.efi`, `dayroom_VERSION+LEFT.efi` or `dayroom_VERSION+LEFT-DONE.efi`.
fn slot(name: &str) -> Option<Slot> {
    let name = name.strip_prefix("dayroom_")?.strip_suffix(".efi")?;
    let (version, tries_left) = match name.split_once('+') {
        None => (name, None),
        Some((version, count)) => {
            let left = count.split_once('-').map_or(count, |(left, _)| left);
            (version, Some(left.parse().ok()?))
        }
    };
    Some(Slot {
        version: version.parse().ok()?,
        tries_left,
    })
}

impl Slots {
    /// The newest that is not started any more.
    pub(super) fn gave_way(&self) -> Option<ReleaseVersion> {
        let given_up = self.0.iter().filter(|slot| slot.tries_left == Some(0));
        given_up.map(|slot| slot.version).max()
    }

    /// Whether the updater would put this release into a slot, or has: `systemd-sysupdate` takes nothing that is older
    /// than what is there, and leaves one that gave way as it lies.
    ///
    /// # Errors
    /// Why it would not.
    pub(super) fn takes(&self, version: ReleaseVersion) -> Result<(), MachineRefusal> {
        if self.gave_way() == Some(version) {
            return Err(MachineRefusal::GaveWay);
        }
        let newest = self.0.iter().map(|slot| slot.version).max();
        if newest.is_some_and(|newest| newest > version) {
            return Err(MachineRefusal::BehindSlot);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(names: &[&str]) -> Slots {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        look(folder.path()).unwrap()
    }

    fn version(text: &str) -> ReleaseVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_release_has_given_way_when_no_start_is_left_and_not_before() {
        for (names, gave_way) in [
            (&["dayroom_1.3.0.efi"] as &[_], None),
            (&["dayroom_1.3.0.efi", "dayroom_1.4.0+3-0.efi"], None),
            (&["dayroom_1.3.0.efi", "dayroom_1.4.0+3.efi"], None),
            (&["dayroom_1.3.0.efi", "dayroom_1.4.0+1-2.efi"], None),
            (
                &["dayroom_1.3.0.efi", "dayroom_1.4.0+0-3.efi"],
                Some("1.4.0"),
            ),
            (
                &["dayroom_1.9.0+0-3.efi", "dayroom_1.10.0+0-3.efi"],
                Some("1.10.0"),
            ),
            (
                &[
                    "other_1.4.0+0-3.efi",
                    "dayroom_x+0-3.efi",
                    "dayroom_1.4.0+x.efi",
                ],
                None,
            ),
            (&[], None),
        ] {
            assert_eq!(slots(names).gave_way(), gave_way.map(version), "{names:?}");
        }
        assert_eq!(look(Path::new("/nonexistent/EFI/Linux")), None);
    }

    #[test]
    fn what_the_updater_would_leave_lying_is_refused_and_said_to_be() {
        let slots = slots(&["dayroom_1.3.0.efi", "dayroom_1.4.0+0-3.efi"]);
        for (wanted, taken) in [
            ("1.2.0", Err(MachineRefusal::BehindSlot)),
            ("1.3.1", Err(MachineRefusal::BehindSlot)),
            ("1.4.0", Err(MachineRefusal::GaveWay)),
            ("1.4.1", Ok(())),
        ] {
            assert_eq!(slots.takes(version(wanted)), taken, "{wanted}");
        }
    }
}
