/// What a panel says of itself in its EDID (VESA E-EDID release A, base block).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelSize {
    /// Pixels across and down of its preferred mode.
    pub pixels: Option<(u32, u32)>,
    /// Millimetres across and down.
    pub millimetres: Option<(u32, u32)>,
}

/// Bytes of the base block.
const BLOCK: usize = 128;
const HEADER: [u8; 8] = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];

impl PanelSize {
    /// Reads it; `None` if the block is short, of another form, or its sum is wrong.
    pub fn from_edid(edid: &[u8]) -> Option<Self> {
        let block = edid.get(..BLOCK)?;
        let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if block.get(..HEADER.len())? != HEADER || sum != 0 {
            return None;
        }
        let byte = |at: usize| block.get(at).copied().map_or(0, u32::from);
        // The first detailed timing is the preferred mode, if it is a timing at all.
        let is_timing = byte(54) | byte(55) != 0;
        let pair = |(low_w, low_h): (usize, usize), high_w: u32, high_h: u32| {
            let size = (high_w << 8 | byte(low_w), high_h << 8 | byte(low_h));
            (size.0 > 0 && size.1 > 0).then_some(size)
        };
        let pixels = is_timing
            .then(|| pair((56, 59), byte(58) >> 4, byte(61) >> 4))
            .flatten();
        let exact = is_timing
            .then(|| pair((66, 67), byte(68) >> 4, byte(68) & 15))
            .flatten();
        // In whole centimetres, where one of the two is 0 when the other tells a ratio.
        let rough = (byte(21) > 0 && byte(22) > 0).then(|| (byte(21) * 10, byte(22) * 10));
        Some(Self {
            pixels,
            millimetres: exact.or(rough),
        })
    }
}
