//! Two requests of evdev that the crate of that name keeps to itself. The one audited place for
//! `unsafe` among the devices: both hand the kernel memory of the size that their number names.
#![expect(
    unsafe_code,
    reason = "a device request takes raw memory; see each SAFETY"
)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Setter, Updater, ioctl, opcode};

use crate::devices::touch::MOST_SLOTS;

/// `struct { __u32 code; __s32 values[]; }` of `EVIOCGMTSLOTS`.
#[repr(C)]
struct MtRequest {
    code: u32,
    values: [i32; MOST_SLOTS],
}

/// `EVIOCGMTSLOTS(sizeof(MtRequest))`.
const GET_MT_SLOTS: rustix::ioctl::Opcode = opcode::read::<MtRequest>(b'E', 0x0a);
/// `EVIOCSCLOCKID`.
const SET_CLOCK: rustix::ioctl::Opcode = opcode::write::<i32>(b'E', 0xa0);
/// `CLOCK_BOOTTIME`.
const BOOT_TIME: i32 = 7;

/// The value of a multi-touch axis in every slot; slots the device does not have keep `nothing`.
///
/// # Errors
/// What the kernel says; `EINVAL` for a device without slots.
pub fn slot_values(device: impl AsFd, axis: u16, nothing: i32) -> io::Result<[i32; MOST_SLOTS]> {
    let mut request = MtRequest {
        code: u32::from(axis),
        values: [nothing; MOST_SLOTS],
    };
    // SAFETY: the number carries the size of `MtRequest`, and the kernel reads its first four bytes
    // and writes no more than the rest (evdev_handle_mt_request in drivers/input/evdev.c).
    unsafe {
        ioctl(
            device,
            Updater::<GET_MT_SLOTS, MtRequest>::new(&mut request),
        )?;
    }
    Ok(request.values)
}

/// Has the device stamp its events in boot time.
///
/// # Errors
/// What the kernel says.
pub fn stamp_in_boot_time(device: impl AsFd) -> io::Result<()> {
    // SAFETY: the request reads one int.
    unsafe {
        ioctl(device, Setter::<SET_CLOCK, i32>::new(BOOT_TIME))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_kernels() {
        // _IOC(_IOC_READ, 'E', 0x0a, 4 + 4 * 32) and _IOW('E', 0xa0, int) of linux/input.h.
        assert_eq!(GET_MT_SLOTS, 0x8084_450a);
        assert_eq!(SET_CLOCK, 0x4004_45a0);
    }

    #[test]
    fn what_is_no_input_device_refuses() {
        let file = tempfile::tempfile().unwrap();
        assert!(slot_values(&file, 0x39, -1).is_err());
        assert!(stamp_in_boot_time(&file).is_err());
    }
}
