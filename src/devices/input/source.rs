//! Finds the listed device, holds it alone, reads it, and begins anew when it has gone.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::time::{Duration, UNIX_EPOCH};

use evdev::AbsoluteAxisCode;
use evdev::raw_stream::RawDevice;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::allow::{Allow, Identity};
use super::caps::{CapabilityError, Caps};
use super::found::{Folders, find};
use super::ioctl;
use crate::devices::touch::{Axis, MOST_SLOTS, Raw, Slot, Snapshot};
use crate::domain::attached::Presence;

/// How often a device that is not there is looked for: well inside two seconds.
pub const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How often time passes for whoever decodes.
const TICK_NANOS: i64 = 100_000_000;

const ABS_MT_TOUCH_MAJOR: u16 = 0x30;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;

/// Why a listed device is not held.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is not plugged in.
    #[error("it is not there: check its cable")]
    Absent,
    /// It can do more than it should, or less.
    #[error(transparent)]
    Capability(#[from] CapabilityError),
    /// It cannot be opened; right after plugging in this passes, udev has to set its group first.
    #[error("it cannot be opened: check the group of its device file")]
    Open(#[source] io::Error),
    /// Between looking and opening another device has taken its place.
    #[error("another device answers in its place")]
    Swapped,
    /// Another program holds it.
    #[error("it cannot be held alone: end the other program that reads it")]
    Grab(#[source] io::Error),
}

impl SourceError {
    /// What a technician is told.
    pub fn presence(&self) -> Presence {
        match self {
            Self::Absent => Presence::Absent,
            Self::Capability(_) | Self::Swapped => Presence::Refused,
            Self::Open(_) | Self::Grab(_) => Presence::Unusable,
        }
    }
}

/// What becomes of a device.
pub trait Handler {
    /// Whether anybody is still interested.
    fn goes_on(&self) -> bool;
    /// It is held; says whether it is of use.
    fn opened(&mut self, device: &Hold) -> bool;
    /// It said something.
    fn event(&mut self, device: &Hold, raw: Raw);
    /// Time passed, in microseconds of boot time.
    fn tick(&mut self, at: u64);
    /// It is not held (any more), and why.
    fn gone(&mut self, why: Option<&SourceError>);
}

/// A device that is held alone.
pub struct Hold {
    device: RawDevice,
    caps: Caps,
}

impl Hold {
    /// What it can do.
    pub fn caps(&self) -> &Caps {
        &self.caps
    }

    /// The range of an axis and its units in a millimetre, 0 if it does not say.
    pub fn axis(&self, code: u16) -> Option<(Axis, i32)> {
        let infos = self.device.get_absinfo().ok()?;
        let mut infos = infos.filter(|(axis, _)| *axis == AbsoluteAxisCode(code));
        let (_, info) = infos.next()?;
        Some((
            Axis::new(info.minimum(), info.maximum())?,
            info.resolution(),
        ))
    }

    /// How the whole panel is now. The kernel does not repeat a value that has not changed, so this is
    /// read before the first event.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn snapshot(&self) -> io::Result<Snapshot> {
        let value = |code: u16| -> io::Result<i32> {
            let mut infos = self.device.get_absinfo()?;
            let found = infos.find(|(axis, _)| *axis == AbsoluteAxisCode(code));
            Ok(found.map_or(0, |(_, info)| info.value()))
        };
        if !self.caps.has_slots() {
            let keys = self.device.get_key_state()?;
            let down =
                keys.contains(evdev::KeyCode::BTN_TOUCH) || keys.contains(evdev::KeyCode::BTN_LEFT);
            let slot = Slot {
                contact: if down { 0 } else { -1 },
                x: value(ABS_X)?,
                y: value(ABS_Y)?,
                ..Slot::EMPTY
            };
            return Ok(Snapshot {
                current: 0,
                slots: vec![slot],
            });
        }
        let read = |axis, nothing| ioctl::slot_values(&self.device, axis, nothing);
        let contacts = read(ABS_MT_TRACKING_ID, -1)?;
        let x = read(ABS_MT_POSITION_X, 0)?;
        let y = read(ABS_MT_POSITION_Y, 0)?;
        let majors = if self.caps.absolute.contains(&ABS_MT_TOUCH_MAJOR) {
            read(ABS_MT_TOUCH_MAJOR, 0)?
        } else {
            [0; MOST_SLOTS]
        };
        let slots = contacts.into_iter().zip(x).zip(y).zip(majors);
        Ok(Snapshot {
            current: value(ABS_MT_SLOT)?,
            slots: slots
                .map(|(((contact, x), y), major)| Slot {
                    contact,
                    x,
                    y,
                    major,
                    palm: false,
                })
                .collect(),
        })
    }
}

/// Watches for the listed device until nobody is interested any more.
pub fn watch(
    folders: &Folders,
    allow: &Allow,
    check: fn(&Caps) -> Result<(), CapabilityError>,
    handler: &mut impl Handler,
) {
    while handler.goes_on() {
        match open(folders, allow, check) {
            Ok(mut hold) => {
                if handler.opened(&hold) {
                    read(&mut hold, handler);
                }
                handler.gone(None);
            }
            Err(why) => handler.gone(Some(&why)),
        }
        std::thread::park_timeout(LOOK_AGAIN);
    }
}

/// Opens the first device that fits and is what it should be. A device that is not listed is never
/// opened, not even to look at it.
fn open(
    folders: &Folders,
    allow: &Allow,
    check: fn(&Caps) -> Result<(), CapabilityError>,
) -> Result<Hold, SourceError> {
    let mut why = SourceError::Absent;
    for found in find(folders)
        .into_iter()
        .filter(|found| allow.fits(&found.identity))
    {
        let hold = check(&found.caps).map_err(SourceError::from);
        match hold.and_then(|()| hold_alone(&found.path, &found.identity, check)) {
            Ok(hold) => return Ok(hold),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn hold_alone(
    path: &std::path::Path,
    identity: &Identity,
    check: fn(&Caps) -> Result<(), CapabilityError>,
) -> Result<Hold, SourceError> {
    let file = OpenOptions::new()
        .read(true)
        .open(path)
        .map_err(SourceError::Open)?;
    let mut device = RawDevice::from_fd(OwnedFd::from(file)).map_err(SourceError::Open)?;
    // Asked of the open device itself: nothing can be swapped from here on.
    let id = device.input_id();
    let answers = Identity {
        bus: id.bus_type().0,
        vendor: id.vendor(),
        product: id.product(),
        name: device.name().unwrap_or_default().to_owned(),
        phys: device.physical_path().unwrap_or_default().to_owned(),
    };
    if answers != *identity {
        return Err(SourceError::Swapped);
    }
    let caps = caps_of(&device);
    check(&caps)?;
    device.grab().map_err(SourceError::Grab)?;
    ioctl::stamp_in_boot_time(&device).map_err(SourceError::Open)?;
    Ok(Hold { device, caps })
}

fn caps_of(device: &RawDevice) -> Caps {
    let keys = device
        .supported_keys()
        .into_iter()
        .flat_map(|keys| keys.iter());
    let relative = device
        .supported_relative_axes()
        .into_iter()
        .flat_map(|axes| axes.iter());
    let absolute = device
        .supported_absolute_axes()
        .into_iter()
        .flat_map(|axes| axes.iter());
    Caps {
        kinds: device
            .supported_events()
            .iter()
            .map(|kind| kind.0)
            .collect(),
        keys: keys.map(|key| key.0).collect(),
        relative: relative.map(|axis| axis.0).collect(),
        absolute: absolute.map(|axis| axis.0).collect(),
    }
}

/// Reads until the device has gone (`ENODEV`) or nobody is interested any more.
fn read(hold: &mut Hold, handler: &mut impl Handler) {
    let tick = Timespec {
        tv_sec: 0,
        tv_nsec: TICK_NANOS,
    };
    while handler.goes_on() {
        let ready = {
            let mut fds = [PollFd::from_borrowed_fd(hold.device.as_fd(), PollFlags::IN)];
            match poll(&mut fds, Some(&tick)) {
                Ok(ready) => ready > 0,
                Err(rustix::io::Errno::INTR) => false,
                Err(_) => return,
            }
        };
        if ready {
            let events: Vec<Raw> = match hold.device.fetch_events() {
                Ok(events) => events.map(|event| raw(&event)).collect(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            for event in events {
                handler.event(hold, event);
            }
        }
        handler.tick(boot_micros());
    }
}

fn raw(event: &evdev::InputEvent) -> Raw {
    let stamp = event
        .timestamp()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Raw {
        at: u64::try_from(stamp.as_micros()).unwrap_or(u64::MAX),
        kind: event.event_type().0,
        code: event.code(),
        value: event.value(),
    }
}

/// Microseconds since the machine was started.
pub fn boot_micros() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.unsigned_abs() * 1_000_000 + now.tv_nsec.unsigned_abs() / 1_000
}
