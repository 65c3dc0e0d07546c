use std::collections::BTreeMap;

use dayroom_protocol::{
    Access, AccountBody, Consent, DraftBody, DraftId, FacilityId, Kind, KioskId, Language,
    LocalText, MessageRules, PolicyBody, ResidentBody, ResidentId, Seconds, SignIn, UnitId,
    UtcMillis, limits,
};
use rand::RngCore;
use serde::Serialize;

use super::{OperatorError, PinDigits, bounded, found};
use crate::central::{Central, random_id};
use crate::store::{self, Audience, FacilityRow, KioskLife, KioskRow, StoreError, UnitRow};

/// A facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacilityLine {
    /// Its id.
    pub id: FacilityId,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// A housing unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitLine {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
}

/// A kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KioskLine {
    /// Its id.
    pub id: KioskId,
    /// What residents know it as.
    pub label: String,
    /// Where it hangs.
    pub unit: UnitId,
    /// Of which facility.
    pub facility: FacilityId,
    /// Since when it is out of service.
    pub retired_at: Option<UtcMillis>,
    /// Since when a technician takes it out of service.
    pub leaving_at: Option<UtcMillis>,
    /// When it said that it has erased itself.
    pub erased_at: Option<UtcMillis>,
    /// When it was last here.
    pub seen: Option<KioskSeen>,
    /// Records it could not read (R14).
    pub quarantined: u32,
}

/// When a kiosk was last here, and what it held then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KioskSeen {
    /// When.
    pub at: UtcMillis,
    /// The cursor it had committed (R2).
    pub cursor: String,
}

/// A person central knows.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResidentLine {
    /// Their id.
    pub id: ResidentId,
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Their unit; nowhere if they have left.
    pub unit: Option<UnitId>,
}

impl Central {
    /// Creates a facility.
    ///
    /// # Errors
    /// When the name is empty, too long or taken.
    pub fn create_facility(
        &self,
        name: &str,
        time_zone: &str,
        pin_digits: PinDigits,
        rng: &mut dyn RngCore,
    ) -> Result<FacilityId, OperatorError> {
        named(name, "facility name")?;
        bounded(time_zone, limits::NAME_BYTES, "time zone")?;
        let id = FacilityId(random_id(rng));
        self.write(|tx| {
            if store::facilities(tx.sql())?
                .iter()
                .any(|row| row.name == name)
            {
                return Err(OperatorError::Exists("facility"));
            }
            tx.insert_facility(&FacilityRow {
                id,
                name: name.to_owned(),
                time_zone: time_zone.to_owned(),
                pin_digits: pin_digits.count(),
            })?;
            super::keys::put_all(tx, Audience::Facility(id))?;
            Ok(id)
        })
    }

    /// Creates a housing unit with a plain policy, which [`Central::set_policy`] replaces.
    ///
    /// # Errors
    /// When there is no such facility, or the name is empty, too long or taken in it.
    pub fn create_unit(
        &self,
        facility: FacilityId,
        name: &str,
        rng: &mut dyn RngCore,
    ) -> Result<UnitId, OperatorError> {
        named(name, "unit name")?;
        let id = UnitId(random_id(rng));
        self.write(|tx| {
            let row = found(store::facility(tx.sql(), facility)?, "facility")?;
            if store::units(tx.sql(), facility)?
                .iter()
                .any(|row| row.name == name)
            {
                return Err(OperatorError::Exists("unit"));
            }
            let unit = UnitRow {
                id,
                facility,
                name: name.to_owned(),
            };
            tx.insert_unit(&unit)?;
            let policy = serde_json::to_string(&plain_policy(&row, &unit))?;
            tx.put(Kind::Policy, id, Audience::Unit(id), &policy)?;
            Ok(id)
        })
    }

    /// Creates a kiosk on the wall of a unit.
    ///
    /// # Errors
    /// When there is no such unit, or the label is empty or too long.
    pub fn create_kiosk(
        &self,
        unit: UnitId,
        label: &str,
        rng: &mut dyn RngCore,
    ) -> Result<KioskId, OperatorError> {
        named(label, "kiosk label")?;
        let id = KioskId(random_id(rng));
        self.write(|tx| {
            found(store::unit(tx.sql(), unit)?, "unit")?;
            tx.insert_kiosk(id, unit, label)?;
            Ok(id)
        })
    }

