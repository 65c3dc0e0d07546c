use std::cmp::Reverse;
use std::fmt;

use dayroom_protocol::health::{
    CertificateState, Check, ClockState, ClosedReason, HealthText, ScreenState, UnknownDevice,
    Verdict,
};
use dayroom_protocol::{HealthReport, UtcMillis};
use serde::{Deserialize, Serialize};

/// A kiosk reports every five minutes; three reports that did not come are silence.
pub const SILENT_AFTER_MILLIS: i64 = 15 * 60 * 1000;
/// A certificate lives 30 days and is renewed from day 10 on: with this much left, renewing has
/// failed for almost two weeks.
const CERTIFICATE_WARN_DAYS: i64 = 7;
/// With this much left, somebody has to go there now.
const CERTIFICATE_FAIL_DAYS: i64 = 2;
/// A report travels for seconds; a clock that is further away from central's is wrong.
const CLOCK_OFF_MILLIS: i64 = 2 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What an operator is to know first about a kiosk, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum KioskState {
    /// Nothing came from it for longer than [`SILENT_AFTER_MILLIS`].
    Silent {
        /// When it was last heard.
        since: UtcMillis,
    },
    /// Its screen process is not there.
    ScreenGone,
    /// Its screen process is there and does nothing.
    ScreenHung,
    /// Nobody can sign in there.
    Closed {
        /// Why.
        reason: ClosedReason,
    },
    /// It was never here.
    NeverHere,
    /// It is here and says nothing of its health: an older program.
    NotReporting,
    /// People can sign in.
    Open,
    /// It was taken out of service.
    OutOfService {
        /// When.
        since: UtcMillis,
    },
}

impl KioskState {
    /// How bad it is by itself.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Silent { .. } | Self::ScreenGone | Self::ScreenHung | Self::Closed { .. } => {
                Verdict::Fail
            }
            Self::NeverHere | Self::NotReporting => Verdict::Warn,
            Self::Open | Self::OutOfService { .. } => Verdict::Ok,
        }
    }
}

/// What central makes of a kiosk at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) state: KioskState,
    /// The worst of state, checks and what central sees itself.
    pub(crate) verdict: Verdict,
    /// Checks that are not well, the worst first.
    pub(crate) troubles: Vec<(Check, Verdict)>,
    /// Whole days until the certificate ends; negative after.
    pub(crate) certificate_days: Option<i64>,
    /// How far its clock was ahead of central's when the report came.
    pub(crate) clock_ahead_millis: Option<i64>,
}

/// What central knows of a kiosk.
pub(crate) struct Known<'a> {
    pub(crate) retired_at: Option<UtcMillis>,
    /// When it last pulled.
    pub(crate) contact_at: Option<UtcMillis>,
    /// Its newest report, and when that came.
    pub(crate) report: Option<(&'a HealthReport, UtcMillis)>,
}

impl Known<'_> {
    /// When it was last heard.
    pub(crate) fn heard_at(&self) -> Option<UtcMillis> {
        self.contact_at.max(self.report.map(|(_, at)| at))
    }
}

/// Judges a kiosk at `now`. What a kiosk said is worth as much as it is old: what only central can
/// know (silence, a certificate that ends meanwhile) is added.
pub(crate) fn judge(known: &Known<'_>, now: UtcMillis) -> Judged {
    let state = state(known, now);
    let report = known.report.map(|(report, _)| report);
    let certificate_days = report
        .and_then(|report| report.certificate.until)
        .map(|until| until.millis_since(now).div_euclid(DAY_MILLIS));
    let clock_ahead_millis = known
        .report
        .map(|(report, taken_at)| report.clock.at.millis_since(taken_at));
    let mut troubles: Vec<(Check, Verdict)> = Vec::new();
    let mut add = |check, verdict: Verdict| {
        if verdict == Verdict::Ok {
            return;
        }
        match troubles.iter_mut().find(|(known, _)| *known == check) {
            Some((_, known)) => *known = verdict.max(*known),
            None => troubles.push((check, verdict)),
        }
    };
    for result in report.iter().flat_map(|report| &report.checks) {
        add(result.check, result.verdict.in_known_words());
    }
    if report.is_some() {
        add(Check::Certificate, certificate_verdict(certificate_days));
    }
    if clock_ahead_millis.is_some_and(|ahead| ahead.abs() > CLOCK_OFF_MILLIS) {
        add(Check::Clock, Verdict::Warn);
    }
    troubles.sort_by_key(|(check, verdict)| (Reverse(*verdict), *check));
    let in_service = !matches!(state, KioskState::OutOfService { .. });
    let of_checks = troubles
        .first()
        .map_or(Verdict::Ok, |(_, verdict)| *verdict);
    Judged {
        state,
        verdict: if in_service {
            state.verdict().max(of_checks)
        } else {
            Verdict::Ok
        },
        troubles,
        certificate_days,
        clock_ahead_millis,
    }
}

