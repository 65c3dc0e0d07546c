//! Nobody signed in: public notices, the language, and the way in.
//! Reading here leaves no trace: no effect but the language.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::{AuditEvent, ClosedReason, Effect, EndCause, Screen, WallTap};
use crate::domain::local::{Link, OfflineCause};
use crate::domain::{BootMillis, NoticeId};

use super::account;
use super::idle;
use super::sign_in::SignIn;
use super::technician;

/// How long the wall says how the last session ended.
pub const BANNER_SHOWN: Duration = Duration::from_secs(20);
/// Quiet time after which a notice closes.
pub const NOTICE_QUIET: Duration = Duration::from_secs(60);
/// Quiet time after which the wall speaks its first language again.
pub const LANGUAGE_QUIET: Duration = Duration::from_secs(60);

/// Quiet time after which the light of the wall goes down.
pub const DIM_QUIET: Duration = Duration::from_secs(60);

/// The wall.
pub struct Wall {
    /// How the last session ended, for a while.
    pub banner: Option<Banner>,
    /// What is open above it.
    pub open: Option<Open>,
    pub(in crate::app) since: BootMillis,
    pub(in crate::app) touched: BootMillis,
}

/// The wall of a kiosk where nobody can sign in.
pub struct Closed {
    /// Why.
    pub reason: ClosedReason,
    /// What is open above it.
    pub open: Option<Open>,
    pub(in crate::app) touched: BootMillis,
}

/// What can be read without signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// A notice.
    Notice(NoticeId),
    /// Help. That somebody read it is nobody's business (28 CFR 115.51).
    Help(HelpTopic),
}

/// What help there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpTopic {
    /// Numbers to call.
    Hotlines,
    /// What people here have a right to.
    Rights,
    /// About abuse, and how to report to somebody outside.
    Safety,
    /// How to use this terminal.
    Using,
}

/// How the last session ended, in words that name nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    /// By tap.
    SignedOut,
    /// Because nobody was there.
    SignedOutIdle,
    /// Because the monitoring text was not agreed to.
    ConsentNeeded,
    /// Because the person does not belong to this unit any more.
    MovedAway,
    /// Because staff closed the person's sign-in.
    Frozen,
    /// Because the person closed it.
    FrozenByResident,
    /// Because staff gave the person another PIN.
    PinReplaced,
}

impl Banner {
    pub(in crate::app) fn after(cause: EndCause) -> Option<Self> {
        match cause {
            EndCause::SignOut | EndCause::BadgeGone => Some(Self::SignedOut),
            EndCause::Idle | EndCause::ConsentQuiet => Some(Self::SignedOutIdle),
            EndCause::ConsentDecline => Some(Self::ConsentNeeded),
            EndCause::MovedAway => Some(Self::MovedAway),
            EndCause::Frozen => Some(Self::Frozen),
            EndCause::FrozenByResident => Some(Self::FrozenByResident),
            EndCause::PinReplaced => Some(Self::PinReplaced),
            EndCause::KioskClose => None,
        }
    }
}

impl Wall {
    /// A wall with nothing on it but what is public.
    pub(in crate::app) fn empty(now: BootMillis) -> Self {
        Self {
            banner: None,
            open: None,
            since: now,
            touched: now,
        }
    }
}

/// A tap on the wall, open or closed; the language can also be chosen elsewhere.
pub(in crate::app) fn tap(mut screen: Screen, tap: WallTap, cx: &mut Context) -> Screen {
    match tap {
        WallTap::SignInPressed => {
            if matches!(screen, Screen::Wall(_)) {
                idle::person_waits(cx);
                screen = Screen::SignIn(SignIn::new(cx.now.boot.at));
            }
        }
        WallTap::LanguageChosen(tag) => {
            if cx.policy.languages.contains(&tag) {
                account::follow_language(&mut screen, &tag, cx);
                cx.select_language(tag);
            }
        }
        // Touching it was all.
        WallTap::Woken => {}
        WallTap::OpenNotice(id) => set_open(&mut screen, Some(Open::Notice(id))),
        WallTap::OpenHelp(topic) => set_open(&mut screen, Some(Open::Help(topic))),
        WallTap::CloseReading => set_open(&mut screen, None),
    }
    screen
}

