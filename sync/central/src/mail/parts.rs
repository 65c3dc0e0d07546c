use std::borrow::Cow;

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::flowed::{EndSpace, join_flowed};
use super::name::{clean_name, clean_text};
use super::picture::{check_picture, media_type};
use super::{CLIP_BYTES, CLIPS, Clip, DEPTH, LeftOut, MailError, Picture, Why, html_to_text};
use dayroom_protocol::limits::{ATTACHMENTS, MESSAGE_BYTES};

/// What has been gathered from the parts so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub text: String,
    pub pictures: Vec<Picture>,
    pub clips: Vec<Clip>,
    pub left_out: Vec<LeftOut>,
}

impl Gathered {
    /// Takes in part `id` and those below it.
    pub(super) fn walk(
        &mut self,
        message: &Message<'_>,
        id: u32,
        depth: usize,
    ) -> Result<(), MailError> {
        if depth > DEPTH {
            return Err(MailError::TooDeep);
        }
        let Some(part) = message.part(id) else {
            return Ok(());
        };
        match &part.body {
            PartType::Multipart(children) if subtype(part) == Some("alternative") => {
                match chosen(message, children) {
                    Some(best) => {
                        self.walk(message, best, depth + 1)?;
                        self.name_unused(message, children, best);
                        Ok(())
                    }
                    None => self.walk_all(message, children, depth),
                }
            }
            PartType::Multipart(children) => self.walk_all(message, children, depth),
            PartType::Text(text) => self.text_part(part, id, text, false),
            PartType::Html(text) => self.text_part(part, id, text, true),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                self.file(part, id, bytes);
                Ok(())
            }
            PartType::Message(_) => {
                self.leave_out(part, id, Why::Forwarded);
                Ok(())
            }
        }
    }

    fn walk_all(
        &mut self,
        message: &Message<'_>,
        children: &[u32],
        depth: usize,
    ) -> Result<(), MailError> {
        children
            .iter()
            .try_for_each(|child| self.walk(message, *child, depth + 1))
    }

    /// The other wordings of an alternative are the same message; anything else in it is not.
    fn name_unused(&mut self, message: &Message<'_>, children: &[u32], best: u32) {
        for child in children.iter().filter(|child| **child != best) {
            let Some(part) = message.part(*child) else {
                continue;
            };
            match &part.body {
                PartType::Text(_) | PartType::Html(_) if is_body_text(part) => {}
                PartType::Multipart(below) => self.files_below(message, below, 0),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                    self.file(part, *child, bytes);
                }
                PartType::Text(_) | PartType::Html(_) => {
                    self.leave_out(part, *child, Why::NotShown);
                }
                PartType::Message(_) => self.leave_out(part, *child, Why::Forwarded),
            }
        }
    }

    /// Pictures that an unused HTML wording refers to still belong to the message.
    fn files_below(&mut self, message: &Message<'_>, children: &[u32], depth: usize) {
        for child in children {
            let Some(part) = message.part(*child) else {
                continue;
            };
            match &part.body {
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                    self.file(part, *child, bytes);
                }
                PartType::Multipart(below) if depth < DEPTH => {
                    self.files_below(message, below, depth + 1);
                }
                PartType::Text(_) | PartType::Html(_) if is_body_text(part) => {}
                PartType::Text(_) | PartType::Html(_) | PartType::Multipart(_) => {
                    self.leave_out(part, *child, Why::NotShown);
                }
                PartType::Message(_) => self.leave_out(part, *child, Why::Forwarded),
            }
        }
    }

    fn text_part(
        &mut self,
        part: &MessagePart<'_>,
        id: u32,
        text: &str,
        html: bool,
    ) -> Result<(), MailError> {
        // The parser shows a part as text too when it could not be taken apart as its own type.
        if is_multipart(part) {
            let part = describe(part, id);
            return Err(MailError::DamagedParts { part });
        }
        if !is_body_text(part) {
            let damaged = part.is_encoding_problem;
            let why = if damaged { Why::Damaged } else { Why::NotShown };
            self.leave_out(part, id, why);
            return Ok(());
        }
        if part.is_encoding_problem {
            let part = describe(part, id);
            return Err(MailError::DamagedText { part });
        }
        let plain = if html {
            Cow::Owned(html_to_text(text))
        } else {
            unflow(part, text)
        };
        let clean = clean_text(&plain);
        if clean.is_empty() {
            return Ok(());
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(&clean);
        if self.text.len() > MESSAGE_BYTES {
            return Err(MailError::TextTooLong {
                part: describe(part, id),
                bytes: self.text.len(),
                limit: MESSAGE_BYTES,
            });
        }
        Ok(())
    }

    fn file(&mut self, part: &MessagePart<'_>, id: u32, bytes: &[u8]) {
        let claims = |kind: &str| {
            part.content_type()
                .is_some_and(|of| of.ctype().eq_ignore_ascii_case(kind))
        };
        let claims_picture = claims("image");
        if claims("video") && media_type(bytes).is_none() {
            return self.clip(part, id, bytes);
        }
        if media_type(bytes).is_none() && !claims_picture {
            return self.leave_out(part, id, Why::NotShown);
        }
        if self.pictures.len() >= ATTACHMENTS {
            return self.leave_out(part, id, Why::TooMany);
        }
        let name = part.attachment_name().map(clean_name).unwrap_or_default();
        match check_picture(&name, bytes) {
            Ok(picture) => self.pictures.push(picture),
            Err(error) => self.leave_out(part, id, Why::Picture(error)),
        }
    }

    /// A video clip is kept as it came: no kiosk and no decoder ever sees it.
    fn clip(&mut self, part: &MessagePart<'_>, id: u32, bytes: &[u8]) {
        if self.clips.len() >= CLIPS {
            return self.leave_out(part, id, Why::TooManyClips);
        }
        if bytes.len() > CLIP_BYTES {
            let (bytes, limit) = (bytes.len(), CLIP_BYTES);
            return self.leave_out(part, id, Why::LongClip { bytes, limit });
        }
        let media = part.content_type().and_then(|of| of.subtype());
        self.clips.push(Clip {
            name: part.attachment_name().map(clean_name).unwrap_or_default(),
            media: clean_name(media.unwrap_or("unknown")),
            bytes: bytes.to_vec(),
        });
    }

    fn leave_out(&mut self, part: &MessagePart<'_>, id: u32, why: Why) {
        let part = describe(part, id);
        self.left_out.push(LeftOut { part, why });
    }
}

