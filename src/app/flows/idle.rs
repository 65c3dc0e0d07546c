//! Time passing with nobody touching the glass: the warning, the lock, and the end of a session.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::{AuditEvent, Effect, EndCause, Event, Screen, Standing};
use crate::domain::local::{Link, ToSync};
use crate::domain::{BootMillis, Policy, ResidentId};

use super::connection_requests;
use super::cover::{self, CoverCause};
use super::messages;
use super::technician;
use super::wall::{self, Banner, Wall};

/// The least time between the warning and the lock: WCAG 2.2.1.
pub const LEAST_WARNING: Duration = Duration::from_secs(20);
/// A policy cannot lock sooner.
pub const SOONEST_LOCK: Duration = Duration::from_secs(40);
/// A policy cannot lock later.
pub const LATEST_LOCK: Duration = Duration::from_secs(30 * 60);

/// How often sync is told at most that somebody waits.
pub const HURRY_AGAIN: Duration = Duration::from_secs(5);

const SECOND: Duration = Duration::from_secs(1);

/// Whether somebody who is signed in is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// They are, or nobody is signed in.
    Active,
    /// They should say so: with a tap, for a mere touch would take the question away under the
    /// finger, which would come down on what lies beneath.
    Warned {
        /// When the screen is covered otherwise.
        covered_at: BootMillis,
    },
}

pub(in crate::app) fn state(screen: &Screen, cx: &Context) -> Idle {
    match locks(screen, cx) {
        Some((warned_at, covered_at)) if warned_at <= cx.now.boot.at => Idle::Warned { covered_at },
        Some(_) | None => Idle::Active,
    }
}

/// When `screen` is warned and covered, if it is one that is covered.
fn locks(screen: &Screen, cx: &Context) -> Option<(BootMillis, BootMillis)> {
    if matches!(screen, Screen::Consent(_)) {
        return None;
    }
    let touched = screen.session()?.touched;
    let (warning, lock) = limits(&cx.policy);
    Some((touched.plus(warning), touched.plus(lock)))
}

/// The policy's times to warning and lock, kept within reason.
fn limits(policy: &Policy) -> (Duration, Duration) {
    let lock = policy.idle_lock.clamp(SOONEST_LOCK, LATEST_LOCK);
    let warning = policy.idle_warning.max(LEAST_WARNING);
    (warning.min(lock.saturating_sub(LEAST_WARNING)), lock)
}

/// When the screen next changes by itself.
pub(in crate::app) fn due(screen: &Screen, cx: &Context) -> Option<BootMillis> {
    match screen {
        Screen::Wall(page) => return wall::due(page, cx),
        Screen::Closed(page) => return wall::closed_due(page, cx),
        Screen::SignIn(page) => return Some(page.returns_at()),
        Screen::Technician(page) => return Some(page.returns_at()),
        Screen::Consent(page) => return Some(page.returns_at()),
        Screen::Covered(page) => return Some(page.ends_at()),
        Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_) => {}
    }
    let undo = undo_end(screen).into_iter().chain(appeal_end(screen));
    let lock = locks(screen, cx).map(|(_, covered_at)| covered_at);
    undo.chain(lock).min()
}

fn undo_end(screen: &Screen) -> Option<BootMillis> {
    screen.session()?.undo.map(|bar| bar.until)
}

fn appeal_end(screen: &Screen) -> Option<BootMillis> {
    if let Screen::Messages(page) = screen {
        return page.appealed.map(|made| made.until);
    }
    None
}

/// When the warning is due, or its seconds, or those of an undo, show another number.
pub(in crate::app) fn countdown(screen: &Screen, cx: &Context) -> Option<BootMillis> {
    let now = cx.now.boot.at;
    let warning = locks(screen, cx).map(|(warned_at, covered_at)| {
        if warned_at > now {
            warned_at
        } else {
            next_second(now, covered_at)
        }
    });
    let cover = match screen {
        Screen::Covered(page) => Some(page.ends_at()),
        Screen::Wall(_)
        | Screen::SignIn(_)
        | Screen::Consent(_)
        | Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_)
        | Screen::Closed(_)
        | Screen::Technician(_) => None,
    };
    let ends = undo_end(screen).or(cover).map(|end| next_second(now, end));
    warning.into_iter().chain(ends).min()
}

/// The next moment after `now` that is whole seconds before `end`.
fn next_second(now: BootMillis, end: BootMillis) -> BootMillis {
    let left = end.since(now);
    let part = Duration::from_millis(u64::from(left.subsec_millis()));
    now.plus(if part.is_zero() { SECOND } else { part })
}

