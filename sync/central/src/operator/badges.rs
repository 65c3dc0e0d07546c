//! Badges: central hears what a reader gives for a badge, and keeps and sends only its hash.

use std::collections::BTreeSet;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use dayroom_protocol::{FacilityId, ResidentBody, ResidentId};
use ring::digest::{SHA256, digest};

use super::{OperatorError, found};
use crate::central::{Central, PinCost};
use crate::store;

/// The most characters of a badge, as kiosks take it.
const MOST: usize = 64;
/// The fewest.
const FEWEST: usize = 4;

/// A resident's badge. Without `Debug`: who knows it holds a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct BadgeLine {
    /// Whose.
    pub number: String,
    /// What the facility's readers give for it; empty: they have none any more.
    pub badge: String,
}

/// What a list of badges changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadgeOutcome {
    /// Whose badge is new or another one.
    pub given: Vec<ResidentId>,
    /// Whose badge opens nothing any more.
    pub taken: Vec<ResidentId>,
    /// How many stay as they were.
    pub unchanged: usize,
}

impl Central {
    /// Notes which badges residents have; who is not in the list keeps theirs. All of it happens, or
    /// nothing.
    ///
    /// # Errors
    /// When a badge is none, a number is nobody's, or a badge is two people's.
    pub fn set_badges(
        &self,
        facility: FacilityId,
        lines: &[BadgeLine],
    ) -> Result<BadgeOutcome, OperatorError> {
        // Hashed before the store is held up: each takes as long as a PIN.
        let hashed: Vec<Option<String>> = (1..)
            .zip(lines)
            .map(|(line, of)| match of.badge.as_str() {
                "" => Ok(None),
                badge if is_badge(badge) => self.badge_hash(facility, badge).map(Some),
                _ => Err(OperatorError::Badge { line }),
            })
            .collect::<Result<_, _>>()?;
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            let mut outcome = BadgeOutcome::default();
            for ((line, of), badge) in (1..).zip(lines).zip(&hashed) {
                let row = store::resident_by_number(tx.sql(), facility, &of.number)?
                    .filter(|row| row.unit.is_some())
                    .ok_or(OperatorError::BadgeOfNobody { line })?;
                let mut body: ResidentBody = serde_json::from_str(&row.body)?;
                if body.badge == *badge {
                    outcome.unchanged += 1;
                    continue;
                }
                body.badge.clone_from(badge);
                tx.rewrite_resident(row.id, &serde_json::to_string(&body)?)?;
                let list = if badge.is_some() {
                    &mut outcome.given
                } else {
                    &mut outcome.taken
                };
                list.push(row.id);
            }
            // As they are after all lines: a badge may pass from one to another in one list.
            let mut seen = BTreeSet::new();
            for row in store::residents(tx.sql(), facility)? {
                let body: ResidentBody = serde_json::from_str(&row.body)?;
                if let (Some(badge), Some(_)) = (body.badge, row.unit)
                    && !seen.insert(badge)
                {
                    return Err(OperatorError::BadgeTwice { number: row.number });
                }
            }
            Ok(outcome)
        })
    }

    /// The argon2id hash of a badge with the facility's salt. A salt is no secret; that it is the
    /// facility's lets a kiosk find a badge with one hash, and a stolen list of one facility is of no
    /// use for another.
    fn badge_hash(&self, facility: FacilityId, badge: &str) -> Result<String, OperatorError> {
        let params = match self.inner.options.pins {
            PinCost::Full => Params::new(19 * 1024, 2, 1, None),
            PinCost::Simulated => Params::new(Params::MIN_M_COST, 1, 1, None),
        };
        let params = params.map_err(|_| OperatorError::Pin)?;
        let name = [b"dayroom badges ".as_slice(), facility.0.as_bytes()].concat();
        let salt = digest(&SHA256, &name);
        let salt = salt.as_ref().get(..16).ok_or(OperatorError::Pin)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(badge.as_bytes(), salt)
            .map(|hash| hash.to_string())
            .map_err(|_| OperatorError::Pin)
    }
}

fn is_badge(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:+".contains(&byte);
    (FEWEST..=MOST).contains(&text.len()) && text.bytes().all(plain)
}
