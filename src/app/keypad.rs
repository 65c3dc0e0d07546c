use rand::Rng;
use rand::seq::SliceRandom;

use crate::domain::sign_in::Digit;

/// In which order the digits stand on the pad, from top left to bottom: a person who fears being watched
/// can have them shuffled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeypadOrder([Digit; 10]);

impl KeypadOrder {
    /// 1 to 9, then 0.
    pub fn usual() -> Self {
        let mut digits = Digit::ALL;
        digits.rotate_left(1);
        Self(digits)
    }

    /// Any order.
    pub fn shuffled(rng: &mut impl Rng) -> Self {
        let mut digits = Digit::ALL;
        digits.shuffle(rng);
        Self(digits)
    }

    /// The digits in their order.
    pub fn digits(self) -> [Digit; 10] {
        self.0
    }

    /// What the pad shows after its shuffle key: `fresh`, or the usual order if it was shuffled.
    pub(in crate::app) fn toggled(self, fresh: Self) -> Self {
        if self == Self::usual() {
            fresh
        } else {
            Self::usual()
        }
    }
}