    /// Hangs a kiosk into another unit; its feed starts anew there.
    ///
    /// # Errors
    /// When there is no such kiosk or unit.
    pub fn move_kiosk(&self, kiosk: KioskId, unit: UnitId) -> Result<(), OperatorError> {
        self.write(|tx| {
            found(store::kiosk(tx.sql(), kiosk)?, "kiosk")?;
            found(store::unit(tx.sql(), unit)?, "unit")?;
            Ok(tx.place_kiosk(kiosk, unit)?)
        })
    }

    /// Takes a kiosk out of service for good.
    ///
    /// # Errors
    /// When there is no such kiosk.
    pub fn retire_kiosk(&self, kiosk: KioskId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            found(store::kiosk(tx.sql(), kiosk)?, "kiosk")?;
            Ok(tx.retire_kiosk(kiosk, now)?)
        })
    }

    /// Sets what a unit's kiosks go by.
    ///
    /// # Errors
    /// When there is no such unit, or a text passes its limit.
    pub fn set_policy(&self, unit: UnitId, policy: &PolicyBody) -> Result<(), OperatorError> {
        named(&policy.facility, "facility name")?;
        named(&policy.unit, "unit name")?;
        for text in policy.consent.text.0.values() {
            bounded(text, limits::MESSAGE_BYTES, "consent text")?;
        }
        offered(&policy.languages)?;
        let body = serde_json::to_string(policy)?;
        bounded(&body, limits::PAGE_BYTES, "policy")?;
        self.write(|tx| {
            found(store::unit(tx.sql(), unit)?, "unit")?;
            tx.put(Kind::Policy, unit, Audience::Unit(unit), &body)?;
            Ok(())
        })
    }

    /// What a unit's kiosks go by.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn policy(&self, unit: UnitId) -> Result<PolicyBody, OperatorError> {
        self.inner.store.read(|sql| {
            let stored = store::record_in(sql, Kind::Policy, unit.into(), Audience::Unit(unit))?;
            Ok(found(stored, "unit")?.parse()?)
        })
    }

    /// Every facility, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn facilities(&self) -> Result<Vec<FacilityLine>, OperatorError> {
        let rows = self.inner.store.read(store::facilities)?;
        Ok(rows
            .into_iter()
            .map(|row| FacilityLine {
                id: row.id,
                name: row.name,
                time_zone: row.time_zone,
            })
            .collect())
    }

    /// The units of a facility, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn units(&self, facility: FacilityId) -> Result<Vec<UnitLine>, OperatorError> {
        let rows = self.inner.store.read(|sql| store::units(sql, facility))?;
        Ok(rows
            .into_iter()
            .map(|row| UnitLine {
                id: row.id,
                name: row.name,
            })
            .collect())
    }

    /// Every kiosk, by label.
    ///
    /// # Errors
    /// When the store fails.
    pub fn kiosks(&self) -> Result<Vec<KioskLine>, OperatorError> {
        let rows = self.inner.store.read(|sql| {
            store::kiosks(sql)?
                .into_iter()
                .map(|row| Ok((store::kiosk_life(sql, row.id)?, row)))
                .collect::<Result<Vec<_>, StoreError>>()
        })?;
        Ok(rows
            .into_iter()
            .map(|(life, row)| self.kiosk_line(row, life))
            .collect())
    }

    /// One kiosk.
    ///
    /// # Errors
    /// When there is no such kiosk.
    pub fn kiosk(&self, kiosk: KioskId) -> Result<KioskLine, OperatorError> {
        let (row, life) = self.inner.store.read(|sql| -> Result<_, StoreError> {
            Ok((store::kiosk(sql, kiosk)?, store::kiosk_life(sql, kiosk)?))
        })?;
        found(row, "kiosk").map(|row| self.kiosk_line(row, life))
    }

    fn kiosk_line(&self, row: KioskRow, life: KioskLife) -> KioskLine {
        let seen = self.contact(row.id).map_or_else(
            || {
                row.contact_at.map(|at| KioskSeen {
                    at,
                    cursor: row.cursor.clone(),
                })
            },
            |contact| {
                Some(KioskSeen {
                    at: contact.at,
                    cursor: contact.cursor,
                })
            },
        );
        KioskLine {
            id: row.id,
            label: row.label,
            unit: row.unit,
            facility: row.facility,
            retired_at: row.retired_at,
            leaving_at: life.leaving_at,
            erased_at: life.erased_at,
            seen,
            quarantined: row.quarantined,
        }
    }

    /// Everybody a facility has known, by number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn residents(&self, facility: FacilityId) -> Result<Vec<ResidentLine>, OperatorError> {
        let rows = self
            .inner
            .store
            .read(|sql| store::residents(sql, facility))?;
        rows.into_iter()
            .map(|row| {
                let body: ResidentBody = serde_json::from_str(&row.body)?;
                Ok(ResidentLine {
                    id: row.id,
                    number: row.number,
                    name: body.name,
                    unit: row.unit,
                })
            })
            .collect()
    }

    /// Who has this number in a facility.
    ///
    /// # Errors
    /// When nobody has it.
    pub fn resident_by_number(
        &self,
        facility: FacilityId,
        number: &str,
    ) -> Result<ResidentId, OperatorError> {
        let row = self
            .inner
            .store
            .read(|sql| store::resident_by_number(sql, facility, number))?;
        Ok(found(row, "resident")?.id)
    }

    /// Whether a resident may sign in.
    ///
    /// # Errors
    /// When there is no such resident.
    pub fn access(&self, resident: ResidentId) -> Result<Access, OperatorError> {
        let row = self
            .inner
            .store
            .read(|sql| store::resident(sql, resident))?;
        let body: ResidentBody = serde_json::from_str(&found(row, "resident")?.body)?;
        Ok(body.access)
    }

    /// What central keeps for a resident beside their messages.
    ///
    /// # Errors
    /// When the store fails.
    pub fn account(&self, resident: ResidentId) -> Result<AccountBody, OperatorError> {
        self.inner.store.read(|sql| {
            let audience = Audience::Resident(resident);
            let stored = store::record_in(sql, Kind::Account, resident.into(), audience)?;
            Ok(stored
                .map(|stored| stored.parse())
                .transpose()?
                .unwrap_or_default())
        })
    }

    /// A resident's drafts, sealed, the last changed last; those that are gone too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn drafts(&self, resident: ResidentId) -> Result<Vec<(DraftId, DraftBody)>, OperatorError> {
        self.inner.store.read(|sql| {
            store::records_of(sql, Kind::Draft, Audience::Resident(resident))?
                .iter()
                .map(|stored| Ok((DraftId(stored.id.0), stored.parse()?)))
                .collect()
        })
    }

    /// The latest sign-in of a resident, if there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_sign_in(&self, resident: ResidentId) -> Result<Option<SignIn>, OperatorError> {
        self.inner.store.read(|sql| {
            let audience = Audience::Resident(resident);
            let stored = store::record_in(sql, Kind::SignIn, resident.into(), audience)?;
            Ok(stored.map(|stored| stored.parse()).transpose()?)
        })
    }
}

