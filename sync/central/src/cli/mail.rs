use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use dayroom_protocol::{AttachmentKind, ConnectionId, ConnectionState, Lane};
use ring::digest::{SHA256, digest};

use super::args::{InFacility, MailCommand};
use super::connections::standing;
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::mail::{MAIL_BYTES, Mail, MailError, mailbox, read_mail};
use crate::{Central, NewAttachment, NewClip, NewMessage};

pub(super) fn mail(
    setup: &Setup,
    command: MailCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    let (files, connection, pictures) = match command {
        MailCommand::Import {
            files,
            connection,
            pictures,
        } => (files, connection, pictures),
        MailCommand::From { address, at } => {
            central.set_facility_mail(at.find(&central)?.id, &address)?;
            output.say("Noted; what residents send goes out from this address.")?;
            return Ok(Done::All);
        }
        MailCommand::Collect { folder, at } => {
            return collect(setup, &central, &folder, &at, output);
        }
    };
    let mut import = Import {
        setup,
        central,
        connection,
        pictures: pictures.kind(),
        taken: 0,
        known: 0,
        refused: 0,
    };
    for file in &files {
        import.file(file, output)?;
    }
    output.say(format_args!(
        "{} imported, {} there already, {} refused.",
        import.taken, import.known, import.refused
    ))?;
    Ok(if import.refused == 0 {
        Done::All
    } else {
        Done::Part
    })
}

/// Writes what may go out, and says what cannot.
fn collect(
    setup: &Setup,
    central: &Central,
    folder: &Path,
    at: &InFacility,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let facility = at.find(central)?;
    let collected = central.collect_mail(facility.id, folder, setup.now())?;
    for left in &collected.left {
        output.note(format_args!(
            "{}: stays here: connection {} is {}",
            left.message, left.connection, left.why
        ))?;
    }
    output.say(format_args!(
        "{} written, {} stay here.",
        collected.written,
        collected.left.len()
    ))?;
    Ok(if collected.left.is_empty() {
        Done::All
    } else {
        Done::Part
    })
}

struct Import<'s> {
    setup: &'s Setup,
    central: Central,
    connection: Option<ConnectionId>,
    pictures: AttachmentKind,
    taken: usize,
    known: usize,
    refused: usize,
}

/// What became of a message.
enum Outcome {
    Taken,
    Known,
}

