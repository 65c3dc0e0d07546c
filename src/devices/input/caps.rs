//! What an input device can do, as the kernel's bitmaps tell, and whether that is what it should be.

use std::collections::BTreeSet;

const EV_KEY: u16 = 1;
const EV_REL: u16 = 2;
const EV_ABS: u16 = 3;
const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;
const REL_X: u16 = 0;
const REL_Y: u16 = 1;
const BTN_LEFT: u16 = 0x110;
const BTN_TOUCH: u16 = 0x14a;
const KEY_ENTER: u16 = 28;
/// 1 to 0 on a keyboard's top row.
const KEY_DIGITS: std::ops::RangeInclusive<u16> = 2..=11;
/// Buttons of pointers, panels and pens; everything else is a key.
const BUTTONS: std::ops::Range<u16> = 0x100..0x160;

/// What a device can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// `EV_*`.
    pub kinds: BTreeSet<u16>,
    /// `KEY_*` and `BTN_*`.
    pub keys: BTreeSet<u16>,
    /// `REL_*`.
    pub relative: BTreeSet<u16>,
    /// `ABS_*`.
    pub absolute: BTreeSet<u16>,
}

/// Why a listed device is not opened: it is not only what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// A panel with keys could type.
    #[error("the panel offers keyboard keys: it is not opened; put a plain touch panel here")]
    PanelWithKeys,
    /// A panel with a mouse in it.
    #[error("the panel offers a mouse: it is not opened; put a plain touch panel here")]
    PanelWithMouse,
    /// No positions.
    #[error("the device tells no touch positions: list the panel's other event device")]
    NotAPanel,
    /// No digits, or no Enter.
    #[error("the device cannot type a badge: list the reader's other event device")]
    NotAReader,
    /// A reader that also points.
    #[error("the reader offers a pointer: it is not opened; use a plain reader")]
    ReaderWithPointer,
}

impl Caps {
    /// Reads the kernel's bitmaps: hexadecimal words, the highest first, of `word` bits.
    pub fn from_bitmaps(
        kinds: &str,
        keys: &str,
        relative: &str,
        absolute: &str,
        word: u16,
    ) -> Self {
        Self {
            kinds: bits(kinds, word),
            keys: bits(keys, word),
            relative: bits(relative, word),
            absolute: bits(absolute, word),
        }
    }

    /// Whether it speaks multi-touch protocol B.
    pub fn has_slots(&self) -> bool {
        self.has_axes(&[
            ABS_MT_SLOT,
            ABS_MT_POSITION_X,
            ABS_MT_POSITION_Y,
            ABS_MT_TRACKING_ID,
        ])
    }

    /// Whether it offers keys of a keyboard.
    pub fn has_keyboard_keys(&self) -> bool {
        self.kinds.contains(&EV_KEY) && self.keys.iter().any(|key| !BUTTONS.contains(key))
    }

    /// Whether this is a touch panel and nothing else.
    ///
    /// # Errors
    /// When it is more than that, or less.
    pub fn check_panel(&self) -> Result<(), CapabilityError> {
        if self.has_keyboard_keys() {
            return Err(CapabilityError::PanelWithKeys);
        }
        let mouse = self.relative.contains(&REL_X) || self.relative.contains(&REL_Y);
        if self.kinds.contains(&EV_REL) && mouse {
            return Err(CapabilityError::PanelWithMouse);
        }
        let button = self.keys.contains(&BTN_TOUCH) || self.keys.contains(&BTN_LEFT);
        let single = self.has_axes(&[ABS_X, ABS_Y]) && button;
        if self.has_slots() || single {
            Ok(())
        } else {
            Err(CapabilityError::NotAPanel)
        }
    }

    /// Whether this is a reader that types, and nothing else.
    ///
    /// # Errors
    /// When it is more than that, or less.
    pub fn check_reader(&self) -> Result<(), CapabilityError> {
        let pointer = self.kinds.contains(&EV_ABS) || self.kinds.contains(&EV_REL);
        if pointer || self.keys.iter().any(|key| BUTTONS.contains(key)) {
            return Err(CapabilityError::ReaderWithPointer);
        }
        let digits = KEY_DIGITS.into_iter().all(|key| self.keys.contains(&key));
        if self.kinds.contains(&EV_KEY) && digits && self.keys.contains(&KEY_ENTER) {
            Ok(())
        } else {
            Err(CapabilityError::NotAReader)
        }
    }

