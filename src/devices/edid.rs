//! How large the display is, by what it says of itself (EDID).

use std::path::Path;

/// A display's EDID: its physical size in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplaySize {
    /// Across, in millimetres.
    pub width_mm: u16,
    /// Down, in millimetres.
    pub height_mm: u16,
    /// Across, in pixels of its preferred mode.
    pub width: u16,
    /// Down, in pixels of its preferred mode.
    pub height: u16,
}

impl DisplaySize {
    /// Pixels in a millimetre; `None` for a display that lies: projectors say 0, some panels their
    /// aspect ratio.
    pub fn pixels_per_mm(self) -> Option<f32> {
        let across = f32::from(self.width) / f32::from(self.width_mm);
        let down = f32::from(self.height) / f32::from(self.height_mm);
        let square = (across / down - 1.0).abs() < 0.1;
        (square && (1.0..=20.0).contains(&across)).then_some(across)
    }
}

const HEADER: [u8; 8] = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
const BLOCK: usize = 128;

/// Reads the first block (VESA E-EDID 1.4): checksum, and the first detailed timing, which is the
/// preferred mode, at 54.
pub fn parse(edid: &[u8]) -> Option<DisplaySize> {
    let block = edid.get(..BLOCK)?;
    let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    if !block.starts_with(&HEADER) || sum != 0 {
        return None;
    }
    let at = |place: usize| block.get(54 + place).copied().map(u16::from);
    if at(0)? == 0 && at(1)? == 0 {
        return None;
    }
    let (pixels_across, pixels_down) = (at(4)? >> 4, at(7)? >> 4);
    let sizes = at(14)?;
    Some(DisplaySize {
        width: at(2)? | pixels_across << 8,
        height: at(5)? | pixels_down << 8,
        width_mm: at(12)? | (sizes >> 4) << 8,
        height_mm: at(13)? | (sizes & 0x0f) << 8,
    })
}

/// The size of the connected display; `None` if there is none, or more than one, or it does not say.
pub fn connected(drm: &Path) -> Option<DisplaySize> {
    let connectors = std::fs::read_dir(drm).ok()?.flatten();
    let mut sizes = connectors.filter_map(|entry| {
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        (status.trim() == "connected")
            .then(|| parse(&std::fs::read(entry.path().join("edid")).ok()?))
            .flatten()
    });
    let first = sizes.next()?;
    sizes.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1280x800 on 217 by 136 mm.
    fn edid() -> [u8; 128] {
        let mut block = [0_u8; 128];
        block[..8].copy_from_slice(&HEADER);
        let timing = [
            0x01, 0x1d, 0x00, 0, 0x50, 0x20, 0, 0x30, 0, 0, 0, 0, 217, 136, 0x00,
        ];
        block[54..54 + timing.len()].copy_from_slice(&timing);
        let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        block[127] = sum.wrapping_neg();
        block
    }

    #[test]
    fn a_panel_says_how_large_its_pixels_are() {
        let size = parse(&edid()).unwrap();
        assert_eq!(
            (size.width, size.height, size.width_mm, size.height_mm),
            (1280, 800, 217, 136)
        );
        assert!((size.pixels_per_mm().unwrap() - 5.9).abs() < 0.01);
    }

    #[test]
    fn what_is_damaged_or_lies_is_not_believed() {
        for place in 0..128 {
            let mut block = edid();
            block[place] ^= 0x40;
            assert_eq!(parse(&block), None, "byte {place}");
        }
        assert_eq!(parse(&edid()[..127]), None);
        assert_eq!(parse(&[]), None);
        let lying = DisplaySize {
            width_mm: 16,
            height_mm: 9,
            width: 1920,
            height: 1080,
        };
        assert_eq!(lying.pixels_per_mm(), None);
        let silent = DisplaySize {
            width_mm: 0,
            height_mm: 0,
            ..lying
        };
        assert_eq!(silent.pixels_per_mm(), None);
    }

    #[test]
    fn the_one_connected_display_counts() {
        let drm = tempfile::tempdir().unwrap();
        let connect = |name: &str, status: &str| {
            let folder = drm.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("status"), status).unwrap();
            std::fs::write(folder.join("edid"), edid()).unwrap();
        };
        assert_eq!(connected(drm.path()), None);
        connect("card0-eDP-1", "connected\n");
        connect("card0-HDMI-A-1", "disconnected\n");
        assert_eq!(connected(drm.path()), parse(&edid()));
        connect("card0-HDMI-A-1", "connected\n");
        assert_eq!(connected(drm.path()), None);
    }
}
