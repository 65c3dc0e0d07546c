use std::time::Duration;

use dayroom_audit::kinds;
use dayroom_protocol::{
    EnrolmentCode, EnrolmentNumber, EnrolmentRefusal, FacilityId, KioskId, KioskSite, RootPin,
    UnitId, UtcMillis,
};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use super::{OperatorError, found};
use crate::central::Central;
use crate::est::hash;
use crate::store::{self, EnrolmentRow, StoreError, Tx};

/// How long a code is good unless the operator says otherwise.
pub const CODE_LIFE: Duration = Duration::from_secs(24 * 3_600);
/// Longest that an operator may say.
pub const CODE_LIFE_UP_TO: Duration = Duration::from_secs(14 * 24 * 3_600);
/// Wrong tries after which a code is void.
pub const CODE_TRIES: u8 = 5;
/// How long codes are kept for `enrol list` after their end.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

/// A one-time code for an operator to look at; the code itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnrolmentLine {
    /// Its number, with which the code begins.
    pub number: String,
    /// Which kiosk it is for.
    pub kiosk: KioskId,
    /// Of which facility.
    pub facility: FacilityId,
    /// In which unit.
    pub unit: UnitId,
    /// When it was made.
    pub made_at: UtcMillis,
    /// Until when it is good.
    pub expires: UtcMillis,
    /// Wrong tries so far.
    pub tries: u8,
    /// How it stands.
    pub state: EnrolmentState,
}

/// How a one-time code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// It can be used.
    Open,
    /// It was used.
    Used,
    /// Its time is over.
    Expired,
    /// There were too many wrong tries.
    Void,
    /// An operator took it back, or made another one.
    Cancelled,
}

/// A step of an enrolment, for the list of what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum EnrolmentStep {
    /// An operator made a code.
    CodeMade {
        /// Until when it is good.
        expires: UtcMillis,
    },
    /// An operator took the code back.
    CodeCancelled,
    /// The code bought a certificate.
    Enrolled {
        /// Its serial number.
        serial: String,
    },
    /// The certificate bought the next.
    Renewed {
        /// Its serial number.
        serial: String,
    },
    /// No certificate was given.
    Refused {
        /// Why, in a word.
        reason: String,
    },
}

impl EnrolmentStep {
    /// It in English, for operators.
    pub fn in_words(&self) -> String {
        match self {
            Self::CodeMade { .. } => "was given a one-time code".to_owned(),
            Self::CodeCancelled => "lost its one-time code".to_owned(),
            Self::Enrolled { serial } => format!("enrolled, certificate {serial}"),
            Self::Renewed { serial } => format!("renewed, certificate {serial}"),
            Self::Refused { reason } => format!("got no certificate ({reason})"),
        }
    }
}

/// What a new code is made for.
#[derive(Clone, Copy, Debug)]
pub struct NewEnrolment<'a> {
    /// Which kiosk.
    pub kiosk: KioskId,
    /// What the kiosk is to call central.
    pub server_name: &'a str,
    /// The root it is to trust.
    pub pin: RootPin,
    /// How long the code is good.
    pub valid: Duration,
}

impl Central {
    /// Makes a one-time code for a kiosk in service. Codes it had before are taken back.
    ///
    /// # Errors
    /// When there is no such kiosk, it is out of service, or the time is too long or none.
    pub fn create_enrolment(
        &self,
        new: &NewEnrolment<'_>,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<(EnrolmentCode, UtcMillis), OperatorError> {
        if new.valid.is_zero() || new.valid > CODE_LIFE_UP_TO {
            return Err(OperatorError::CodeLife);
        }
        let expires = now.plus_millis(millis(new.valid));
        self.write(|tx| {
            let kiosk = found(store::kiosk(tx.sql(), new.kiosk)?, "kiosk")?;
            if kiosk.retired_at.is_some() {
                return Err(OperatorError::Retired);
            }
            tx.drop_enrolments(now.plus_millis(-millis(KEPT)))?;
            tx.cancel_enrolments(new.kiosk, now)?;
            let number = free_number(tx, rng)?;
            let code = EnrolmentCode::new(number, rng.next_u64(), new.pin);
            let mut salt = vec![0; 16];
            rng.fill_bytes(&mut salt);
            let row = EnrolmentRow {
                number,
                kiosk: kiosk.id,
                facility: kiosk.facility,
                unit: kiosk.unit,
                server_name: new.server_name.to_owned(),
                hash: hash(&salt, &code).to_vec(),
                salt,
                made_at: now,
                expires,
                tries: 0,
                cancelled_at: None,
                used_at: None,
                used_by: None,
                certificate: None,
            };
            tx.insert_enrolment(&row)?;
            append_enrolment_step(tx, kiosk.id, &EnrolmentStep::CodeMade { expires }, now)?;
            Ok((code, expires))
        })
    }

