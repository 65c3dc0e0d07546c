//! Conversations, messages and their photos.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Effect, MessagesTap, Screen, Seen, Session};
use crate::domain::{BlobHash, ConnectionId, IntentBody, MessageId};

use super::home;

/// Conversations and messages.
pub struct Messages {
    /// Whose.
    pub session: Session,
    /// Which of them.
    pub at: MessagesAt,
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
    }
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
