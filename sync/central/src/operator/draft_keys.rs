use dayroom_protocol::{DraftKeyId, FacilityId, KioskId, UtcMillis};
use serde::{Deserialize, Serialize};

use super::{OperatorError, found};
use crate::central::Central;
use crate::kiosk::Held;
use crate::store::{self, Audience, DraftKeyRow};

/// What a kiosk did about its facility's draft key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DraftKeyStep {
    /// It was told that it alone may make the key.
    Granted {
        /// Which key.
        generation: u32,
    },
    /// It made it.
    Made {
        /// Which key.
        generation: u32,
    },
    /// It asked for it.
    Asked,
    /// It wrapped it for another kiosk.
    Wrapped {
        /// Which key.
        generation: u32,
        /// For which kiosk.
        to: KioskId,
    },
    /// It unwrapped it.
    Held {
        /// Which key.
        generation: u32,
    },
}

impl DraftKeyStep {
    /// It in English, for operators.
    pub fn in_words(&self) -> String {
        match self {
            Self::Granted { generation } => format!("may make draft key {generation}"),
            Self::Made { generation } => format!("made draft key {generation}"),
            Self::Asked => "asked for the draft key".to_owned(),
            Self::Wrapped { generation, to } => {
                format!("wrapped draft key {generation} for kiosk {to}")
            }
            Self::Held { generation } => format!("has draft key {generation}"),
        }
    }
}

/// The draft key of a facility, as operators see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DraftKeyReport {
    /// Which key it is; 0 while no kiosk has asked for one.
    pub generation: u32,
    /// What tells it apart, once it was made.
    pub key_id: Option<DraftKeyId>,
    /// The kiosk that may make it and has not yet.
    pub maker: Option<String>,
    /// Labels of the kiosks in service that have it.
    pub holders: Vec<DraftKeyPlace>,
    /// Labels of those for which it lies wrapped.
    pub handed: Vec<DraftKeyPlace>,
    /// Labels of those that wait.
    pub waiting: Vec<DraftKeyPlace>,
    /// Sealed drafts that are neither sent nor thrown away.
    pub drafts: usize,
    /// How many of them no kiosk of the facility can open any more.
    pub lost: usize,
}

impl DraftKeyReport {
    /// Whether some kiosk in service has the newest key, or can unwrap it.
    pub fn can_be_opened(&self) -> bool {
        !self.holders.is_empty() || !self.handed.is_empty()
    }
}

/// A kiosk and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftKeyPlace {
    /// What residents know it as.
    pub label: String,
    /// Since when, by central's clock.
    pub since: Option<UtcMillis>,
}

impl Central {
    /// Who has the draft key of a facility, and how many drafts are lost.
    ///
    /// # Errors
    /// When there is no such facility.
    pub fn draft_key_report(&self, facility: FacilityId) -> Result<DraftKeyReport, OperatorError> {
        self.inner.store.read(|sql| {
            found(store::facility(sql, facility)?, "facility")?;
            report(sql, facility)
        })
    }

    /// Takes the draft key from every kiosk of a facility: the next that asks may make a new one,
    /// and what is sealed under the old one is lost. Says how many drafts that are.
    ///
    /// # Errors
    /// When there is no such facility, or it has no draft key.
    pub fn reset_draft_key(&self, facility: FacilityId) -> Result<usize, OperatorError> {
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            let key = found(store::draft_key(tx.sql(), facility)?, "draft key")?;
            tx.keep_draft_key(
                facility,
                &DraftKeyRow {
                    generation: key.generation.saturating_add(1),
                    key_id: None,
                    maker: None,
                },
            )?;
            tx.note_draft_key_changed(facility)?;
            tx.touch(Audience::Facility(facility));
            Ok(report(tx.sql(), facility)?.lost)
        })
    }
}

fn report(
    sql: &rusqlite::Connection,
    facility: FacilityId,
) -> Result<DraftKeyReport, OperatorError> {
    let held = Held::read(sql, facility)?;
    let generation = held.key.map_or(0, |key| key.generation);
    let (drafts, sealed_now) = store::drafts_of_facility(sql, facility, generation)?;
    let maker = match held.key {
        Some(key) if key.key_id.is_none() => key.maker.filter(|_| held.maker_is_here),
        Some(_) | None => None,
    };
    let maker = match maker {
        Some(maker) => store::kiosk(sql, maker)?.map(|row| row.label),
        None => None,
    };
    let place = |label: &str, since| DraftKeyPlace {
        label: label.to_owned(),
        since,
    };
    Ok(DraftKeyReport {
        generation,
        key_id: held.key.and_then(|key| key.key_id),
        maker,
        holders: held
            .holders()
            .map(|entry| place(&entry.label, entry.held_at))
            .collect(),
        handed: held
            .handed()
            .map(|entry| place(&entry.label, entry.asked.map(|(_, at)| at)))
            .collect(),
        waiting: held
            .waiting()
            .iter()
            .map(|entry| place(&entry.label, Some(entry.since)))
            .collect(),
        drafts,
        lost: if held.can_be_opened() {
            drafts.saturating_sub(sealed_now)
        } else {
            drafts
        },
    })
}
