//! What central has said it has of this kiosk's audits: written by sync, read by who drops what has
//! been there for long enough. A lost file only keeps things longer.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StorePlace;
use super::open::sync_folder;
use crate::domain::UtcMillis;
use crate::domain::audit::{ChainId, KEPT_HERE_MILLIS};

/// Central's word on a chain is kept once for so long.
const STEP_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// How far central has had which chain, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTaken {
    taken: Vec<Taken>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    #[serde(flatten)]
    chain: ChainId,
    number: u64,
    at: UtcMillis,
}

impl AuditTaken {
    /// Where it is: beside the store.
    pub fn beside(place: &StorePlace) -> PathBuf {
        place.folder.join("audit-taken.json")
    }

    /// Reads it; nothing is known if it cannot be read.
    pub fn read(path: &Path) -> Self {
        let text = fs::read(path).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// How far central has a chain, as far as it has said.
    pub fn last(&self, chain: ChainId) -> u64 {
        let numbers = self.taken.iter().filter(|taken| taken.chain == chain);
        numbers.map(|taken| taken.number).max().unwrap_or(0)
    }

    /// Up to which entry of a chain central has had all for as long as they are kept here.
    pub fn long_since(&self, chain: ChainId, now: UtcMillis) -> u64 {
        let old = self.taken.iter().filter(|taken| {
            taken.chain == chain && taken.at.0 <= now.0.saturating_sub(KEPT_HERE_MILLIS)
        });
        old.map(|taken| taken.number).max().unwrap_or(0)
    }

    /// Notes central's word, and writes it down. Within a day the first word stands, so that no entry is
    /// taken for older there than it is; then another.
    ///
    /// # Errors
    /// What the disk says.
    pub fn note(
        &mut self,
        path: &Path,
        chain: ChainId,
        number: u64,
        now: UtcMillis,
    ) -> io::Result<()> {
        let newest = self.taken.iter().filter(|taken| taken.chain == chain);
        let newest = newest.map(|taken| taken.at.0).max();
        let due = newest.is_none_or(|at| now.0.saturating_sub(at) >= STEP_MILLIS || now.0 < at);
        if !due {
            return Ok(());
        }
        // Of what is older than it has to be, the last word is enough.
        let settled = self.long_since(chain, now);
        self.taken.retain(|taken| {
            taken.chain.process != chain.process
                || (taken.chain == chain && taken.number >= settled)
        });
        self.taken.push(Taken {
            chain,
            number,
            at: now,
        });
        let fresh = path.with_extension("new");
        let text = serde_json::to_vec(self)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o660)
            .open(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::Process;

    const DAY: i64 = STEP_MILLIS;

    #[test]
    fn what_central_has_had_for_thirty_days_is_known_and_no_earlier() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit-taken.json");
        let chain = ChainId {
            process: Process::Screen,
            life: Uuid::from_u128(1),
        };
        let mut taken = AuditTaken::read(&path);
        for day in 0..100 {
            let now = UtcMillis(day * DAY);
            taken
                .note(&path, chain, day.unsigned_abs() * 10, now)
                .unwrap();
            // Later on the same day nothing is said of it.
            taken
                .note(
                    &path,
                    chain,
                    day.unsigned_abs() * 10 + 5,
                    UtcMillis(now.0 + 60_000),
                )
                .unwrap();
            let read = AuditTaken::read(&path);
            assert_eq!(read, taken);
            assert_eq!(
                read.long_since(chain, now),
                (day - 30).max(0).unsigned_abs() * 10
            );
            assert!(read.taken.len() <= 32, "{}", read.taken.len());
        }
        let other = ChainId {
            life: Uuid::from_u128(2),
            ..chain
        };
        assert_eq!(taken.long_since(other, UtcMillis(1_000 * DAY)), 0);
        fs::write(&path, "{").unwrap();
        assert_eq!(AuditTaken::read(&path), AuditTaken::default());
    }
}