/// Lets everything take effect that is due by now, each at its own time: after a long sleep a session is
/// not only covered but ended.
pub(in crate::app) fn pass_time(mut screen: Screen, cx: &mut Context) -> Screen {
    while let Some(at) = due(&screen, cx)
        && at <= cx.now.boot.at
    {
        screen = expire(screen, at, cx);
    }
    screen
}

fn expire(mut screen: Screen, at: BootMillis, cx: &mut Context) -> Screen {
    match &mut screen {
        Screen::Wall(page) => wall::expire(page, at, cx),
        Screen::Closed(page) => wall::expire_closed(page, at, cx),
        Screen::SignIn(page) => {
            let touched = page.touched;
            return Screen::Wall(Wall {
                touched,
                ..Wall::empty(at)
            });
        }
        Screen::Technician(_) => {
            if let Screen::Technician(page) = screen {
                return technician::leave(page, at);
            }
        }
        Screen::Consent(_) => return end(screen, EndCause::ConsentQuiet, cx),
        Screen::Covered(_) => return end(screen, EndCause::Idle, cx),
        Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_) => {
            if let Some(session) = screen.session_mut() {
                connection_requests::expire(session, at);
            }
            if let Screen::Messages(page) = &mut screen {
                messages::expire(page, at);
            }
        }
    }
    match locks(&screen, cx) {
        Some((_, covered_at)) if covered_at <= at => {
            cover::cover(screen, CoverCause::Idle, covered_at, cx)
        }
        Some(_) | None => screen,
    }
}

/// Ends whatever somebody was doing and gives the wall back; the wall itself stays as it is.
pub(in crate::app) fn end(screen: Screen, cause: EndCause, cx: &mut Context) -> Screen {
    match &screen {
        Screen::Wall(_) | Screen::Closed(_) | Screen::Technician(_) => return screen,
        Screen::SignIn(_) => return Screen::Wall(Wall::empty(cx.now.boot.at)),
        Screen::Consent(_)
        | Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_)
        | Screen::Covered(_) => {}
    }
    drop(screen);
    cx.effect(Effect::ClearPerson);
    cx.effect(Effect::Audit(AuditEvent::SessionEnd(cause)));
    Screen::Wall(Wall {
        banner: Banner::after(cause),
        ..Wall::empty(cx.now.boot.at)
    })
}

/// Ends the session of somebody who may not be signed in here any more.
pub(in crate::app) fn roster_changed(
    screen: Screen,
    resident: ResidentId,
    standing: Standing,
    cx: &mut Context,
) -> Screen {
    if screen.resident() != Some(resident) {
        return screen;
    }
    let cause = match standing {
        Standing::MovedAway => EndCause::MovedAway,
        Standing::Frozen => EndCause::Frozen,
        Standing::PinReplaced => EndCause::PinReplaced,
    };
    end(screen, cause, cx)
}

/// Whether `event` shows that somebody is there and wants what is on the screen.
pub(in crate::app) fn is_answer(event: &Event, screen: &Screen, cx: &Context) -> bool {
    match event {
        Event::Runtime(_) => false,
        // Nor does it wake the dark glass, whose light would come up under the finger.
        Event::Touched => state(screen, cx) == Idle::Active && !wall::is_dim(screen, cx),
        Event::Wall(_)
        | Event::Pad(_)
        | Event::Consent(_)
        | Event::Requests(_)
        | Event::Messages(_)
        | Event::Compose(_)
        | Event::Contacts(_)
        | Event::Find(_)
        | Event::Reading(_)
        | Event::Account(_)
        | Event::Session(_)
        | Event::Technician(_) => true,
    }
}

/// Somebody touched the glass of a kiosk where nobody is signed in.
pub(in crate::app) fn come_near(screen: &Screen, cx: &mut Context) {
    if matches!(screen, Screen::Wall(_) | Screen::Closed(_)) {
        person_waits(cx);
    }
}

/// Has sync hurry while somebody stands at the glass, once in [`HURRY_AGAIN`].
pub(in crate::app) fn person_waits(cx: &mut Context) {
    let now = cx.now.boot.at;
    let lately = cx.hurried.is_some_and(|at| now < at.plus(HURRY_AGAIN));
    if cx.link != Link::Online && !lately {
        cx.hurried = Some(now);
        cx.effect(Effect::TellSync(ToSync::PersonWaiting));
    }
}
