//! Conversations and the messages of one of them.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, Model, ModelNotify, ModelRc, ModelTracker, VecModel};

use super::locale::Locales;
use super::parts::{Layout, lone_part, parts};
use super::passport::{self, Telling};
use super::pictures::Pictures;
use super::words;
use crate::domain::overlay::ShownMessage;
use crate::domain::text::initials;
use crate::domain::{
    Attachment, AttachmentKind, Connection, Conversation, Direction, Message, MessageState, Now,
    UtcMillis,
};

/// Messages of a thread read from the store at a time.
const PAGE: usize = 50;
/// The open thread: where its messages come from, newest first.
#[derive(Clone)]
pub struct Source {
    /// How many there are.
    pub count: usize,
    /// Places of those that take more than one row, ascending.
    pub long: Vec<usize>,
    /// Reads `limit` of them from `offset`.
    pub read: Rc<dyn Fn(usize, usize) -> Vec<ShownMessage>>,
}

/// What is on the page of messages.
pub struct Messages<'a> {
    /// All conversations, newest first.
    pub conversations: &'a [Conversation],
    /// The one that is open, and its messages.
    pub open: Option<(&'a Connection, Source)>,
    /// Whether its messages are those that were drawn last.
    pub same_thread: bool,
    /// The reader's language, a BCP 47 tag.
    pub language: &'a str,
    /// Whether central can be reached.
    pub online: bool,
}

/// Which of a message's photos; as text it is the photo's id on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoPlace {
    /// From 0.
    pub index: u8,
    /// How many the message has.
    pub of: u8,
}

impl PhotoPlace {
    fn new(index: usize, of: usize) -> Self {
        let small = |n| u8::try_from(n).unwrap_or(u8::MAX);
        Self {
            index: small(index),
            of: small(of),
        }
    }

    /// Reads what its `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, of) = text.split_once('/')?;
        Some(Self {
            index: index.parse().ok()?,
            of: of.parse().ok()?,
        })
    }
}

impl fmt::Display for PhotoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Puts conversations and the open thread on the page.
pub fn show(
    app: &ui::AppWindow,
    messages: &Messages<'_>,
    pictures: &Pictures,
    locales: &Rc<Locales>,
    now: Now,
) {
    let page = ui::MessagesAdapter::get(app);
    let rows = messages
        .conversations
        .iter()
        .map(|one| row(one, locales, now.utc))
        .collect();
    if let Some(rows) = words::changed(&page.get_conversations(), rows) {
        page.set_conversations(rows);
    }
    match &messages.open {
        Some((with, _)) if messages.same_thread => {
            page.set_thread(thread(with));
        }
        Some((with, source)) => {
            let id = with.id.to_string();
            if page.get_selected_id() != id.as_str() {
                page.set_scroll_position(0.0);
            }
            page.set_selected_id(id.into());
            page.set_thread(thread(with));
            page.set_messages(ModelRc::new(ThreadRows {
                sender: with.contact.name.clone(),
                layout: layout_of(source),
                source: source.clone(),
                pictures: pictures.clone(),
                locales: Rc::clone(locales),
                language: messages.language.to_owned(),
                online: messages.online,
                now,
                page: RefCell::default(),
                notify: ModelNotify::default(),
            }));
        }
        None => clear_thread(&page),
    }
}

/// Leaves nothing of anybody on the page.
pub fn clear(app: &ui::AppWindow) {
    let page = ui::MessagesAdapter::get(app);
    page.set_conversations(ModelRc::default());
    clear_thread(&page);
}

fn clear_thread(page: &ui::MessagesAdapter<'_>) {
    super::message::clear(page);
    page.set_scroll_position(0.0);
    page.set_selected_id("".into());
    page.set_thread(ui::Thread::default());
    page.set_messages(ModelRc::default());
}

fn row(conversation: &Conversation, locales: &Locales, now: UtcMillis) -> ui::ConversationRow {
    let contact = &conversation.connection.contact;
    ui::ConversationRow {
        id: conversation.connection.id.to_string().into(),
        initials: initials(&contact.name).into(),
        name: contact.name.as_str().into(),
        relationship: contact.relationship.as_str().into(),
        contact_kind: words::contact_kind(contact.lane),
        lane: words::lane(contact.lane),
        when: words::when_or_never(locales, conversation.newest_at, now),
        unread: words::count(conversation.unread),
        held: words::count(conversation.held),
        held_since: words::when_or_never(locales, conversation.held_since, now),
    }
}

fn thread(with: &Connection) -> ui::Thread {
    ui::Thread {
        id: with.id.to_string().into(),
        initials: initials(&with.contact.name).into(),
        name: with.contact.name.as_str().into(),
        relationship: with.contact.relationship.as_str().into(),
        contact_kind: words::contact_kind(with.contact.lane),
        lane: words::lane(with.contact.lane),
    }
}

/// The rows of a thread, read from the store as they come into view.
struct ThreadRows {
    sender: String,
    layout: Layout,
    source: Source,
    pictures: Pictures,
    locales: Rc<Locales>,
    language: String,
    online: bool,
    now: Now,
    /// The page read last, by its first message.
    page: RefCell<Option<(usize, Vec<ShownMessage>)>>,
    notify: ModelNotify,
}

impl Model for ThreadRows {
    type Data = ui::MessageRow;

    fn row_count(&self) -> usize {
        self.layout.rows(self.source.count)
    }

