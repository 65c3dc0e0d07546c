//! The light behind the panel, where it has a file.

use std::path::{Path, PathBuf};

/// How bright a dimmed wall is, in percent of the brightest.
const DIM_PERCENT: u32 = 15;

/// The light behind a panel.
#[derive(Debug)]
pub struct Backlight {
    folder: PathBuf,
    bright: u32,
    said: Option<bool>,
}

impl Backlight {
    /// The light in that folder of `/sys/class/backlight`, or the only one there is.
    pub fn find(named: Option<&Path>, class: &Path) -> Option<Self> {
        let folder = match named {
            Some(folder) => folder.to_owned(),
            None => {
                let mut all = std::fs::read_dir(class).ok()?.flatten();
                let only = all.next()?.path();
                all.next().is_none().then_some(only)?
            }
        };
        let bright: u32 = read(&folder.join("max_brightness"))?;
        (bright > 0).then_some(Self {
            folder,
            bright,
            said: None,
        })
    }

    /// Turns it down or up. What the file does not take is said once and left: the picture is darkened
    /// all the same.
    pub fn set_dim(&mut self, dim: bool) {
        if self.said.replace(dim) == Some(dim) {
            return;
        }
        let percent = if dim { DIM_PERCENT } else { 100 };
        let value = (u64::from(self.bright) * u64::from(percent) / 100).max(1);
        let file = self.folder.join("brightness");
        if let Err(error) = std::fs::write(&file, value.to_string()) {
            tracing::warn!(%error, path = %file.display(), "backlight.not_set");
        }
    }
}

fn read(path: &Path) -> Option<u32> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_goes_down_and_up_and_is_never_off() {
        let class = tempfile::tempdir().unwrap();
        assert!(Backlight::find(None, class.path()).is_none());
        let folder = class.path().join("panel");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("max_brightness"), "200\n").unwrap();
        let brightness = || std::fs::read_to_string(folder.join("brightness")).unwrap();
        let mut light = Backlight::find(None, class.path()).unwrap();
        light.set_dim(true);
        assert_eq!(brightness(), "30");
        light.set_dim(false);
        assert_eq!(brightness(), "200");
        std::fs::write(folder.join("max_brightness"), "3\n").unwrap();
        let mut light = Backlight::find(Some(&folder), class.path()).unwrap();
        light.set_dim(true);
        assert_eq!(brightness(), "1");
    }
}
