use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use dayroom_protocol::{ConnectionId, ConnectionState, Lane};
use ring::digest::{SHA256, digest};

use super::args::MailCommand;
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::mail::{MAIL_BYTES, Mail, MailError, mailbox, read_mail};
use crate::{Central, NewAttachment, NewMessage};

pub(super) fn mail(
    setup: &Setup,
    command: MailCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let MailCommand::Import { files, connection } = command;
    let central = setup.central()?;
    let mut import = Import {
        setup,
        central,
        connection,
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

struct Import<'s> {
    setup: &'s Setup,
    central: Central,
    connection: Option<ConnectionId>,
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
            .map(|picture| NewAttachment::read(&picture.name, picture.bytes))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let new = NewMessage {
            connection,
            text: mail.text,
            attachments,
            source: Some(source),
        };
        self.central
            .take_message(&new, self.setup.now(), &mut self.setup.rng())
            .map_err(said)?;
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
            (None, _) => Err(format!(
                "no connection of {from} is active; approve it first, or give --connection"
            )),
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
