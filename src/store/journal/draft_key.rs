use rusqlite::{OptionalExtension, params};
use zeroize::Zeroizing;

use super::{FILE, Journal};
use crate::store::StoreError;
use crate::store::error::InFile;

/// What this kiosk has of the facility's draft key. No `Debug`; wiped when it goes.
pub struct KeptDraftKey {
    /// The kiosk's own X25519 key.
    pub secret: Zeroizing<[u8; 32]>,
    /// Its public half.
    pub public: [u8; 32],
    /// The draft key and its generation, once this kiosk has it.
    pub key: Option<(u32, Zeroizing<[u8; 32]>)>,
}

impl Journal {
    /// What this kiosk has of the draft key; `None` before it has made its own pair.
    ///
    /// # Errors
    /// What the disk says.
    pub fn draft_key(&self) -> Result<Option<KeptDraftKey>, StoreError> {
        self.file
            .sql
            .prepare_cached("SELECT secret, public, generation, key FROM draft_key")
            .of(FILE)?
            .query_row([], |row| {
                let generation: Option<u32> = row.get(2)?;
                let key: Option<[u8; 32]> = row.get(3)?;
                Ok(KeptDraftKey {
                    secret: Zeroizing::new(row.get(0)?),
                    public: row.get(1)?,
                    key: generation.zip(key.map(Zeroizing::new)),
                })
            })
            .optional()
            .of(FILE)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_draft_key(&mut self, kept: &KeptDraftKey) -> Result<(), StoreError> {
        let generation = kept.key.as_ref().map(|(generation, _)| *generation);
        let key = kept.key.as_ref().map(|(_, key)| key.as_slice());
        self.file
            .sql
            .prepare_cached(
                "INSERT INTO draft_key (one, secret, public, generation, key)
                 VALUES (1, ?1, ?2, ?3, ?4)
                 ON CONFLICT (one) DO UPDATE
                 SET secret = excluded.secret, public = excluded.public,
                     generation = excluded.generation, key = excluded.key",
            )
            .of(FILE)?
            .execute(params![
                kept.secret.as_slice(),
                kept.public.as_slice(),
                generation,
                key
            ])
            .of(FILE)?;
        Ok(())
    }
}
