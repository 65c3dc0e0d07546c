//! The thread that reads the panel. What it reads means is the decoder's to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::config::PanelConfig;
use super::decode::{Decoder, Protocol, Raw, Rules};
use super::geometry::Geometry;
use crate::devices::input::{Caps, Folders, Handler, Hold, SourceError, watch};
use crate::domain::attached::Presence;
use crate::domain::pointer::Pointer;

const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;
const ABS_MT_TOUCH_MAJOR: u16 = 0x30;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;

/// What the panel brings.
#[derive(Clone, Debug, PartialEq)]
pub enum FromPanel {
    /// The pointer did this.
    Pointer(Pointer),
    /// It is there, or not.
    Presence(Presence),
}

/// The thread of a panel. It ends when this is dropped.
#[derive(Debug)]
pub struct TouchPanel(Arc<AtomicBool>);

impl TouchPanel {
    /// Looks for the panel, holds it alone and reads it, for as long as this lives.
    pub fn start(
        folders: Folders,
        config: PanelConfig,
        hear: impl FnMut(FromPanel) + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            let allow = config.device.clone();
            let mut reading = Reading {
                config,
                stopped,
                decoder: None,
                told: None,
                hear,
            };
            watch(&folders, &allow, Caps::check_panel, &mut reading);
        });
        Self(stop)
    }
}

impl Drop for TouchPanel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Reading<Hear> {
    config: PanelConfig,
    stopped: Arc<AtomicBool>,
    decoder: Option<Decoder>,
    told: Option<Presence>,
    hear: Hear,
}

impl<Hear: FnMut(FromPanel)> Reading<Hear> {
    fn say(&mut self, pointers: Vec<Pointer>) {
        for pointer in pointers {
            (self.hear)(FromPanel::Pointer(pointer));
        }
    }

    fn tell(&mut self, presence: Presence) {
        if self.told != Some(presence) {
            self.told = Some(presence);
            (self.hear)(FromPanel::Presence(presence));
        }
    }

    fn resync(&mut self, device: &Hold, at: u64) {
        let snapshot = match device.snapshot() {
            Ok(snapshot) => snapshot,
            // It has gone, which the next read says too.
            Err(error) => return tracing::warn!(%error, "panel.unreadable"),
        };
        let lost = self
            .decoder
            .as_mut()
            .map(|decoder| decoder.resync(&snapshot, at));
        self.say(lost.unwrap_or_default());
    }
}

impl<Hear: FnMut(FromPanel)> Handler for Reading<Hear> {
    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn opened(&mut self, device: &Hold) -> bool {
        let Some(decoder) = decoder(device, &self.config) else {
            tracing::error!("panel.has_no_range");
            return false;
        };
        self.decoder = Some(decoder);
        self.resync(device, 0);
        tracing::info!("panel.opened");
        self.tell(Presence::There);
        true
    }

    fn event(&mut self, device: &Hold, raw: Raw) {
        let Some(decoder) = self.decoder.as_mut() else {
            return;
        };
        let pointers = decoder.decode(raw);
        let resync = decoder.needs_resync();
        self.say(pointers);
        if resync {
            self.resync(device, raw.at);
        }
    }

    fn tick(&mut self, at: u64) {
        let touched = self.decoder.as_mut().filter(|decoder| decoder.is_touched());
        let pointers = touched.map(|decoder| decoder.tick(at));
        self.say(pointers.unwrap_or_default());
    }

    fn gone(&mut self, why: Option<&SourceError>) {
        if self
            .decoder
            .take()
            .is_some_and(|decoder| decoder.is_touched())
        {
            self.say(vec![Pointer::Lost]);
        }
        let presence = why.map_or(Presence::Absent, SourceError::presence);
        if self.told != Some(presence) {
            match why {
                Some(error) => tracing::warn!(%error, "panel.not_held"),
                None => tracing::warn!("panel.gone"),
            }
        }
        self.tell(presence);
    }
}

/// The decoder of an open panel; `None` if it tells no range.
fn decoder(device: &Hold, config: &PanelConfig) -> Option<Decoder> {
    let slots = device.caps().has_slots();
    let (x, y) = if slots {
        (ABS_MT_POSITION_X, ABS_MT_POSITION_Y)
    } else {
        (ABS_X, ABS_Y)
    };
    let (x, per_mm) = device.axis(x)?;
    let (y, _) = device.axis(y)?;
    let geometry = Geometry {
        x,
        y,
        calibration: config.calibration,
        rotation: config.rotation,
    };
    let own = device
        .axis(ABS_MT_TOUCH_MAJOR)
        .map(|(_, own)| own)
        .filter(|own| *own > 0);
    let palm = slots
        .then(|| own.unwrap_or(per_mm))
        .filter(|per_mm| *per_mm > 0);
    let rules = Rules {
        palm: palm.map(|per_mm| per_mm.saturating_mul(i32::from(config.palm_mm))),
        ..Rules::default()
    };
    let protocol = if slots {
        let last = device.axis(0x2f).map_or(0, |(slots, _)| slots.max);
        Protocol::Slots(usize::try_from(last).unwrap_or(0).saturating_add(1))
    } else {
        Protocol::Single
    };
    Some(Decoder::new(geometry, protocol, rules))
}