/// The screen speaks each of them, and each stands there once.
fn offered(languages: &[String]) -> Result<(), OperatorError> {
    let twice = |(place, tag)| languages.iter().take(place).any(|before| before == tag);
    if languages.is_empty() {
        return Err(OperatorError::Languages("none"));
    }
    if languages.iter().any(|tag| Language::of_tag(tag).is_none()) {
        return Err(OperatorError::Languages("not all among the screen's"));
    }
    if languages.iter().enumerate().any(twice) {
        return Err(OperatorError::Languages("named twice"));
    }
    Ok(())
}

pub(super) fn named(text: &str, what: &'static str) -> Result<(), OperatorError> {
    if text.trim().is_empty() {
        return Err(OperatorError::Empty(what));
    }
    bounded(text, limits::NAME_BYTES, what)
}

fn plain_policy(facility: &FacilityRow, unit: &UnitRow) -> PolicyBody {
    let text = |en: &str, es: &str| {
        LocalText(BTreeMap::from([
            ("en".to_owned(), en.to_owned()),
            ("es".to_owned(), es.to_owned()),
        ]))
    };
    PolicyBody {
        facility: facility.name.clone(),
        unit: unit.name.clone(),
        time_zone: facility.time_zone.clone(),
        languages: vec!["en".to_owned(), "es".to_owned()],
        consent: Consent {
            version: 1,
            text: text(
                "Messages here may be read by staff, except those with your attorney or clergy.",
                "El personal puede leer los mensajes, salvo los de su abogado o religioso.",
            ),
        },
        idle_warning: Seconds(100),
        idle_lock: Seconds(120),
        lease: Seconds(30 * 24 * 60 * 60),
        messages: MessageRules::default(),
        technician_verifier: None,
    }
}