fn set_open(screen: &mut Screen, to: Option<Open>) {
    if let Screen::Wall(Wall { open, .. }) | Screen::Closed(Closed { open, .. }) = screen {
        *open = to;
    }
}

/// Nobody can sign in from now on; whoever is signed in is signed out.
pub(in crate::app) fn close(screen: Screen, reason: ClosedReason, cx: &mut Context) -> Screen {
    if let Screen::Closed(page) = &screen
        && page.reason == reason
    {
        return screen;
    }
    if let Screen::Technician(mut page) = screen {
        // Whoever mends it stays.
        if page.closed != Some(reason) {
            page.closed = Some(reason);
            cx.effect(Effect::Audit(AuditEvent::KioskClose(reason)));
        }
        return Screen::Technician(page);
    }
    let screen = idle::end(screen, EndCause::KioskClose, cx);
    let open = match &screen {
        Screen::Wall(Wall { open, .. }) | Screen::Closed(Closed { open, .. }) => *open,
        Screen::SignIn(_)
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
        | Screen::Covered(_)
        | Screen::Technician(_) => None,
    };
    cx.effect(Effect::Audit(AuditEvent::KioskClose(reason)));
    Screen::Closed(Closed {
        reason,
        open,
        touched: cx.now.boot.at,
    })
}

/// People can sign in again.
pub(in crate::app) fn open(screen: Screen, cx: &mut Context) -> Screen {
    if let Screen::Technician(page) = screen {
        if page.closed.is_some() {
            cx.effect(Effect::Audit(AuditEvent::KioskOpen));
        }
        return technician::opened(page, cx.now.boot.at);
    }
    let Screen::Closed(page) = screen else {
        return screen;
    };
    cx.effect(Effect::Audit(AuditEvent::KioskOpen));
    Screen::Wall(Wall {
        open: page.open,
        touched: page.touched,
        ..Wall::empty(cx.now.boot.at)
    })
}

/// Central was silent for too long.
pub(in crate::app) fn close_if_lease_over(screen: Screen, cx: &mut Context) -> Screen {
    if !cx.is_lease_over() {
        return screen;
    }
    let reason = why_lease_is_over(cx);
    let stays = match closed_for(&screen) {
        None => false,
        // More is known by now than that it was silent.
        Some(ClosedReason::LeaseOver) => reason == ClosedReason::LeaseOver,
        Some(ClosedReason::Expired | ClosedReason::ClockWrong) => reason == ClosedReason::LeaseOver,
        Some(ClosedReason::Revoked | ClosedReason::NotReady | ClosedReason::StoreFailed) => true,
    };
    if stays {
        screen
    } else {
        close(screen, reason, cx)
    }
}

/// What has to be done before central can speak again.
fn why_lease_is_over(cx: &Context) -> ClosedReason {
    let Link::Offline { cause, .. } = &cx.link else {
        return ClosedReason::LeaseOver;
    };
    match cause {
        OfflineCause::CertificateExpired => ClosedReason::Expired,
        OfflineCause::CertificateNotYetValid
        | OfflineCause::ServerExpired
        | OfflineCause::ServerNotYetValid => ClosedReason::ClockWrong,
        OfflineCause::Unreachable
        | OfflineCause::WrongServer
        | OfflineCause::Refused
        | OfflineCause::Revoked
        | OfflineCause::KeyFailed
        | OfflineCause::BadAnswer => ClosedReason::LeaseOver,
    }
}

/// Why the screen says that the kiosk is closed, if it does.
fn closed_for(screen: &Screen) -> Option<ClosedReason> {
    match screen {
        Screen::Closed(page) => Some(page.reason),
        Screen::Technician(page) => page.closed,
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
        | Screen::Covered(_) => None,
    }
}

