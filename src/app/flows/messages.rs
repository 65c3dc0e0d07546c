//! Conversations, messages and their photos.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Effect, MessagesTap, Screen, Seen, Session, Ticket};
use crate::domain::{
    BlobHash, BootMillis, ConnectionId, IntentBody, IntentNumber, MessageId, UNDO_HOLD, UNDO_SHOWN,
};

use super::home;

/// Conversations and messages.
pub struct Messages {
    /// Whose.
    pub session: Session,
    /// Which of them.
    pub at: MessagesAt,
    /// The appeal just made, while it can be undone.
    pub appealed: Option<Appealed>,
}

/// An appeal that can be undone, on the page of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appealed {
    /// Which message.
    pub message: MessageId,
    /// Until when the undo is on the screen.
    pub until: BootMillis,
    ticket: Ticket,
    number: Option<IntentNumber>,
    /// The undo was tapped before the appeal was on disk.
    unwanted: bool,
}

impl Messages {
    pub(in crate::app) fn at(session: Session, at: MessagesAt) -> Self {
        Self {
            session,
            at,
            appealed: None,
        }
    }
}

/// Where in the messages somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagesAt {
    /// All conversations.
    List,
    /// One conversation.
    Conversation(ConnectionId),
    /// One message.
    Message {
        /// In which conversation.
        conversation: ConnectionId,
        /// Which.
        message: MessageId,
    },
}

/// One photo on the whole screen.
pub struct Photo {
    /// Whose.
    pub session: Session,
    /// Which.
    pub at: PhotoAt,
}

/// Which photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoAt {
    /// In which conversation.
    pub conversation: ConnectionId,
    /// Of which message.
    pub message: MessageId,
    /// Which of its photos, from 0.
    pub index: u8,
    /// How many it has.
    pub of: u8,
}

impl PhotoAt {
    /// The message it belongs to.
    pub fn message(self) -> MessagesAt {
        MessagesAt::Message {
            conversation: self.conversation,
            message: self.message,
        }
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: MessagesTap, cx: &mut Context) -> Screen {
    match tap {
        MessagesTap::OpenMessages => home::go(screen, |_| Some(Place::Messages(MessagesAt::List))),
        MessagesTap::OpenConversation(id) => home::go(screen, |_| {
            Some(Place::Messages(MessagesAt::Conversation(id)))
        }),
        MessagesTap::OpenMessage(message, seen) => open_message(screen, message, seen, cx),
        MessagesTap::OpenPhoto { index, of } => open_photo(screen, index, of),
        MessagesTap::NextPhoto => turn(screen, |at| at.index.saturating_add(1)),
        MessagesTap::PreviousPhoto => turn(screen, |at| at.index.saturating_sub(1)),
        MessagesTap::ClosePhoto => home::go(screen, |from| {
            if let Place::Photo(at) = from {
                return Some(Place::Messages(at.message()));
            }
            None
        }),
        MessagesTap::StarPressed(message, on) => on_open(screen, message, |page| {
            let body = IntentBody::Star { message, on };
            cx.record(page.session.resident, body, None);
        }),
        MessagesTap::AppealPressed(message) => on_open(screen, message, |page| {
            appeal(page, message, cx);
        }),
        MessagesTap::UndoAppealPressed => undo_appeal(screen, cx),
    }
}

/// Does something with the message that is open, and with no other.
fn on_open(mut screen: Screen, message: MessageId, act: impl FnOnce(&mut Messages)) -> Screen {
    if let Screen::Messages(page) = &mut screen
        && matches!(page.at, MessagesAt::Message { message: open, .. } if open == message)
    {
        act(page);
    }
    screen
}

/// Records the appeal at once, held for [`UNDO_HOLD`]. A second tap is the same appeal.
fn appeal(page: &mut Messages, message: MessageId, cx: &mut Context) {
    if page.appealed.is_some_and(|made| made.message == message) {
        return;
    }
    let body = IntentBody::Appeal { message };
    let ticket = cx.record(page.session.resident, body, Some(UNDO_HOLD));
    page.appealed = Some(Appealed {
        message,
        until: cx.now.boot.at.plus(UNDO_SHOWN),
        ticket,
        number: None,
        unwanted: false,
    });
}

fn undo_appeal(mut screen: Screen, cx: &mut Context) -> Screen {
    if let Screen::Messages(page) = &mut screen
        && let Some(made) = &mut page.appealed
    {
        made.unwanted = true;
        undo_if_recorded(page, cx);
    }
    screen
}

fn undo_if_recorded(page: &mut Messages, cx: &mut Context) {
    let unwanted = page.appealed.filter(|made| made.unwanted);
    if let Some(number) = unwanted.and_then(|made| made.number) {
        cx.effect(Effect::UndoIntent { number });
        page.appealed = None;
    }
}

/// An intent of anybody is on disk; it may be the appeal.
pub(in crate::app) fn recorded(
    mut screen: Screen,
    ticket: Ticket,
    number: IntentNumber,
    cx: &mut Context,
) -> Screen {
    if let Screen::Messages(page) = &mut screen
        && let Some(made) = page.appealed.as_mut().filter(|made| made.ticket == ticket)
    {
        made.number = Some(number);
        undo_if_recorded(page, cx);
    }
    screen
}

/// An intent is not on disk: an appeal can be made again.
pub(in crate::app) fn not_recorded(mut screen: Screen, ticket: Ticket) -> Screen {
    if let Screen::Messages(page) = &mut screen {
        page.appealed = page.appealed.filter(|made| made.ticket != ticket);
    }
    screen
}

/// Takes the undo off the screen once it has been there long enough. The appeal stands.
pub(in crate::app) fn expire(page: &mut Messages, at: BootMillis) {
    page.appealed = page.appealed.filter(|made| made.until > at);
}

/// A photo somebody looked at is not here yet.
pub(in crate::app) fn photo_missing(screen: Screen, blob: BlobHash, cx: &mut Context) -> Screen {
    if screen.session().is_some() {
        cx.effect(Effect::WantBlob(blob));
    }
    screen
}

/// Opening a message is one entry in the journal: read for the resident, a receipt for the sender.
fn open_message(mut screen: Screen, message: MessageId, seen: Seen, cx: &mut Context) -> Screen {
    let Screen::Messages(page) = &mut screen else {
        return screen;
    };
    let (MessagesAt::Conversation(conversation) | MessagesAt::Message { conversation, .. }) =
        page.at
    else {
        return screen;
    };
    let to = MessagesAt::Message {
        conversation,
        message,
    };
    if page.at != to && seen == Seen::New {
        let body = IntentBody::ReadMessage { message };
        cx.record(page.session.resident, body, None);
    }
    if page.at != to {
        page.appealed = None;
    }
    page.at = to;
    screen
}

fn open_photo(screen: Screen, index: u8, of: u8) -> Screen {
    home::go(screen, |from| {
        if let Place::Messages(MessagesAt::Message {
            conversation,
            message,
        }) = from
            && index < of
        {
            return Some(Place::Photo(PhotoAt {
                conversation,
                message,
                index,
                of,
            }));
        }
        None
    })
}

fn turn(mut screen: Screen, to: impl FnOnce(PhotoAt) -> u8) -> Screen {
    if let Screen::Photo(page) = &mut screen {
        page.at.index = to(page.at).min(page.at.of.saturating_sub(1));
    }
    screen
}
