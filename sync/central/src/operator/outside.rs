use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use dayroom_protocol::{
    ConnectionId, ConnectionState, Direction, FacilityId, MessageBody, MessageId, MessageState,
    ResidentBody, ResidentId, UtcMillis, limits,
};
use uuid::Uuid;

use super::error::word;
use super::message_record::{cannot, connection_of, message, put_message};
use super::{OperatorError, bounded, found};
use crate::central::Central;
use crate::mail::{Outgoing, compose, is_plain_address};
use crate::store::{self, Tx};

/// What became of the messages that were to go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many files were written.
    pub written: usize,
    /// Which could not go out.
    pub left: Vec<NotSent>,
}

/// A message that could not go out; it stays until it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSent {
    /// Which.
    pub message: MessageId,
    /// To whom.
    pub connection: ConnectionId,
    /// Why, in words.
    pub why: &'static str,
}

/// Messages looked at in one go.
const CHUNK: usize = 200;

/// What to do with a message that has not gone out.
enum Fate {
    /// It is on hold or rejected.
    Stays,
    Left(NotSent),
    Goes(String),
}

impl Central {
    /// Notes the address a facility's mail goes out from.
    ///
    /// # Errors
    /// When there is no such facility, or it is no plain address.
    pub fn set_facility_mail(
        &self,
        facility: FacilityId,
        address: &str,
    ) -> Result<(), OperatorError> {
        let address = address.trim();
        bounded(address, limits::NAME_BYTES, "mail address")?;
        if !is_plain_address(address) {
            return Err(OperatorError::NotFound("mail address"));
        }
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            Ok(tx.keep_facility_mail(facility, address)?)
        })
    }

    /// Writes every message that residents of a facility wrote and that may go out into a folder,
    /// each as a file that is there whole or not at all, and notes it as delivered outside. After
    /// a crash a file may be written again, under the same name and with the same Message-ID.
    ///
    /// The words go into the files and nowhere else.
    ///
    /// # Errors
    /// When the facility has no address, or a file cannot be written; what was written counts.
    pub fn collect_mail(
        &self,
        facility: FacilityId,
        folder: &Path,
        now: UtcMillis,
    ) -> Result<Collected, OperatorError> {
        let (name, from) = self.inner.store.read(|sql| {
            let row = found(store::facility(sql, facility)?, "facility")?;
            let from = store::facility_mail(sql, facility)?;
            let from = found(from, "address the facility writes from")?;
            Ok::<_, OperatorError>((row.name, from))
        })?;
        make_folder(folder)?;
        let mut collected = Collected::default();
        let mut after = MessageId(Uuid::nil());
        loop {
            let ids = self
                .inner
                .store
                .read(|sql| store::letters_here(sql, facility, after, CHUNK))?;
            let Some(last) = ids.last() else {
                return Ok(collected);
            };
            after = *last;
            for id in ids {
                // One transaction a message: nobody holds it back between the file and the note.
                let fate = self.write(|tx| {
                    let fate = fate(tx, id, (&name, &from))?;
                    if let Fate::Goes(mail) = &fate {
                        write_whole(folder, id, mail.as_bytes())?;
                        note_delivered(tx, id, facility, now)?;
                    }
                    Ok::<_, OperatorError>(fate)
                })?;
                match fate {
                    Fate::Stays => {}
                    Fate::Left(left) => collected.left.push(left),
                    Fate::Goes(_) => collected.written += 1,
                }
            }
        }
    }

    /// Notes that the contact opened a message; the first time counts.
    ///
    /// # Errors
    /// When there is no such message of a resident, or it has not gone out.
    pub fn message_opened(&self, id: MessageId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            if body.direction != Direction::Outgoing {
                return Err(OperatorError::NotFound("message of a resident"));
            }
            if body.delivered_at.is_none() {
                return Err(cannot(&body));
            }
            if body.read_at.is_none() {
                body.read_at = Some(now);
                put(tx, id, resident, &body)?;
            }
            Ok(())
        })
    }
}

fn fate(tx: &Tx<'_>, id: MessageId, (facility, from): (&str, &str)) -> Result<Fate, OperatorError> {
    let (resident, body) = message(tx, id)?;
    if body.state != MessageState::Delivered {
        return Ok(Fate::Stays);
    }
    let left = |why| {
        Ok(Fate::Left(NotSent {
            message: id,
            connection: body.connection,
            why,
        }))
    };
    let connection = connection_of(tx.sql(), &body)?;
    if !matches!(connection.state, ConnectionState::Active { .. }) {
        return left(word(&connection.state));
    }
    let Some(address) = store::contact_mail(tx.sql(), body.connection)? else {
        return left("without a mail address");
    };
    if !is_plain_address(&address) {
        return left("without a plain mail address");
    }
    let row = found(store::resident(tx.sql(), resident)?, "resident")?;
    let line: ResidentBody = serde_json::from_str(&row.body)?;
    Ok(Fate::Goes(compose(&Outgoing {
        id,
        from: (facility, from),
        to: (&connection.contact.name, &address),
        resident: &line.name,
        at: body.at,
        text: body.text.as_deref().unwrap_or_default(),
    })))
}

fn note_delivered(
    tx: &mut Tx<'_>,
    id: MessageId,
    facility: FacilityId,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    let (resident, mut body) = message(tx, id)?;
    body.delivered_at = Some(now);
    tx.letter_is_out(id, now)?;
    Ok(put_message(tx, id, resident, facility, &body)?)
}

fn put(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    body: &MessageBody,
) -> Result<(), OperatorError> {
    let facility = found(store::resident(tx.sql(), resident)?, "resident")?.facility;
    Ok(put_message(tx, id, resident, facility, body)?)
}

fn make_folder(folder: &Path) -> Result<(), OperatorError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed(folder))
}

/// Writes beside, then renames: whoever looks into the folder sees whole files only.
fn write_whole(folder: &Path, id: MessageId, bytes: &[u8]) -> Result<(), OperatorError> {
    let name = folder.join(format!("{id}.eml"));
    let beside = folder.join(format!(".{id}.part"));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &name)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(failed(&name))
}

fn failed(file: &Path) -> impl FnOnce(io::Error) -> OperatorError {
    let file = file.to_owned();
    move |source| OperatorError::File { file, source }
}
