//! Home, requests, messages and pictures of the person who is signed in.

use crate::app::{
    App, AuditEvent, Banner, CoverReason, Effect, Event, Page, Screen, SignedIn, Undo,
};
use crate::domain::{IntentBody, Now, UNDO_SHOWN};

impl App {
    pub(in crate::app) fn on_signed_in(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::SignOutPressed => {
                return self.end_session(Banner::SignedOut, AuditEvent::SessionEnded);
            }
            Event::HidePressed => return self.cover(CoverReason::Hidden),
            _ => {}
        }
        let Screen::SignedIn(signed_in) = &mut self.screen else {
            return Vec::new();
        };
        // Any touch answers the warning; the tap that did it does nothing else.
        if signed_in.idle_left.take().is_some() && event.is_touch() {
            return vec![Effect::Refresh];
        }
        signed_in.handle(event, now)
    }

    /// Ends whatever session there is; the person's answers stay.
    pub(in crate::app) fn end_session(&mut self, banner: Banner, why: AuditEvent) -> Vec<Effect> {
        if self.screen.session().is_none() {
            return Vec::new();
        }
        self.screen = Screen::Wall { banner };
        let mut effects = vec![Effect::ClearPerson, Effect::Audit(why)];
        effects.extend(self.default_language());
        effects.push(Effect::Refresh);
        effects
    }
}

impl SignedIn {
    fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let resident = self.session.resident;
        match (event, self.page) {
            (Event::HomePressed, _) => self.page = Page::Home,
            (Event::OpenRequests, _) => self.page = Page::Requests { open: None },
            (Event::OpenMessages, _) => self.page = Page::Messages { open: None },
            (Event::OpenRequest(id), Page::Requests { .. }) => {
                self.page = Page::Requests { open: Some(id) };
            }
            (Event::Back, Page::Requests { open: Some(_) }) => {
                self.page = Page::Requests { open: None };
            }
            (Event::OpenConversation(id), Page::Messages { .. }) => {
                self.page = Page::Messages { open: Some(id) };
            }
            (Event::Back, Page::Messages { open: Some(_) }) => {
                self.page = Page::Messages { open: None };
            }
            (Event::Back, _) => self.page = Page::Home,
            (Event::OpenMessage(message), Page::Messages { open: Some(_) }) => {
                let body = IntentBody::ReadMessage { message };
                return vec![
                    Effect::Record {
                        resident,
                        body,
                        held: false,
                    },
                    Effect::Refresh,
                ];
            }
            (Event::Answer(connection, answer), Page::Requests { .. }) => {
                let body = IntentBody::AnswerConnection { connection, answer };
                return vec![
                    Effect::Record {
                        resident,
                        body,
                        held: true,
                    },
                    Effect::Refresh,
                ];
            }
            (Event::AnswerRecorded { number, connection }, _) => {
                let until = now.boot.at.plus(UNDO_SHOWN);
                self.session.undo = Some(Undo {
                    number,
                    connection,
                    until,
                });
            }
            (Event::UndoPressed, _) => {
                let Some(undo) = self.session.undo.take() else {
                    return Vec::new();
                };
                return vec![Effect::Undo(undo.number), Effect::Refresh];
            }
            (
                Event::OpenPhoto(message, index),
                Page::Messages {
                    open: Some(connection),
                },
            ) => {
                self.page = Page::Photo {
                    connection,
                    message,
                    index,
                };
            }
            (
                Event::NextPhoto,
                Page::Photo {
                    connection,
                    message,
                    index,
                },
            ) => {
                self.page = Page::Photo {
                    connection,
                    message,
                    index: index.saturating_add(1),
                };
            }
            (
                Event::PreviousPhoto,
                Page::Photo {
                    connection,
                    message,
                    index,
                },
            ) => {
                self.page = Page::Photo {
                    connection,
                    message,
                    index: index.saturating_sub(1),
                };
            }
            (Event::ClosePhoto, Page::Photo { connection, .. }) => {
                self.page = Page::Messages {
                    open: Some(connection),
                };
            }
            _ => return Vec::new(),
        }
        vec![Effect::Refresh]
    }
}