    fn row_data(&self, row: usize) -> Option<ui::MessageRow> {
        if row >= self.row_count() {
            return None;
        }
        let (at, part) = self.layout.message_of(row);
        let first = at - at % PAGE;
        let mut page = self.page.borrow_mut();
        if page.as_ref().is_none_or(|(held, _)| *held != first) {
            *page = Some((first, (self.source.read)(first, PAGE)));
        }
        let (_, messages) = page.as_ref()?;
        // A row that has gone since it was counted is drawn empty rather than not at all.
        Some(
            messages
                .get(at - first)
                .map_or_else(ui::MessageRow::default, |message| {
                    self.row(message, at, part)
                }),
        )
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

impl ThreadRows {
    fn row(&self, shown: &ShownMessage, at: usize, part: usize) -> ui::MessageRow {
        let message = &shown.message;
        let text = shown_text(message);
        let (body, last) = if self.layout.splits(at) {
            let parts = parts(text);
            let body = parts.get(part).copied().unwrap_or_default().to_owned();
            (body, part.saturating_add(1) >= parts.len())
        } else {
            let (body, whole) = lone_part(text);
            (
                if whole {
                    body.to_owned()
                } else {
                    format!("{body}…")
                },
                true,
            )
        };
        let photos = if last {
            thumbs(message, &self.pictures)
        } else {
            Vec::new()
        };
        let telling = Telling {
            locales: &self.locales,
            language: &self.language,
            online: self.online,
            now: self.now,
        };
        let step = (last && has_line(message)).then(|| passport::current(shown, telling));
        ui::MessageRow {
            id: message.id.to_string().into(),
            kind: kind(message),
            part: match (part, last) {
                (0, true) => ui::BodyPart::Whole,
                (0, false) => ui::BodyPart::First,
                (_, false) => ui::BodyPart::Middle,
                (_, true) => ui::BodyPart::Last,
            },
            sender: self.sender.as_str().into(),
            when: words::when(&self.locales, moment(message), self.now.utc),
            body: body.into(),
            photos: ModelRc::from(Rc::new(VecModel::from(photos))),
            left_out: ModelRc::default(),
            clips: if is_open(message) {
                i32::from(message.passage.clips)
            } else {
                0
            },
            starred: message.passage.starred,
            step: step.unwrap_or_default(),
        }
    }
}

/// Whether a line in the thread says where a message is.
fn has_line(message: &Message) -> bool {
    message.direction == Direction::Outgoing || message.state != MessageState::Delivered
}

/// The pictures of a message that may be read.
pub fn thumbs(message: &Message, pictures: &Pictures) -> Vec<ui::PhotoThumb> {
    if !is_open(message) {
        return Vec::new();
    }
    let all = &message.attachments;
    let thumb = |(index, attachment): (usize, &Attachment)| {
        let (state, image) = pictures.thumbnail(attachment);
        let (number, of) = place_of_kind(all, index);
        ui::PhotoThumb {
            id: PhotoPlace::new(index, all.len()).to_string().into(),
            kind: picture_kind(attachment.kind),
            number: words::count(number),
            of: words::count(of),
            state,
            image,
        }
    };
    all.iter().enumerate().map(thumb).collect()
}

/// Which of the pictures of its kind a picture is, from 1, and how many there are.
pub fn place_of_kind(all: &[Attachment], index: usize) -> (usize, usize) {
    let Some(kind) = all.get(index).map(|one| one.kind) else {
        return (0, 0);
    };
    let same = |one: &&Attachment| one.kind == kind;
    let before = all.iter().take(index).filter(same).count();
    (before.saturating_add(1), all.iter().filter(same).count())
}

/// What a picture is of.
pub fn picture_kind(kind: AttachmentKind) -> ui::PictureKind {
    match kind {
        AttachmentKind::Photo => ui::PictureKind::Photo,
        AttachmentKind::Card => ui::PictureKind::Card,
        AttachmentKind::MailPage => ui::PictureKind::MailPage,
        AttachmentKind::DocumentPage => ui::PictureKind::DocumentPage,
    }
}

fn layout_of(source: &Source) -> Layout {
    Layout::new(&source.long, |at| {
        let message = (source.read)(at, 1).into_iter().next();
        message.map_or(1, |shown| parts(shown_text(&shown.message)).len())
    })
}

/// Whether the words may be shown: opening a message is a tap of its own.
pub fn is_open(message: &Message) -> bool {
    kind(message) != ui::MessageKind::IncomingUnopened
}

/// The words, where they may be shown.
pub fn shown_text(message: &Message) -> &str {
    message
        .text
        .as_deref()
        .filter(|_| is_open(message))
        .unwrap_or_default()
}

fn kind(message: &Message) -> ui::MessageKind {
    match (message.direction, &message.state) {
        (Direction::Outgoing, _) => ui::MessageKind::Outgoing,
        (Direction::Incoming, MessageState::OnHold { .. }) => ui::MessageKind::IncomingHeld,
        (Direction::Incoming, MessageState::Rejected { .. }) => ui::MessageKind::IncomingRejected,
        (Direction::Incoming, MessageState::Delivered) if message.read_at.is_some() => {
            ui::MessageKind::Incoming
        }
        (Direction::Incoming, MessageState::Delivered) => ui::MessageKind::IncomingUnopened,
    }
}

/// When a message came to where it is.
pub fn moment(message: &Message) -> UtcMillis {
    if message.direction == Direction::Outgoing {
        return message.passage.written_at.unwrap_or(message.at);
    }
    match &message.state {
        MessageState::Delivered => message.at,
        MessageState::OnHold { since, .. } => *since,
        MessageState::Rejected { at, .. } => *at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_photo_says_where_it_is() {
        let place = PhotoPlace { index: 2, of: 5 };
        assert_eq!(PhotoPlace::parse(&place.to_string()), Some(place));
        assert_eq!(PhotoPlace::parse("2"), None);
        assert_eq!(PhotoPlace::parse("2/999"), None);
    }
}