/// Opens or closes by what is known of the contact with central. A revoked kiosk stays closed until
/// central answers it again, whatever is said of the contact meanwhile.
pub(in crate::app) fn follow_link(screen: Screen, cx: &mut Context) -> Screen {
    cx.refresh();
    let revoked = OfflineCause::Revoked;
    let is_revoked = matches!(&cx.link, Link::Offline { cause, .. } if *cause == revoked);
    match closed_for(&screen) {
        Some(ClosedReason::StoreFailed | ClosedReason::NotReady) => screen,
        Some(ClosedReason::Revoked) if cx.link == Link::Online => open(screen, cx),
        Some(ClosedReason::LeaseOver | ClosedReason::Expired | ClosedReason::ClockWrong)
            if !is_revoked && !cx.is_lease_over() =>
        {
            open(screen, cx)
        }
        Some(
            ClosedReason::Revoked
            | ClosedReason::LeaseOver
            | ClosedReason::Expired
            | ClosedReason::ClockWrong,
        )
        | None => {
            if is_revoked {
                close(screen, ClosedReason::Revoked, cx)
            } else {
                screen
            }
        }
    }
}

/// Whether nobody has touched the wall for so long that its light is down.
pub(in crate::app) fn is_dim(screen: &Screen, cx: &Context) -> bool {
    dims_at(screen).is_some_and(|at| at <= cx.now.boot.at)
}

/// When the light of the wall goes down, if it is not down already.
pub(in crate::app) fn next_dim(screen: &Screen, cx: &Context) -> Option<BootMillis> {
    dims_at(screen).filter(|at| *at > cx.now.boot.at)
}

/// Only where nobody is signed in: a session is warned and covered instead.
fn dims_at(screen: &Screen) -> Option<BootMillis> {
    let touched = match screen {
        Screen::Wall(page) => page.touched,
        Screen::Closed(page) => page.touched,
        Screen::SignIn(_)
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
        | Screen::Covered(_)
        | Screen::Technician(_) => return None,
    };
    Some(touched.plus(DIM_QUIET))
}

/// When something on the wall goes by itself.
pub(in crate::app) fn due(page: &Wall, cx: &Context) -> Option<BootMillis> {
    let banner = page.banner.map(|_| page.since.plus(BANNER_SHOWN));
    banner
        .into_iter()
        .chain(quiet(page.open, page.touched, cx))
        .min()
}

/// The same on the wall of a closed kiosk.
pub(in crate::app) fn closed_due(page: &Closed, cx: &Context) -> Option<BootMillis> {
    quiet(page.open, page.touched, cx).min()
}

fn quiet(
    open: Option<Open>,
    touched: BootMillis,
    cx: &Context,
) -> impl Iterator<Item = BootMillis> {
    let open = open.map(|_| touched.plus(NOTICE_QUIET));
    let foreign = cx.language != cx.default_language();
    let language = foreign.then(|| touched.plus(LANGUAGE_QUIET));
    open.into_iter().chain(language)
}

/// Lets go what is due by `at`.
pub(in crate::app) fn expire(page: &mut Wall, at: BootMillis, cx: &mut Context) {
    if page.since.plus(BANNER_SHOWN) <= at {
        page.banner = None;
    }
    expire_quiet(&mut page.open, page.touched, at, cx);
}

/// The same on the wall of a closed kiosk.
pub(in crate::app) fn expire_closed(page: &mut Closed, at: BootMillis, cx: &mut Context) {
    expire_quiet(&mut page.open, page.touched, at, cx);
}

fn expire_quiet(open: &mut Option<Open>, touched: BootMillis, at: BootMillis, cx: &mut Context) {
    if touched.plus(NOTICE_QUIET) <= at {
        *open = None;
    }
    if touched.plus(LANGUAGE_QUIET) <= at {
        cx.select_language(cx.default_language());
    }
}
