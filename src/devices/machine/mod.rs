//! What this machine says of itself, for whoever looks after it. Only reads; what a machine does not
//! say is not guessed.

mod clock_source;
mod disk;
mod display;
mod edid;
mod inputs;

use std::path::{Path, PathBuf};

use crate::domain::health::facts::{Disk, Display, Inputs};

pub use clock_source::ClockSource;
pub use edid::PanelSize;

/// A machine, by the root of its file system.
#[derive(Clone, Debug)]
pub struct Machine {
    root: PathBuf,
    desktop: Option<String>,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            root: PathBuf::from("/"),
            desktop: named("WAYLAND_DISPLAY").or_else(|| named("DISPLAY")),
        }
    }

    /// One whose files are below `root`, with or without a desktop.
    pub fn at(root: impl Into<PathBuf>, desktop: Option<&str>) -> Self {
        Self {
            root: root.into(),
            desktop: desktop.map(str::to_owned),
        }
    }

    /// Its display: a panel at a connector, else a desktop's window, else none.
    pub fn display(&self) -> Display {
        display::find(&self.path("sys/class/drm")).unwrap_or_else(|| {
            let desktop = self.desktop.clone();
            desktop.map_or(Display::Missing, |name| Display::Desktop { name })
        })
    }

    /// What is plugged in. On a desktop keyboards and mice belong; on a terminal they do not.
    pub fn inputs(&self) -> Inputs {
        inputs::find(&self.root, self.desktop.is_some())
    }

    /// The disk below `folder`, or below the nearest folder above it that is there.
    pub fn disk(&self, folder: &Path) -> Disk {
        disk::look(&self.path("sys"), folder)
    }

    /// Where the clock's time is from.
    pub fn clock_source(&self) -> ClockSource {
        clock_source::look(&self.root)
    }

    /// The release of the image, where this runs in one of ours (os-release(5); other images have
    /// versions as well).
    pub fn release(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.path("etc/os-release")).ok()?;
        let value = |key: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(key))?;
            Some(found.trim().trim_matches(['"', '\'']))
        };
        let release = value("IMAGE_VERSION=").filter(|_| value("IMAGE_ID=") == Some("dayroom"))?;
        (!release.is_empty()).then(|| release.to_owned())
    }

    /// Whether systemd is the first process here.
    pub fn has_systemd(&self) -> bool {
        self.path("run/systemd/system").is_dir()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// A short text of the kernel's, without the line's end.
fn word(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The names in a folder, in order; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests;