    fn has_axes(&self, axes: &[u16]) -> bool {
        self.kinds.contains(&EV_ABS) && axes.iter().all(|axis| self.absolute.contains(axis))
    }
}

fn bits(text: &str, word: u16) -> BTreeSet<u16> {
    let words = text.split_ascii_whitespace().rev();
    let mut found = BTreeSet::new();
    for (place, digits) in (0_u16..64).zip(words) {
        let Ok(value) = u64::from_str_radix(digits, 16) else {
            continue;
        };
        for bit in (0..word.min(64)).filter(|bit| value >> bit & 1 == 1) {
            found.insert(place * word + bit);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(kinds: &[u16], keys: &[u16], relative: &[u16], absolute: &[u16]) -> Caps {
        let set = |of: &[u16]| of.iter().copied().collect();
        Caps {
            kinds: set(kinds),
            keys: set(keys),
            relative: set(relative),
            absolute: set(absolute),
        }
    }

    const MT: [u16; 4] = [
        ABS_MT_SLOT,
        ABS_MT_POSITION_X,
        ABS_MT_POSITION_Y,
        ABS_MT_TRACKING_ID,
    ];

    #[test]
    fn the_kernels_bitmaps_are_read_from_their_end() {
        // QEMU's virtio-multitouch on a 64-bit kernel.
        let caps = Caps::from_bitmaps("b", "400 10000 0 0 0 0", "0", "260800000000003", 64);
        assert!(caps.keys.contains(&BTN_TOUCH) && caps.keys.contains(&BTN_LEFT));
        assert!(caps.has_slots());
        assert_eq!(caps.check_panel(), Ok(()));
        let narrow = Caps::from_bitmaps("3", "0 1 0", "0", "0", 32);
        assert_eq!(narrow.keys, BTreeSet::from([32]));
        assert_eq!(Caps::from_bitmaps("zz", "", "", "", 64), Caps::default());
    }

    #[test]
    fn a_panel_that_offers_keyboard_keys_is_refused() {
        let plain = caps(&[0, EV_KEY, EV_ABS], &[BTN_TOUCH], &[], &MT);
        assert_eq!(plain.check_panel(), Ok(()));
        for key in [1, KEY_ENTER, 0x8f, 0x161, 0x2ff] {
            let mut keys = plain.clone();
            keys.keys.insert(key);
            assert_eq!(
                keys.check_panel(),
                Err(CapabilityError::PanelWithKeys),
                "{key:#x}"
            );
        }
    }

    #[test]
    fn a_panel_is_one_that_tells_positions_and_is_no_mouse() {
        let single = caps(&[EV_KEY, EV_ABS], &[BTN_TOUCH], &[], &[ABS_X, ABS_Y]);
        assert_eq!(single.check_panel(), Ok(()));
        let wheel = caps(
            &[EV_KEY, EV_ABS, EV_REL],
            &[BTN_LEFT],
            &[8],
            &[ABS_X, ABS_Y],
        );
        assert_eq!(
            wheel.check_panel(),
            Ok(()),
            "a tablet's wheel is never read"
        );
        let mouse = caps(
            &[EV_KEY, EV_ABS, EV_REL],
            &[BTN_LEFT],
            &[0, 1],
            &[ABS_X, ABS_Y],
        );
        assert_eq!(mouse.check_panel(), Err(CapabilityError::PanelWithMouse));
        let blind = caps(&[EV_KEY], &[BTN_TOUCH], &[], &[]);
        assert_eq!(blind.check_panel(), Err(CapabilityError::NotAPanel));
    }

    #[test]
    fn a_reader_is_one_that_types_and_does_not_point() {
        let digits: Vec<u16> = KEY_DIGITS.chain([KEY_ENTER]).collect();
        let reader = caps(&[0, EV_KEY, 4, 0x11, 0x14], &digits, &[], &[]);
        assert_eq!(reader.check_reader(), Ok(()));
        let mut composite = reader.clone();
        composite.kinds.insert(EV_REL);
        assert_eq!(
            composite.check_reader(),
            Err(CapabilityError::ReaderWithPointer)
        );
        let buttons = caps(&[EV_KEY], &[KEY_ENTER], &[], &[]);
        assert_eq!(buttons.check_reader(), Err(CapabilityError::NotAReader));
    }
}
