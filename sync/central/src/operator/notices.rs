use dayroom_protocol::{FacilityId, Kind, NoticeBody, NoticeId, UtcMillis, limits};
use rand::RngCore;
use serde::Serialize;

use super::{OperatorError, bounded, found};
use crate::central::{Central, random_id};
use crate::store::{self, Audience};

/// A notice as operators see it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// Its id.
    pub id: NoticeId,
    /// What it says.
    pub body: NoticeBody,
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
        if notice.title.in_language("en").trim().is_empty() {
            return Err(OperatorError::Empty("notice heading"));
        }
        for title in notice.title.0.values() {
            bounded(title, limits::NAME_BYTES, "notice heading")?;
        }
        for text in notice.text.0.values() {
            bounded(text, limits::MESSAGE_BYTES, "notice text")?;
        }
        let body = serde_json::to_string(notice)?;
        bounded(&body, limits::PAGE_BYTES, "notice")?;
        let id = NoticeId(random_id(rng));
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            tx.put(Kind::Notice, id, Audience::Facility(facility), &body)?;
            Ok(id)
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
                .map(|stored| {
                    Ok(NoticeLine {
                        id: NoticeId(stored.id.0),
                        body: stored.parse()?,
                    })
                })
                .collect()
        })
    }
}
