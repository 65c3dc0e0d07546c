use std::fs::File;
use std::io::Read;
use std::path::Path;

use dayroom_protocol::limits::{ATTACHMENTS, BLOB_BYTES, NAME_BYTES};
use dayroom_protocol::{AttachmentKind, Lane};
use ring::digest::{Context, SHA256};

use super::desk_args::PostalCommand;
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::mail::check_picture;
use crate::{NewAttachment, NewMessage};

pub(super) fn postal(
    setup: &Setup,
    command: PostalCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let PostalCommand::Scan { to, pages, files } = command;
    let central = setup.central()?;
    if central.connection(to)?.body.contact.lane != Lane::Ordinary {
        return Err(Failure::new(
            "mail of an attorney or clergy is not opened and not scanned",
            "hand it over unopened, as the facility's rules for legal mail say",
        ));
    }
    if files.len() > ATTACHMENTS {
        return Err(Failure::new(
            format!(
                "a message carries {ATTACHMENTS} pages and these are {}",
                files.len()
            ),
            "scan it as several messages",
        ));
    }
    let mut seen = Context::new(&SHA256);
    let mut attachments = Vec::new();
    for file in &files {
        let bytes = read(file)?;
        seen.update(&(bytes.len() as u64).to_be_bytes());
        seen.update(&bytes);
        attachments.push(page(file, &bytes, pages.kind())?);
    }
    let digest = seen.finish();
    let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let source = format!("scan:{to}:{hex}");
    if central.message_of_source(to, &source)?.is_some() {
        output.say("These pages are there already.")?;
        return Ok(Done::All);
    }
    let new = NewMessage {
        connection: to,
        text: String::new(),
        attachments,
        source: Some(source),
    };
    let id = central.take_message(&new, setup.now(), &mut setup.rng())?;
    output.say(format_args!("Took in {} pages as {id}.", files.len()))?;
    Ok(Done::All)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| {
        let next = "check the name of the file";
        Failure::because(&error, next).of(file.display())
    };
    let mut bytes = Vec::new();
    File::open(file)
        .map_err(failed)?
        .take(BLOB_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

fn page(file: &Path, bytes: &[u8], kind: AttachmentKind) -> Result<NewAttachment, Failure> {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.len() <= NAME_BYTES && !name.contains(char::is_control))
        .unwrap_or_default();
    let next = "scan the page again as JPEG or PNG at 300 dots an inch";
    let refused = |error: &dyn std::error::Error| Failure::because(error, next).of(file.display());
    let picture = check_picture(&name, bytes).map_err(|error| refused(&error))?;
    let read = NewAttachment::read(&picture.name, picture.bytes);
    Ok(read.map_err(|error| refused(&error))?.of_kind(kind))
}
