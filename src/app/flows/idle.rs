//! Time: nobody is taken by surprise, and nobody's session is left open.

use std::time::Duration;

use crate::app::{App, AuditEvent, Banner, CoverReason, Effect, PadStage, Screen, SignedIn};
use crate::domain::Now;

/// Quiet time after which typed digits are gone and the wall is back.
const SIGN_IN_QUIET: Duration = Duration::from_secs(45);
/// Quiet time on the monitoring text: it is long, and somebody may read slowly.
const CONSENT_QUIET: Duration = Duration::from_secs(120);
/// Quiet time under the cover after which the session ends.
const COVER_QUIET: Duration = Duration::from_secs(60);
/// Quiet time after which the wall is back in its first language, without a banner.
const WALL_QUIET: Duration = Duration::from_secs(60);

impl App {
    pub(in crate::app) fn tick(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.close_or_open(now);
        if self.end_locks(now) {
            effects.push(Effect::Refresh);
        }
        let quiet = now.boot.at.since(self.last_touch);
        effects.extend(match &mut self.screen {
            Screen::SignedIn(signed_in) => {
                let (warning, lock) = (self.policy.idle_warning, self.policy.idle_lock);
                if quiet >= lock {
                    self.last_touch = now.boot.at;
                    self.cover(CoverReason::Idle)
                } else {
                    signed_in.tick(quiet, warning, lock, now);
                    vec![Effect::RefreshLight]
                }
            }
            Screen::Covered(_) if quiet >= COVER_QUIET => {
                self.end_session(Banner::SignedOutIdle, AuditEvent::SessionTimedOut)
            }
            Screen::Consent(_) if quiet >= CONSENT_QUIET => {
                self.end_session(Banner::SignedOutIdle, AuditEvent::SessionTimedOut)
            }
            Screen::SignIn(_) if quiet >= SIGN_IN_QUIET => {
                self.screen = Screen::Wall {
                    banner: Banner::None,
                };
                vec![Effect::Refresh]
            }
            Screen::Wall { banner } if quiet >= WALL_QUIET => {
                let shown = std::mem::replace(banner, Banner::None);
                let language = self.default_language();
                if shown == Banner::None && language.is_none() {
                    vec![Effect::RefreshLight]
                } else {
                    language.into_iter().chain([Effect::Refresh]).collect()
                }
            }
            Screen::Wall { .. }
            | Screen::SignIn(_)
            | Screen::Consent(_)
            | Screen::Covered(_)
            | Screen::Closed(_) => vec![Effect::RefreshLight],
        });
        effects
    }

    /// Opens pads whose lock is over; says whether it did.
    fn end_locks(&mut self, now: Now) -> bool {
        let stage = match &mut self.screen {
            Screen::SignIn(page) => &mut page.stage,
            Screen::Covered(cover) => &mut cover.stage,
            Screen::Wall { .. } | Screen::Consent(_) | Screen::SignedIn(_) | Screen::Closed(_) => {
                return false;
            }
        };
        let over = matches!(stage, PadStage::Locked { until } if *until <= now.boot.at);
        if over {
            *stage = PadStage::Entering;
        }
        over
    }
}

impl SignedIn {
    fn tick(&mut self, quiet: Duration, warning: Duration, lock: Duration, now: Now) {
        self.idle_left = (quiet >= warning)
            .then(|| u64::try_from((lock - quiet).as_millis().div_ceil(1000)).unwrap_or(0));
        if self
            .session
            .undo
            .is_some_and(|undo| undo.until <= now.boot.at)
        {
            self.session.undo = None;
        }
    }
}
