use std::fmt::Write as _;

use dayroom_protocol::{ChangesPage, Cursor, Epoch, RawRecord, UtcMillis};
use serde_json::value::RawValue;

use crate::store::{FeedRow, StoreError};

/// A page of a feed, its bodies as they lie in the store.
pub struct Page {
    pub(crate) epoch: Epoch,
    pub(crate) after: Cursor,
    pub(crate) cursor: Cursor,
    pub(crate) rows: Vec<FeedRow>,
    pub(crate) more: bool,
    pub(crate) now: UtcMillis,
}

impl Page {
    /// The page as its protocol type.
    ///
    /// # Errors
    /// When a stored body is no JSON, which only a damaged store can cause.
    pub fn into_changes(self) -> Result<ChangesPage, StoreError> {
        let records = self
            .rows
            .into_iter()
            .map(|row| {
                Ok(RawRecord {
                    kind: row.kind.name().to_owned(),
                    id: row.id,
                    version: row.version,
                    resident: row.resident,
                    critical: critical(&row),
                    body: RawValue::from_string(row.body)?,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(ChangesPage {
            epoch: self.epoch,
            after: self.after,
            cursor: self.cursor,
            records,
            more: self.more,
            now: self.now,
        })
    }

    /// The page as JSON text, without looking into its bodies.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn to_json(&self) -> Result<String, StoreError> {
        let mut json = String::with_capacity(
            256 + self
                .rows
                .iter()
                .map(|row| row.body.len() + 200)
                .sum::<usize>(),
        );
        json.push_str("{\"epoch\":");
        json.push_str(&serde_json::to_string(&self.epoch)?);
        json.push_str(",\"after\":");
        json.push_str(&serde_json::to_string(&self.after)?);
        json.push_str(",\"cursor\":");
        json.push_str(&serde_json::to_string(&self.cursor)?);
        json.push_str(",\"records\":[");
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                json.push(',');
            }
            // Writing to a String cannot fail. Names of kinds and ids need no escaping.
            let _ = write!(
                json,
                "{{\"kind\":\"{}\",\"id\":\"{}\",\"version\":{}",
                row.kind.name(),
                row.id,
                row.version
            );
            if let Some(resident) = row.resident {
                let _ = write!(json, ",\"resident\":\"{resident}\"");
            }
            let _ = write!(json, ",\"critical\":{},\"body\":", critical(row));
            json.push_str(&row.body);
            json.push('}');
        }
        let _ = write!(json, "],\"more\":{},\"now\":{}}}", self.more, self.now.0);
        Ok(json)
    }
}

/// A kiosk that does not know forgetting or its policy must not pass over them, nor over orders
/// (R26).
fn critical(row: &FeedRow) -> bool {
    use dayroom_protocol::Kind;
    match row.kind {
        Kind::Policy | Kind::Resident | Kind::Forget | Kind::Settlement | Kind::Order => true,
        Kind::Connection
        | Kind::Message
        | Kind::Notice
        | Kind::SignIn
        | Kind::Account
        | Kind::Draft
        | Kind::OperatorKeys => false,
    }
}
