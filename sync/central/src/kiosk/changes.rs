use dayroom_protocol::{ChangesPage, Cursor, Epoch, KioskId, UtcMillis, limits};

use super::{Refused, in_service, state};
use crate::central::{Central, Page, cursor_text, epoch_of};
use crate::operator::Alarm;
use crate::rules::FeedPlace;
use crate::store::{FeedRequest, read_feed};

/// What came of looking for a page.
enum Found {
    Page(Page),
    /// The cursor is one that central has not reached: it was restored, or the kiosk errs (R8).
    FromTheFuture {
        epoch: Epoch,
    },
}

impl Central {
    /// One page of a kiosk's feed: what follows `after` in `epoch`, both empty at the start.
    ///
    /// # Errors
    /// [`Refused::Reset`] when the epoch or the cursor cannot be served; [`Refused::UnknownKiosk`].
    pub fn changes(
        &self,
        kiosk: KioskId,
        epoch: Option<&Epoch>,
        after: &Cursor,
        now: UtcMillis,
    ) -> Result<ChangesPage, Refused> {
        Ok(self.page(kiosk, epoch, after, now)?.into_changes()?)
    }

    /// [`Central::changes`] with its bodies as they lie in the store.
    ///
    /// # Errors
    /// The same.
    pub fn page(
        &self,
        kiosk: KioskId,
        epoch: Option<&Epoch>,
        after: &Cursor,
        now: UtcMillis,
    ) -> Result<Page, Refused> {
        let found = self.inner.store.read(|sql| {
            let state = state(sql)?;
            let kiosk = in_service(sql, kiosk)?;
            let current = epoch_of(&state.epoch, &kiosk);
            let in_epoch = epoch.map_or(after.0.is_empty(), |epoch| *epoch == current);
            let place = Some(&after.0)
                .filter(|text| in_epoch && text.len() <= limits::CURSOR_BYTES)
                .and_then(|text| text.parse::<FeedPlace>().ok());
            let Some(place) = place else {
                return Err(Refused::Reset { epoch: current });
            };
            if place > FeedPlace::end(state.last_commit) {
                return Ok(Found::FromTheFuture { epoch: current });
            }
            let request = FeedRequest {
                kiosk: &kiosk,
                after: place,
                last_commit: state.last_commit,
                records: self.inner.options.page.records,
                bytes: self.inner.options.page.bytes,
            };
            let (rows, more) = read_feed(sql, &request)?;
            // Without more, the cursor stands behind all that was committed, seen or not.
            let cursor = match rows.last() {
                Some(last) if more => last.place,
                _ => FeedPlace::end(state.last_commit),
            };
            Ok(Found::Page(Page {
                epoch: current,
                after: after.clone(),
                cursor: Cursor(cursor_text(cursor)),
                rows,
                more,
                now,
            }))
        })?;
        match found {
            Found::Page(page) => {
                self.note_contact(kiosk, &after.0, now)?;
                if !page.rows.is_empty() && !page.more {
                    self.note_given(kiosk, page.cursor.0.clone());
                }
                Ok(page)
            }
            Found::FromTheFuture { epoch } => {
                self.alarm(kiosk, &Alarm::CursorFromTheFuture, now)?;
                Err(Refused::Reset { epoch })
            }
        }
    }
}
