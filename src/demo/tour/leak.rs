//! Looks for what people wrote, what they are called and what they typed, where none of it may be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use dayroom_central::protocol::MediaType as Sent;

use crate::demo::Facility;
use crate::demo::memory::{Canary, find_in};
use crate::domain::MediaType;
use crate::runtime::thumbnail_pixels;

/// Characters of a text that is looked for: enough to be nobody else's.
const TEXT_CHARS: usize = 24;
/// Bytes of a row of pixels that are looked for.
const PIXEL_BYTES: usize = 96;

/// What must not be found of the person with that number: their name and PIN, the names and notes
/// of their contacts, the words of their messages, and the pixels of their pictures.
///
/// # Errors
/// When central's store fails.
pub fn canaries_of(facility: &Facility, number: &str) -> anyhow::Result<Vec<Canary>> {
    let central = facility.central();
    let mut canaries = Vec::new();
    for resident in facility
        .demo()
        .residents
        .iter()
        .filter(|r| r.number == number)
    {
        canaries.extend(Canary::text("resident's name", &resident.name));
        canaries.extend(Canary::text("resident's PIN", &resident.pin));
        for connection in central.connections(resident.id)? {
            canaries.extend(Canary::text(
                "contact's name",
                &connection.body.contact.name,
            ));
            canaries.extend(beginning("note", &connection.body.note));
        }
        for message in central.messages(resident.id)? {
            // Operators see no words; a reviewer does, of the ordinary ones.
            if let Some(reviewer) = facility.demo().reviewers.first()
                && let Ok(open) = central.open_for_review(message.id, reviewer, message.body.at)
            {
                canaries.extend(beginning("message", &open.text));
            }
            for attachment in &message.body.attachments {
                let bytes = facility.blob(attachment.blob)?;
                canaries.extend(pixels(&bytes, attachment.media));
            }
        }
    }
    Ok(canaries)
}

/// What was typed on the keys: into drafts, and into the search.
pub fn typed(words: &[String]) -> Vec<Canary> {
    words
        .iter()
        .flat_map(|words| Canary::text("typed words", words))
        .collect()
}

/// Searches every file of the kiosk and every log for what anybody's things are, and for what was
/// typed.
///
/// # Errors
/// When something is found, or the search finds nothing where it must.
pub fn search(state: &Path, facility: &Facility, words: &[String]) -> anyhow::Result<()> {
    let mut canaries = typed(words);
    for person in facility.people() {
        canaries.extend(canaries_of(facility, &person.number)?);
    }
    let central = found_in(&state.join("central"), &canaries)?;
    ensure!(
        !central.is_empty(),
        "the search finds nothing even in central's own store"
    );
    for folder in ["kiosk", "logs"] {
        let found = found_in(&state.join(folder), &canaries)?;
        ensure!(
            found.is_empty(),
            "in clear under {folder}: {}",
            found.join(", ")
        );
    }
    Ok(())
}

fn found_in(folder: &Path, canaries: &[Canary]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in files(folder)? {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for name in find_in(&bytes, canaries) {
            found.push(format!("{name} in {}", path.display()));
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(files(&entry.path())?);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn beginning(name: &str, text: &str) -> Vec<Canary> {
    let end = text.char_indices().nth(TEXT_CHARS).map(|(at, _)| at);
    match end.and_then(|end| text.get(..end)) {
        Some(beginning) => Canary::text(name, beginning).into(),
        None => Vec::new(),
    }
}

/// A stretch of the picture as the screen draws it. One colour throughout would be anybody's.
fn pixels(bytes: &[u8], media: Sent) -> Option<Canary> {
    let media = match media {
        Sent::Jpeg => MediaType::Jpeg,
        Sent::Png => MediaType::Png,
        Sent::Webp => MediaType::Webp,
    };
    let rgba = thumbnail_pixels(bytes, media)?;
    let stretch = rgba.chunks_exact(PIXEL_BYTES).skip(40).find(|stretch| {
        let (first, _) = stretch.split_at(4);
        stretch
            .chunks_exact(4)
            .filter(|pixel| *pixel != first)
            .count()
            > PIXEL_BYTES / 8
    })?;
    Some(Canary {
        name: "picture's pixels".to_owned(),
        bytes: stretch.to_vec(),
    })
}
