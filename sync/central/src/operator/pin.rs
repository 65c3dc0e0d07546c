use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use rand::{Rng, RngCore};

use super::OperatorError;
use crate::central::PinCost;

/// A resident's PIN; central shows it once and keeps only its verifier.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// How many digits a facility's PINs have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinDigits {
    /// A million PINs.
    #[default]
    Six,
    /// Ten million.
    Seven,
    /// A hundred million.
    Eight,
}

impl PinDigits {
    pub(super) fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }

    pub(super) fn from_count(count: u8) -> Self {
        match count {
            7 => Self::Seven,
            8 => Self::Eight,
            _ => Self::Six,
        }
    }
}

impl Pin {
    /// Draws one, each equally likely.
    pub(super) fn draw(digits: PinDigits, rng: &mut dyn RngCore) -> Self {
        Self::draw_digits(digits.count(), rng)
    }

    /// Draws one of so many digits.
    pub(super) fn draw_digits(count: u8, rng: &mut dyn RngCore) -> Self {
        Self(
            (0..count)
                .map(|_| char::from(rng.random_range(b'0'..=b'9')))
                .collect(),
        )
    }

    /// Its digits, to be shown once.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Its argon2id verifier in PHC form.
    pub(super) fn verifier(
        &self,
        cost: PinCost,
        rng: &mut dyn RngCore,
    ) -> Result<String, OperatorError> {
        let params = match cost {
            PinCost::Full => Params::new(19 * 1024, 2, 1, None),
            PinCost::Simulated => Params::new(Params::MIN_M_COST, 1, 1, None),
        }
        .map_err(|_| OperatorError::Pin)?;
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(self.0.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| OperatorError::Pin)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHash, PasswordVerifier};
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    #[test]
    fn a_pin_opens_its_own_verifier_and_no_other() {
        let mut rng = SmallRng::seed_from_u64(1);
        let pin = Pin::draw(PinDigits::Eight, &mut rng);
        let other = Pin::draw(PinDigits::Eight, &mut rng);
        assert_eq!(pin.digits().len(), 8);
        let text = pin.verifier(PinCost::Full, &mut rng).unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verifier = PasswordHash::new(&text).unwrap();
        let opens = |pin: &Pin| {
            Argon2::default()
                .verify_password(pin.digits().as_bytes(), &verifier)
                .is_ok()
        };
        assert!(opens(&pin));
        assert!(!opens(&other));
    }

    #[test]
    fn every_digit_is_drawn_about_equally_often_in_every_place() {
        let mut rng = SmallRng::seed_from_u64(2);
        let mut seen = [[0_u32; 10]; 6];
        for _ in 0..10_000 {
            let pin = Pin::draw(PinDigits::Six, &mut rng);
            for (place, digit) in pin.digits().bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 1,000 expected; five standard deviations are 150.
        assert!(
            seen.as_flattened()
                .iter()
                .all(|count| (850..1150).contains(count))
        );
    }

    #[test]
    fn a_pin_is_not_in_its_debug_form() {
        let pin = Pin("271828".to_owned());
        assert_eq!(format!("{pin:?}"), "Pin(..)");
    }
}