fn state(known: &Known<'_>, now: UtcMillis) -> KioskState {
    if let Some(since) = known.retired_at {
        return KioskState::OutOfService { since };
    }
    let Some(heard_at) = known.heard_at() else {
        return KioskState::NeverHere;
    };
    if now.millis_since(heard_at) > SILENT_AFTER_MILLIS {
        return KioskState::Silent { since: heard_at };
    }
    match known.report {
        None => KioskState::NotReporting,
        Some((report, _)) => said_state(report),
    }
}

/// The state a report speaks of.
fn said_state(report: &HealthReport) -> KioskState {
    match (report.screen.is, report.screen.closed) {
        (ScreenState::Gone, _) => KioskState::ScreenGone,
        (ScreenState::Hung, _) => KioskState::ScreenHung,
        (ScreenState::Alive | ScreenState::Unknown, Some(reason)) => KioskState::Closed { reason },
        (ScreenState::Alive | ScreenState::Unknown, None) => KioskState::Open,
    }
}

fn certificate_verdict(days: Option<i64>) -> Verdict {
    match days {
        Some(days) if days <= CERTIFICATE_FAIL_DAYS => Verdict::Fail,
        Some(days) if days <= CERTIFICATE_WARN_DAYS => Verdict::Warn,
        Some(_) | None => Verdict::Ok,
    }
}

/// Something that is otherwise than in the report before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum HealthChange {
    /// The first report.
    First,
    /// It was silent, and is heard again.
    HeardAgain {
        /// Since when it was silent.
        silent_since: UtcMillis,
    },
    /// The machine was started anew.
    Restarted,
    /// The screen process ended unasked.
    Crashed {
        /// How often since the machine started.
        count: u32,
    },
    /// The screen process is otherwise.
    Screen {
        /// How.
        to: ScreenState,
    },
    /// Nobody can sign in any more.
    Closed {
        /// Why.
        reason: ClosedReason,
    },
    /// People can sign in again.
    Opened,
    /// A check came to something else.
    Check {
        /// Which.
        check: Check,
        /// What it was.
        from: Verdict,
        /// What it is.
        to: Verdict,
    },
    /// Another program runs.
    Version {
        /// Its version.
        program: HealthText,
        /// The release of the image.
        release: Option<HealthText>,
    },
    /// A release did not hold, and the one before is back.
    GaveWay {
        /// Which.
        release: HealthText,
    },
    /// The certificate is otherwise.
    Certificate {
        /// How.
        to: CertificateState,
        /// Until when it holds.
        until: Option<UtcMillis>,
    },
    /// The clock is otherwise.
    Clock {
        /// How.
        to: ClockState,
    },
    /// Something that is not on the kiosk's list was plugged in.
    Plugged {
        /// What.
        device: UnknownDevice,
    },
    /// It was taken out again.
    Unplugged {
        /// What.
        device: UnknownDevice,
    },
    /// Something an older central does not know.
    #[serde(other)]
    Unknown,
}

