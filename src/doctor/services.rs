//! The services, where systemd runs them. Asked, never told anything.

use std::process::{Command, Stdio};

use crate::devices::Machine;
use crate::domain::health::facts::{Unit, UnitState};

/// The units of a terminal.
const UNITS: [&str; 3] = [
    "dayroom-screen.service",
    "dayroom-sync.service",
    "dayroom-machine.path",
];

/// How the units are; none where there is no systemd, or it does not say.
pub(super) fn units(machine: &Machine) -> Vec<Unit> {
    if !machine.has_systemd() {
        return Vec::new();
    }
    let asked = Command::new("systemctl")
        .args(["show", "--property=Id,LoadState,ActiveState,NRestarts"])
        .args(UNITS)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    asked.map_or_else(
        |_| Vec::new(),
        |answer| read_units(&String::from_utf8_lossy(&answer.stdout)),
    )
}

/// Whether time servers keep the clock in step, as systemd says of whatever does it.
pub(super) fn in_step(machine: &Machine) -> Option<bool> {
    if !machine.has_systemd() {
        return None;
    }
    let answer = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    match String::from_utf8_lossy(&answer.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Reads what `systemctl show` writes: blocks of `Name=value`, an empty line between two.
fn read_units(text: &str) -> Vec<Unit> {
    text.split("\n\n")
        .filter_map(|block| {
            let value = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|rest| rest.strip_prefix('='))
            };
            Some(Unit {
                name: value("Id")?.to_owned(),
                state: state(value("LoadState")?, value("ActiveState")?),
                restarts: value("NRestarts")
                    .and_then(|count| count.parse().ok())
                    .unwrap_or(0),
            })
        })
        .collect()
}

fn state(load: &str, active: &str) -> UnitState {
    match (load, active) {
        ("not-found" | "masked", _) => UnitState::NotInstalled,
        (_, "active") => UnitState::Active,
        (_, "inactive") => UnitState::Inactive,
        (_, "failed") => UnitState::Failed,
        _ => UnitState::Changing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_what_systemctl_shows() {
        let text = "Id=dayroom-screen.service\nLoadState=loaded\nActiveState=active\nNRestarts=3\n\n\
                    Id=dayroom-sync.service\nLoadState=loaded\nActiveState=failed\nNRestarts=0\n\n\
                    Id=dayroom-machine.path\nLoadState=not-found\nActiveState=inactive\n";
        let found: Vec<(String, UnitState, u32)> = read_units(text)
            .into_iter()
            .map(|unit| (unit.name, unit.state, unit.restarts))
            .collect();
        assert_eq!(
            found,
            [
                ("dayroom-screen.service".to_owned(), UnitState::Active, 3),
                ("dayroom-sync.service".to_owned(), UnitState::Failed, 0),
                (
                    "dayroom-machine.path".to_owned(),
                    UnitState::NotInstalled,
                    0
                ),
            ]
        );
        assert_eq!(read_units("Failed to connect to bus\n"), []);
        assert_eq!(read_units(""), []);
    }

    #[test]
    fn without_systemd_nobody_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine::at(folder.path(), None);
        assert_eq!(units(&machine), []);
        assert_eq!(in_step(&machine), None);
    }
}
