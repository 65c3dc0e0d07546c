use std::path::Path;

use super::{PanelSize, names, word};
use crate::domain::health::facts::Display;

/// The first connector something is plugged into. Connectors are `cardN-NAME`.
pub(super) fn find(drm: &Path) -> Option<Display> {
    names(drm).into_iter().find_map(|name| {
        let (_, connector) = name.split_once('-')?;
        let folder = drm.join(&name);
        if word(&folder.join("status"))? != "connected" {
            return None;
        }
        let edid = std::fs::read(folder.join("edid")).unwrap_or_default();
        let panel = PanelSize::from_edid(&edid);
        let mode = word(&folder.join("modes"));
        let mode = mode.and_then(|modes| pixels(modes.lines().next()?));
        Some(Display::Panel {
            connector: connector.to_owned(),
            pixels: panel.and_then(|panel| panel.pixels).or(mode),
            millimetres: panel.and_then(|panel| panel.millimetres),
        })
    })
}

/// A mode such as `1280x800` or `1920x1080i`.
fn pixels(mode: &str) -> Option<(u32, u32)> {
    let (width, height) = mode.split_once('x')?;
    let end = height
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(height.len());
    Some((width.parse().ok()?, height.get(..end)?.parse().ok()?))
}
