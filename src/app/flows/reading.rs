//! Notices and the handbook for somebody signed in, and what has to be acknowledged.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};
use crate::domain::{IntentBody, NoticeId};

use super::home;

/// Notices and handbook.
pub struct Reading {
    /// Who reads.
    pub session: Session,
    /// Which page.
    pub at: ReadingAt,
}

/// Where in the notices and the handbook somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingAt {
    /// All of them.
    List,
    /// One.
    One(NoticeId),
}

/// Taps while reading.
#[derive(Clone, Debug)]
pub enum ReadingTap {
    /// Wants the list.
    OpenReading,
    /// Wants one of them.
    OpenPage(NoticeId),
    /// Says that they have read it.
    Acknowledged {
        /// Which.
        notice: NoticeId,
        /// Its version, as it was on the screen.
        version: u32,
    },
}

pub(in crate::app) fn tap(screen: Screen, tap: ReadingTap, cx: &mut Context) -> Screen {
    match tap {
        ReadingTap::Acknowledged { notice, version } => {
            if let Screen::Reading(page) = &screen
                && page.at == ReadingAt::One(notice)
            {
                let body = IntentBody::AcknowledgeNotice { notice, version };
                cx.record(page.session.resident, body, None);
            }
            screen
        }
        ReadingTap::OpenReading => home::go(screen, |_| Some(Place::Reading(ReadingAt::List))),
        ReadingTap::OpenPage(id) => home::go(screen, |_| Some(Place::Reading(ReadingAt::One(id)))),
    }
}