/// The wording to show: plain text if there is any in it, else HTML, else what holds them.
fn chosen(message: &Message<'_>, children: &[u32]) -> Option<u32> {
    let find = |wanted: &dyn Fn(&MessagePart<'_>) -> bool| {
        children
            .iter()
            .copied()
            .find(|id| message.part(*id).is_some_and(wanted))
    };
    find(&|part| match &part.body {
        PartType::Text(text) => is_body_text(part) && !text.trim().is_empty(),
        PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Message(_)
        | PartType::Multipart(_) => false,
    })
    .or_else(|| find(&|part| matches!(part.body, PartType::Html(_)) && is_body_text(part)))
    .or_else(|| find(&|part| matches!(part.body, PartType::Multipart(_))))
}

/// Whether a text part is the message's own words rather than a file sent with it.
fn is_body_text(part: &MessagePart<'_>) -> bool {
    let attached = part
        .content_disposition()
        .is_some_and(|how| how.is_attachment());
    let plain_or_html = part.content_type().is_none_or(|of| {
        of.ctype().eq_ignore_ascii_case("text")
            && of.subtype().is_none_or(|sub| {
                sub.eq_ignore_ascii_case("plain") || sub.eq_ignore_ascii_case("html")
            })
    });
    !attached && plain_or_html
}

fn is_multipart(part: &MessagePart<'_>) -> bool {
    part.content_type()
        .is_some_and(|of| of.ctype().eq_ignore_ascii_case("multipart"))
}

fn subtype<'a>(part: &'a MessagePart<'_>) -> Option<&'a str> {
    part.content_type()?.subtype()
}

fn unflow<'a>(part: &MessagePart<'_>, text: &'a str) -> Cow<'a, str> {
    let attribute = |name: &str, value: &str| {
        part.content_type()
            .and_then(|of| of.attribute(name))
            .is_some_and(|held| held.eq_ignore_ascii_case(value))
    };
    if !attribute("format", "flowed") {
        return Cow::Borrowed(text);
    }
    let end_space = if attribute("delsp", "yes") {
        EndSpace::Removed
    } else {
        EndSpace::Kept
    };
    Cow::Owned(join_flowed(text, end_space))
}

/// The part's place, type and name, for the operator.
fn describe(part: &MessagePart<'_>, id: u32) -> String {
    let kind = part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |of| match of.subtype() {
            Some(sub) => format!("{}/{sub}", of.ctype()),
            None => of.ctype().to_owned(),
        },
    );
    let kind = clean_name(&kind.replace('/', "\u{2215}")).replace('\u{2215}', "/");
    match part.attachment_name().map(clean_name) {
        Some(name) if !name.is_empty() => format!("part {id} \"{name}\" ({kind})"),
        Some(_) | None => format!("part {id} ({kind})"),
    }
}