/// What is otherwise in `report`, which came at `now`, than in the one `before`.
pub(crate) fn changes(
    before: Option<(&HealthReport, UtcMillis)>,
    report: &HealthReport,
    now: UtcMillis,
) -> Vec<HealthChange> {
    let Some((old, heard_at)) = before else {
        return vec![HealthChange::First];
    };
    let mut found = Vec::new();
    if now.millis_since(heard_at) > SILENT_AFTER_MILLIS {
        found.push(HealthChange::HeardAgain {
            silent_since: heard_at,
        });
    }
    let restarted = old.boot != report.boot;
    if restarted {
        found.push(HealthChange::Restarted);
    }
    let crashes_before = old.screen.crashes.filter(|_| !restarted).unwrap_or(0);
    if let Some(count) = report
        .screen
        .crashes
        .filter(|count| *count > crashes_before)
    {
        found.push(HealthChange::Crashed { count });
    }
    if old.screen.is != report.screen.is {
        found.push(HealthChange::Screen {
            to: report.screen.is,
        });
    }
    match report.screen.closed {
        Some(reason) if old.screen.closed != Some(reason) => {
            found.push(HealthChange::Closed { reason });
        }
        // Who does not hear the screen cannot say that it opened.
        None if old.screen.closed.is_some() && report.screen.is == ScreenState::Alive => {
            found.push(HealthChange::Opened);
        }
        Some(_) | None => {}
    }
    if old.versions.program != report.versions.program
        || old.versions.release != report.versions.release
    {
        found.push(HealthChange::Version {
            program: report.versions.program.clone(),
            release: report.versions.release.clone(),
        });
    }
    if let Some(release) = &report.versions.gave_way
        && old.versions.gave_way.as_ref() != Some(release)
    {
        let release = release.clone();
        found.push(HealthChange::GaveWay { release });
    }
    if old.certificate != report.certificate {
        found.push(HealthChange::Certificate {
            to: report.certificate.is,
            until: report.certificate.until,
        });
    }
    if old.clock.is != report.clock.is {
        found.push(HealthChange::Clock {
            to: report.clock.is,
        });
    }
    let (was, is) = (&old.devices.unknown, &report.devices.unknown);
    let new = |some: &[UnknownDevice], others: &[UnknownDevice]| -> Vec<UnknownDevice> {
        let fresh = some.iter().filter(|device| !others.contains(device));
        fresh.cloned().collect()
    };
    found.extend(
        new(is, was)
            .into_iter()
            .map(|device| HealthChange::Plugged { device }),
    );
    found.extend(
        new(was, is)
            .into_iter()
            .map(|device| HealthChange::Unplugged { device }),
    );
    for result in &report.checks {
        let from = old.checks.iter().find(|old| old.check == result.check);
        if let Some(from) = from
            && from.verdict != result.verdict
        {
            found.push(HealthChange::Check {
                check: result.check,
                from: from.verdict,
                to: result.verdict,
            });
        }
    }
    found
}

impl fmt::Display for HealthChange {
    /// In words for an operator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first report"),
            Self::HeardAgain { .. } => f.write_str("heard again after silence"),
            Self::Restarted => f.write_str("machine started anew"),
            Self::Crashed { count } => {
                write!(
                    f,
                    "screen ended unasked ({count} since the machine started)"
                )
            }
            Self::Screen { to } => write!(f, "screen: {to}"),
            Self::Closed { reason } => write!(f, "closed: {reason}"),
            Self::Opened => f.write_str("open again"),
            Self::Check { check, from, to } => write!(f, "{check}: {from} -> {to}"),
            Self::Version { program, release } => match release {
                Some(release) => write!(f, "version {program}, release {release}"),
                None => write!(f, "version {program}"),
            },
            Self::GaveWay { release } => {
                write!(f, "release {release} did not hold, the one before is back")
            }
            Self::Certificate { to, .. } => write!(f, "certificate: {to}"),
            Self::Clock { to } => write!(f, "clock: {to}"),
            Self::Plugged { device } => write!(f, "plugged in: {}", Plug(device)),
            Self::Unplugged { device } => write!(f, "taken out: {}", Plug(device)),
            Self::Unknown => f.write_str("something this program does not know"),
        }
    }
}

/// A device as USB tools write it.
pub(crate) struct Plug<'a>(pub(crate) &'a UnknownDevice);

impl fmt::Display for Plug<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(device) = self;
        write!(
            f,
            "{:04x}:{:04x} {}",
            device.vendor, device.product, device.name
        )
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
