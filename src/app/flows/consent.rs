//! The facility's monitoring text, agreed to at every sign-in before anything else is shown.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{ConsentTap, EndCause, Screen, Session};
use crate::domain::{BootMillis, IntentBody};

use super::idle;
use super::sign_in::PAGE_QUIET;

/// The page with the monitoring text.
pub struct Consent {
    /// Who reads it.
    pub session: Session,
    /// The version that is on the screen.
    pub version: u32,
}

impl Consent {
    /// When the wall comes back if nobody touches the glass.
    pub fn returns_at(&self) -> BootMillis {
        self.session.touched.plus(PAGE_QUIET)
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: ConsentTap, cx: &mut Context) -> Screen {
    let Screen::Consent(page) = screen else {
        return screen;
    };
    match tap {
        ConsentTap::Agreed { version } if version == page.version => {
            cx.record(page.session.resident, IntentBody::Consent { version }, None);
            Place::Home.enter(page.session, version)
        }
        // The text changed under the finger: what is on the screen now has not been agreed to.
        ConsentTap::Agreed { .. } => Screen::Consent(page),
        ConsentTap::Declined => idle::end(Screen::Consent(page), EndCause::ConsentDecline, cx),
    }
}

/// Shows the newest text to somebody who has not agreed yet.
pub(in crate::app) fn follow_policy(mut screen: Screen, cx: &Context) -> Screen {
    if let Screen::Consent(page) = &mut screen {
        page.version = cx.policy.consent_version;
    }
    screen
}