    /// Takes back the code of a kiosk.
    ///
    /// # Errors
    /// When there is none that could be used.
    pub fn cancel_enrolment(&self, kiosk: KioskId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            if !tx.cancel_enrolments(kiosk, now)? {
                return Err(OperatorError::NotFound("one-time code"));
            }
            Ok(append_enrolment_step(
                tx,
                kiosk,
                &EnrolmentStep::CodeCancelled,
                now,
            )?)
        })
    }

    /// The one-time codes of the last months, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn enrolments(&self, now: UtcMillis) -> Result<Vec<EnrolmentLine>, OperatorError> {
        let rows = self.inner.store.read(store::enrolments)?;
        Ok(rows
            .into_iter()
            .map(|row| EnrolmentLine {
                number: row.number.to_string(),
                kiosk: row.kiosk,
                facility: row.facility,
                unit: row.unit,
                made_at: row.made_at,
                expires: row.expires,
                tries: row.tries,
                state: state(&row, now),
            })
            .collect())
    }

    /// Where a kiosk stands and what it calls central: by its newest code, else by `else_name`.
    pub(crate) fn kiosk_site(
        &self,
        kiosk: KioskId,
        est_name: &str,
        else_name: &str,
    ) -> Result<Option<KioskSite>, StoreError> {
        self.inner.store.read(|sql| {
            let Some(row) = store::kiosk(sql, kiosk)?.filter(|row| row.retired_at.is_none()) else {
                return Ok(None);
            };
            let (facility, unit) = (
                store::facility(sql, row.facility)?,
                store::unit(sql, row.unit)?,
            );
            let (Some(facility), Some(unit)) = (facility, unit) else {
                return Ok(None);
            };
            let newest = store::enrolment_of(sql, kiosk)?;
            let server_name = newest.map_or_else(|| else_name.to_owned(), |row| row.server_name);
            Ok(Some(KioskSite {
                kiosk,
                label: row.label,
                server_name,
                est_name: est_name.to_owned(),
                facility: facility.id,
                facility_name: facility.name,
                unit: unit.id,
                unit_name: unit.name,
                releases_root: None,
                operators: store::key_sets(sql)?.pop().map(|row| row.signed),
            }))
        })
    }
}

/// A number that no code has that is kept.
fn free_number(tx: &Tx<'_>, rng: &mut dyn RngCore) -> Result<EnrolmentNumber, StoreError> {
    loop {
        let number = EnrolmentNumber::new(rng.next_u32());
        if store::enrolment(tx.sql(), number)?.is_none() {
            return Ok(number);
        }
    }
}

fn state(row: &EnrolmentRow, now: UtcMillis) -> EnrolmentState {
    if row.used_at.is_some() {
        EnrolmentState::Used
    } else if row.cancelled_at.is_some() {
        EnrolmentState::Cancelled
    } else if row.tries >= CODE_TRIES {
        EnrolmentState::Void
    } else if now >= row.expires {
        EnrolmentState::Expired
    } else {
        EnrolmentState::Open
    }
}

pub(crate) fn append_enrolment_step(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    step: &EnrolmentStep,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let deed = serde_json::to_string(&super::Deed::Enrolment { step: step.clone() })?;
    let event = kinds::enrolment_step;
    tx.append_activity(kiosk, (None, None), (now, now), &deed, event)
}

pub(crate) fn refused_step(reason: EnrolmentRefusal) -> EnrolmentStep {
    EnrolmentStep::Refused {
        reason: reason.name().to_owned(),
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
