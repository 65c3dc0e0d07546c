//! Where on the glass somebody points: what a touch panel says, whatever its make.

/// A place on the panel as it hangs, each way from 0 up to, but not including, 1: from the left and
/// from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// From the left edge.
    pub across: f32,
    /// From the top edge.
    pub down: f32,
}

impl Spot {
    /// The largest share there is: a pixel at 1 would lie outside.
    pub const LAST: f32 = 0.999_99;

    /// A place, brought onto the panel if it is beside it; what is no number is the corner.
    pub fn new(across: f32, down: f32) -> Self {
        Self {
            across: clamp(across),
            down: clamp(down),
        }
    }
}

fn clamp(share: f32) -> f32 {
    if share.is_nan() {
        return 0.0;
    }
    share.clamp(0.0, Spot::LAST)
}

/// What the one pointer of the terminal does. It touches before it moves, and is lifted or lost after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointer {
    /// Touches the glass.
    Down(Spot),
    /// Moves along it.
    Along(Spot),
    /// Leaves it: what lies there is meant.
    Up(Spot),
    /// Is not taken for a finger any more: nothing is meant.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_is_beside_the_panel() {
        assert_eq!(Spot::new(-1.0, 0.5).across, 0.0);
        assert_eq!(Spot::new(0.5, 7.0).down, Spot::LAST);
        assert_eq!(Spot::new(f32::NAN, f32::INFINITY), Spot::new(0.0, 1.0));
        const { assert!(1920.0_f32 * Spot::LAST < 1920.0) };
    }
}
