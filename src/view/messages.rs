//! Conversations and the messages of one of them.

use std::cell::RefCell;
use std::rc::Rc;

use slint::{Global, Model, ModelNotify, ModelRc, ModelTracker, VecModel};

use super::generated as ui;
use super::locale::Locales;
use super::pictures::Pictures;
use super::words;
use crate::domain::text::initials;
use crate::domain::{Connection, Conversation, Direction, Message, MessageState, UtcMillis};

/// Rows of a thread read from the store at a time.
const PAGE: usize = 50;

/// Where the rows of the open thread come from: newest first, `limit` from `offset`.
pub type Rows = Rc<dyn Fn(usize, usize) -> Vec<Message>>;

/// What is on the page of messages.
pub struct Messages<'a> {
    /// All conversations, newest first.
    pub conversations: &'a [Conversation],
    /// The one that is open, with how many messages it has and where they come from.
    pub open: Option<(&'a Connection, usize, Rows)>,
}

/// Puts conversations and the open thread on the page.
pub fn show(
    app: &ui::AppWindow,
    messages: &Messages<'_>,
    pictures: &Pictures,
    locales: &Rc<Locales>,
    now: UtcMillis,
) {
    let page = ui::MessagesAdapter::get(app);
    let rows: Vec<_> = messages.conversations.iter().map(|one| row(one, locales, now)).collect();
    page.set_conversations(ModelRc::from(Rc::new(VecModel::from(rows))));
    match &messages.open {
        Some((with, count, rows)) => {
            page.set_selected_id(with.id.to_string().into());
            page.set_thread(thread(with));
            page.set_messages(ModelRc::new(ThreadRows {
                sender: with.contact.name.clone(),
                count: *count,
                rows: Rc::clone(rows),
                pictures: pictures.clone(),
                locales: Rc::clone(locales),
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
    count: usize,
    rows: Rows,
    pictures: Pictures,
    locales: Rc<Locales>,
    now: UtcMillis,
    /// The page read last, by its first row.
    page: RefCell<Option<(usize, Vec<Message>)>>,
    notify: ModelNotify,
}

impl Model for ThreadRows {
    type Data = ui::MessageRow;

    fn row_count(&self) -> usize {
        self.count
    }

    fn row_data(&self, row: usize) -> Option<ui::MessageRow> {
        if row >= self.count {
            return None;
        }
        let first = row - row % PAGE;
        let mut page = self.page.borrow_mut();
        if page.as_ref().is_none_or(|(held, _)| *held != first) {
            *page = Some((first, (self.rows)(first, PAGE)));
        }
        let (_, messages) = page.as_ref()?;
        // A row that has gone since it was counted is drawn empty rather than not at all.
        Some(messages.get(row - first).map_or_else(ui::MessageRow::default, |m| self.message(m)))
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

impl ThreadRows {
    fn message(&self, message: &Message) -> ui::MessageRow {
        let kind = kind(message);
        let open = kind != ui::MessageKind::IncomingUnopened;
        let photos: Vec<ui::PhotoThumb> = message
            .attachments
            .iter()
            .enumerate()
            .filter(|_| open)
            .map(|(index, attachment)| {
                let (state, image) = self.pictures.thumbnail(attachment);
                ui::PhotoThumb { id: index.to_string().into(), state, image }
            })
            .collect();
        ui::MessageRow {
            id: message.id.to_string().into(),
            kind,
            sender: self.sender.as_str().into(),
            when: words::when(&self.locales, moment(message), self.now),
            body: message.text.as_deref().filter(|_| open).unwrap_or_default().into(),
            photos: ModelRc::from(Rc::new(VecModel::from(photos))),
            left_out: ModelRc::default(),
            reason: reason(&message.state).into(),
            outgoing: outgoing(message),
        }
    }
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

fn moment(message: &Message) -> UtcMillis {
    match &message.state {
        MessageState::Delivered => message.at,
        MessageState::OnHold { since } => *since,
        MessageState::Rejected { at, .. } => *at,
    }
}

fn reason(state: &MessageState) -> &str {
    match state {
        MessageState::Rejected { reason, .. } => reason,
        MessageState::Delivered | MessageState::OnHold { .. } => "",
    }
}

fn outgoing(message: &Message) -> ui::OutgoingState {
    match (&message.state, message.read_at) {
        (MessageState::Delivered, Some(_)) => ui::OutgoingState::Read,
        (MessageState::Delivered, None) => ui::OutgoingState::Delivered,
        (MessageState::OnHold { .. } | MessageState::Rejected { .. }, _) => ui::OutgoingState::Sent,
    }
}