impl Import<'_> {
    fn file(&mut self, path: &Path, output: &mut Output<'_>) -> Result<(), Failure> {
        let mut reader = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) => return self.unreadable(path, &error, output),
        };
        let is_mailbox = match reader.fill_buf() {
            Ok(start) => mailbox::is_mailbox(start),
            Err(error) => return self.unreadable(path, &error, output),
        };
        if !is_mailbox {
            let mut bytes = Vec::new();
            let limit = MAIL_BYTES as u64 + 1;
            return match reader.take(limit).read_to_end(&mut bytes) {
                Ok(_) => self.message(&path.display().to_string(), Ok(bytes), output),
                Err(error) => self.unreadable(path, &error, output),
            };
        }
        for message in mailbox::split(reader) {
            match message {
                Ok(message) => {
                    let place = format!("{}, message {}", path.display(), message.number);
                    self.message(&place, message.message, output)?;
                }
                Err(error) => return self.unreadable(path, &error, output),
            }
        }
        Ok(())
    }

    fn unreadable(
        &mut self,
        path: &Path,
        error: &io::Error,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        self.refused += 1;
        output.note(format_args!("{}: cannot be read: {error}", path.display()))
    }

    fn message(
        &mut self,
        place: &str,
        bytes: Result<Vec<u8>, MailError>,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        let outcome = bytes
            .map_err(|error| error.to_string())
            .and_then(|bytes| self.take(place, &bytes, output));
        match outcome {
            Ok(Outcome::Taken) => self.taken += 1,
            Ok(Outcome::Known) => {
                self.known += 1;
                output.note(format_args!("{place}: there already"))?;
            }
            Err(why) => {
                self.refused += 1;
                output.note(format_args!("{place}: refused: {why}"))?;
            }
        }
        Ok(())
    }

    /// Takes in one message, all of it that can be shown, or nothing.
    fn take(&self, place: &str, bytes: &[u8], output: &mut Output<'_>) -> Result<Outcome, String> {
        let mail = read_mail(bytes).map_err(|error| error.to_string())?;
        let connection = self.addressee(&mail)?;
        let source = source(connection, &mail, bytes);
        let said = |error: crate::OperatorError| chain(&error);
        if self
            .central
            .message_of_source(connection, &source)
            .map_err(said)?
            .is_some()
        {
            return Ok(Outcome::Known);
        }
        let attachments = mail
            .pictures
            .into_iter()
            .map(|picture| {
                let read = NewAttachment::read(&picture.name, picture.bytes);
                read.map(|read| read.of_kind(self.pictures))
            })
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let new = NewMessage {
            connection,
            text: mail.text,
            attachments,
            source: Some(source),
        };
        let clips: Vec<NewClip> = mail
            .clips
            .into_iter()
            .map(|clip| NewClip {
                name: clip.name,
                media: format!("video/{}", clip.media),
                content: clip.bytes,
            })
            .collect();
        self.central
            .take_message_with_clips(&new, &clips, self.setup.now(), &mut self.setup.rng())
            .map_err(said)?;
        if !clips.is_empty() {
            let count = clips.len();
            let line = format!("{place}: {count} video clips are kept here; kiosks show none");
            output.note(line).map_err(|failure| failure.to_string())?;
        }
        for left_out in &mail.left_out {
            output
                .note(format_args!("{place}: {left_out}"))
                .map_err(|failure| failure.to_string())?;
        }
        Ok(Outcome::Taken)
    }

    fn addressee(&self, mail: &Mail) -> Result<ConnectionId, String> {
        if let Some(connection) = self.connection {
            return Ok(connection);
        }
        let from = mail.from.as_ref().map_err(ToString::to_string)?;
        let known = self
            .central
            .connections_by_mail(from)
            .map_err(|error| chain(&error))?;
        // Staff do not read these; whoever forges the sender must not profit from that.
        if known
            .iter()
            .any(|line| line.body.contact.lane != Lane::Ordinary)
        {
            return Err(format!(
                "{from} is a privileged contact and anybody can write that sender; make sure of \
                 it and give --connection"
            ));
        }
        let active: BTreeSet<ConnectionId> = known
            .iter()
            .filter(|line| matches!(line.body.state, ConnectionState::Active { .. }))
            .map(|line| line.id)
            .collect();
        let mut ids = active.iter();
        match (ids.next(), ids.next()) {
            (Some(only), None) => Ok(*only),
            (Some(_), Some(_)) => Err(format!(
                "{from} has several active connections; give one with --connection: {}",
                active
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
            (None, _) if known.is_empty() => Err(format!(
                "no contact has the address {from}; note it with `dayroom-central connection \
                 email ID ADDRESS`, or give --connection"
            )),
            (None, _) => {
                let how: Vec<String> = known
                    .iter()
                    .map(|line| format!("{} is {}", line.id, standing(&line.body.state)))
                    .collect();
                Err(format!(
                    "no connection of {from} is active, so nothing can be sent: {}",
                    how.join("; ")
                ))
            }
        }
    }
}

/// What the message is known by: its Message-ID, else its bytes, for each connection anew.
fn source(connection: ConnectionId, mail: &Mail, bytes: &[u8]) -> String {
    let held = mail.message_id.as_deref().filter(|id| !id.is_empty());
    let name = held.map_or_else(
        || digest(&SHA256, bytes),
        |id| digest(&SHA256, id.as_bytes()),
    );
    let hex: String = name.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let kind = if held.is_some() { "id" } else { "bytes" };
    format!("mail:{connection}:{kind}:{hex}")
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(": ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}
