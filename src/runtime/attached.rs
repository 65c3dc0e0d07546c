//! The devices of this terminal: their threads, and what they say on its way to the kiosk.

use crate::app::{Event, Report};
use crate::devices::input::Folders;
use crate::devices::plugged::{Change, Lookout, Places, Watchman};
use crate::devices::readers::{BadgeReader, FromReader};
use crate::devices::touch::{FromPanel, TouchPanel};
use crate::devices::{Backlight, DeviceSetup};
use crate::domain::attached::{Attached, Presence};

use super::kiosk::Kiosk;
use super::screen::{with_kiosk, with_view};
use crate::view;

/// The threads of the devices; they end when this is dropped.
pub struct Devices {
    _panel: Option<TouchPanel>,
    _readers: Vec<BadgeReader>,
    _watchman: Option<Watchman>,
}

impl Devices {
    /// Starts reading what the set-up lists, and looking out for what it does not. On a desk, where
    /// nothing is listed, a keyboard is nobody's business.
    pub fn start(setup: &DeviceSetup) -> Self {
        let folders = Folders::of_the_machine();
        let panel = setup.panel.clone().map(|panel| {
            TouchPanel::start(folders.clone(), panel, |from| match from {
                FromPanel::Pointer(pointer) => {
                    view::post(move || {
                        with_view(|view| view.point(pointer));
                    });
                }
                FromPanel::Presence(presence) => attach(move |all| all.panel = Some(presence)),
            })
        });
        let readers = setup
            .readers
            .iter()
            .cloned()
            .enumerate()
            .map(|(number, reader)| {
                BadgeReader::start(folders.clone(), reader, move |from| match from {
                    FromReader::Badge(event) => {
                        tell(move |kiosk| kiosk.take(Event::Runtime(Report::Badge(event))));
                    }
                    FromReader::Presence(presence) => attach(move |all| {
                        if let Some(reader) = all.readers.get_mut(number) {
                            *reader = presence;
                        }
                    }),
                })
            });
        let readers = readers.collect();
        let watchman = (*setup != DeviceSetup::default()).then(|| {
            let lookout = Lookout::new(Places::of_the_machine(), setup.expected());
            Watchman::start(lookout, |change| {
                tell(move |kiosk| kiosk.plugged(change));
            })
        });
        Self {
            _panel: panel,
            _readers: readers,
            _watchman: watchman,
        }
    }

    /// How the devices are before anything was heard of them.
    pub fn unheard(setup: &DeviceSetup) -> Attached {
        Attached {
            panel: setup.panel.as_ref().map(|_| Presence::Absent),
            readers: vec![Presence::Absent; setup.readers.len()],
            strangers: Vec::new(),
        }
    }
}

fn tell(what: impl FnOnce(&mut Kiosk) + Send + 'static) {
    view::post(move || with_kiosk(what));
}

fn attach(change: impl FnOnce(&mut Attached) + Send + 'static) {
    tell(move |kiosk| kiosk.attach(change));
}

impl Kiosk {
    /// Takes over the light of the panel, and how the devices are.
    pub fn equip(&mut self, light: Option<Backlight>, attached: Attached) {
        self.light = light;
        self.attach(|all| *all = attached);
    }

    /// The devices have changed.
    pub(super) fn attach(&mut self, change: impl FnOnce(&mut Attached)) {
        let mut attached = self.attached().clone();
        change(&mut attached);
        if attached != *self.attached() {
            self.take(Event::Runtime(Report::AttachedChanged(Box::new(attached))));
        }
    }

    /// Somebody has plugged something in, or taken it away.
    pub(super) fn plugged(&mut self, change: Change) {
        let Change { came, went, there } = change;
        for stranger in came {
            tracing::warn!(device = ?stranger, "device.plugged");
            self.take(Event::Runtime(Report::Plugged(stranger)));
        }
        for stranger in went {
            tracing::warn!(device = ?stranger, "device.unplugged");
            self.take(Event::Runtime(Report::Unplugged(stranger)));
        }
        self.attach(|all| all.strangers = there);
    }
}
