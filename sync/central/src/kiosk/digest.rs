use dayroom_protocol::{
    BlobHash, DigestReply, DigestReport, Kind, KioskId, UtcMillis, collection_digest,
};

use super::{Refused, in_service, state};
use crate::central::{Central, epoch_of};
use crate::operator::Alarm;
use crate::rules::FeedPlace;
use crate::store::{FeedRequest, read_feed, scopes, visible_versions};

/// The kinds a kiosk keeps and counts.
const KEPT: [Kind; 8] = [
    Kind::Policy,
    Kind::Resident,
    Kind::Connection,
    Kind::Message,
    Kind::Notice,
    Kind::SignIn,
    Kind::Account,
    Kind::Draft,
];

/// Kinds that kiosks of the version before know nothing of: compared with those that count them.
const NEW: [Kind; 2] = [Kind::Account, Kind::Draft];

impl Central {
    /// Compares what a kiosk holds with what it should hold (R27).
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`].
    pub fn digest(
        &self,
        kiosk: KioskId,
        report: &DigestReport,
        now: UtcMillis,
    ) -> Result<DigestReply, Refused> {
        let (known_quarantine, reply) = self.inner.store.read(|sql| {
            let state = state(sql)?;
            let row = in_service(sql, kiosk)?;
            let place = report.cursor.0.parse::<FeedPlace>();
            let Some(after) = place
                .ok()
                .filter(|_| report.epoch == epoch_of(&state.epoch, &row))
            else {
                return Ok((row.quarantined, DigestReply::Behind));
            };
            let next = FeedRequest {
                kiosk: &row,
                after,
                last_commit: state.last_commit,
                records: 1,
                bytes: 0,
            };
            if !read_feed(sql, &next)?.0.is_empty() {
                return Ok((row.quarantined, DigestReply::Behind));
            }
            let scopes = scopes(sql, &row)?;
            let mut kinds = Vec::new();
            for kind in KEPT {
                let said = report.collections.iter().find(|said| said.kind == kind);
                if said.is_none() && NEW.contains(&kind) {
                    continue;
                }
                let mut held = visible_versions(sql, &scopes, kind)?;
                let count = held.len() as u64;
                let sha256 = sha256(&collection_digest(&mut held));
                let agrees = said.map_or(count == 0, |said| {
                    said.count == count && said.sha256 == sha256
                });
                if !agrees {
                    kinds.push(kind);
                }
            }
            Ok::<_, Refused>((
                row.quarantined,
                if kinds.is_empty() {
                    DigestReply::Agrees
                } else {
                    DigestReply::Differs { kinds }
                },
            ))
        })?;
        if let DigestReply::Differs { kinds } = &reply {
            let kinds = kinds.clone();
            self.alarm(kiosk, &Alarm::DigestDiffers { kinds }, now)?;
        }
        if report.quarantined != known_quarantine {
            self.write(|tx| tx.note_quarantined(kiosk, report.quarantined))?;
            if report.quarantined > known_quarantine {
                let count = report.quarantined;
                self.alarm(kiosk, &Alarm::Quarantine { count }, now)?;
            }
        }
        Ok(reply)
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> BlobHash {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    BlobHash(hash)
}
