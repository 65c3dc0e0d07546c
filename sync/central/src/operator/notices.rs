use std::collections::BTreeMap;

use dayroom_protocol::{
    FacilityId, Kind, LocalText, NoticeBody, NoticeId, ResidentBody, ResidentId, UtcMillis, limits,
};
use rand::RngCore;
use serde::Serialize;

use super::{OperatorError, ResidentLine, bounded, found};
use crate::central::{Central, random_id};
use crate::store::{self, AcknowledgedRow, Audience, Stored};

/// A notice as operators see it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// Its id.
    pub id: NoticeId,
    /// What it says.
    pub body: NoticeBody,
}

/// What of a notice changes; what is absent stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NoticeChange {
    /// Headings, by language.
    pub title: LocalText,
    /// Texts, by language.
    pub text: LocalText,
    /// Whether it has to be acknowledged.
    pub must_acknowledge: Option<bool>,
    /// Its place among its kind.
    pub order: Option<u32>,
}

/// Who has said that they have read a notice, and who has not.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledgements {
    /// The notice as it is now.
    pub notice: NoticeLine,
    /// Who has read this version, also those who have left since.
    pub have: Vec<HasRead>,
    /// Who on the roster has not, each with the older version they have read.
    pub have_not: Vec<(ResidentLine, Option<u32>)>,
}

/// Somebody's receipt.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HasRead {
    /// Who.
    pub resident: ResidentLine,
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
    /// That kiosk's label.
    pub kiosk: String,
}

impl Central {
    /// Puts a notice on every wall of a facility.
    ///
    /// # Errors
    /// When there is no such facility, the notice has no heading, or a text passes its limit.
    pub fn post_notice(
        &self,
        facility: FacilityId,
        notice: &NoticeBody,
        rng: &mut dyn RngCore,
    ) -> Result<NoticeId, OperatorError> {
        let body = sound(notice)?;
        let id = NoticeId(random_id(rng));
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            tx.put(Kind::Notice, id, Audience::Facility(facility), &body)?;
            Ok(id)
        })
    }

    /// Changes a notice: its version counts up, so that it has to be read again.
    ///
    /// # Errors
    /// When there is no such notice, or a text passes its limit.
    pub fn revise_notice(
        &self,
        id: NoticeId,
        change: &NoticeChange,
    ) -> Result<NoticeBody, OperatorError> {
        self.write(|tx| {
            let stored = found(store::record(tx.sql(), Kind::Notice, id.into())?, "notice")?;
            let mut body: NoticeBody = stored.parse()?;
            body.version = body.version.saturating_add(1);
            body.title.0.extend(change.title.0.clone());
            body.text.0.extend(change.text.0.clone());
            body.must_acknowledge = change.must_acknowledge.unwrap_or(body.must_acknowledge);
            body.order = change.order.unwrap_or(body.order);
            let audience = Audience::Facility(FacilityId(stored.scope));
            tx.put(Kind::Notice, id, audience, &sound(&body)?)?;
            Ok(body)
        })
    }

    /// Takes a notice down.
    ///
    /// # Errors
    /// When there is no such notice.
    pub fn take_down_notice(&self, id: NoticeId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            let stored = found(store::record(tx.sql(), Kind::Notice, id.into())?, "notice")?;
            let mut body: NoticeBody = stored.parse()?;
            body.until = Some(body.until.map_or(now, |until| until.min(now)));
            let audience = Audience::Facility(FacilityId(stored.scope));
            tx.put(Kind::Notice, id, audience, &serde_json::to_string(&body)?)?;
            Ok(())
        })
    }

    /// The notices of a facility, the last changed last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn notices(&self, facility: FacilityId) -> Result<Vec<NoticeLine>, OperatorError> {
        self.inner.store.read(|sql| {
            store::records_of(sql, Kind::Notice, Audience::Facility(facility))?
                .iter()
                .map(line)
                .collect()
        })
    }

    /// Who has said that they have read a notice as it is now, and who has not.
    ///
    /// # Errors
    /// When there is no such notice.
    pub fn acknowledgements(&self, id: NoticeId) -> Result<Acknowledgements, OperatorError> {
        let (notice, receipts, residents) = self.inner.store.read(|sql| {
            let stored = found(store::record(sql, Kind::Notice, id.into())?, "notice")?;
            let residents = store::residents(sql, FacilityId(stored.scope))?;
            Ok::<_, OperatorError>((line(&stored)?, store::acknowledged(sql, id)?, residents))
        })?;
        // The newest version of each resident is the last to be inserted.
        let newest: BTreeMap<ResidentId, AcknowledgedRow> = receipts
            .into_iter()
            .rev()
            .map(|row| (row.resident, row))
            .collect();
        let mut said = Acknowledgements {
            notice,
            have: Vec::new(),
            have_not: Vec::new(),
        };
        for row in residents {
            let body: ResidentBody = serde_json::from_str(&row.body)?;
            let resident = ResidentLine {
                id: row.id,
                number: row.number,
                name: body.name,
                unit: row.unit,
            };
            let receipt = newest.get(&row.id);
            match receipt.filter(|receipt| receipt.version >= said.notice.body.version) {
                Some(receipt) => said.have.push(HasRead {
                    resident,
                    at: receipt.read_at,
                    kiosk: receipt.kiosk_label.clone(),
                }),
                None if row.unit.is_some() => said
                    .have_not
                    .push((resident, receipt.map(|receipt| receipt.version))),
                None => {}
            }
        }
        Ok(said)
    }
}

/// The notice as JSON, if kiosks can show it.
fn sound(notice: &NoticeBody) -> Result<String, OperatorError> {
    if notice.title.in_language("en").trim().is_empty() {
        return Err(OperatorError::Empty("notice heading"));
    }
    if notice.must_acknowledge && notice.kind.leaves_no_trace() {
        return Err(OperatorError::Trace);
    }
    for title in notice.title.0.values() {
        bounded(title, limits::NAME_BYTES, "notice heading")?;
    }
    for text in notice.text.0.values() {
        bounded(text, limits::MESSAGE_BYTES, "notice text")?;
    }
    let body = serde_json::to_string(notice)?;
    bounded(&body, limits::PAGE_BYTES, "notice")?;
    Ok(body)
}

fn line(stored: &Stored) -> Result<NoticeLine, OperatorError> {
    Ok(NoticeLine {
        id: NoticeId(stored.id.0),
        body: stored.parse()?,
    })
}
