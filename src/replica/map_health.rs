//! This kiosk's health in the words of the wire.

use std::time::Duration;

use dayroom_protocol as wire;
use dayroom_protocol::HealthReport;
use dayroom_protocol::health as said;
use dayroom_protocol::health::HealthText;
use uuid::Uuid;

use crate::domain::UtcMillis;
use crate::domain::health::facts::{
    Certificate, Closed, Device, Display, Facts, File, Life, Store, UnitState, Wear,
};
use crate::domain::health::{Check, FileFault, Finding, Line, Verdict, by_check};

/// What a report says beside facts and lines.
pub(super) struct Whole {
    pub(super) made_at: UtcMillis,
    pub(super) boot: Uuid,
    pub(super) up: Duration,
}

pub(super) fn map_report(facts: &Facts, lines: &[Line], whole: &Whole) -> HealthReport {
    let disk = facts.disk;
    let space = disk.and_then(|disk| disk.space);
    let outbox = facts.outbox;
    let screen = facts.screen;
    HealthReport {
        made_at: time(whole.made_at),
        boot: whole.boot,
        up_seconds: whole.up.as_secs(),
        screen: said::ScreenHealth {
            is: screen.map_or(said::ScreenState::Unknown, |screen| match screen.life {
                Life::Alive => said::ScreenState::Alive,
                Life::Hung => said::ScreenState::Hung,
                Life::Gone => said::ScreenState::Gone,
            }),
            closed: screen.and_then(|screen| screen.closed).map(map_closed),
            crashes: screen.and_then(|screen| screen.crashes),
        },
        versions: map_versions(facts),
        certificate: map_certificate(facts, lines),
        outbox: said::OutboxHealth {
            waiting: outbox.map(|outbox| outbox.waiting),
            oldest_at: outbox.and_then(|outbox| outbox.oldest_at).map(time),
        },
        store: map_store(facts),
        disk: said::DiskHealth {
            total: space.map(|space| space.total),
            free: space.map(|space| space.free),
            worn_percent: disk.and_then(|disk| match disk.wear {
                Wear::NotKnown => None,
                Wear::Percent { used } => Some(used),
                Wear::ReserveGone => Some(100),
            }),
        },
        clock: map_clock(facts, lines),
        last_sync: facts.sync.and_then(|sync| sync.last).map(time),
        devices: map_devices(facts),
        services: facts
            .services
            .iter()
            .flat_map(|services| &services.units)
            .take(wire::limits::HEALTH_LIST)
            .map(|unit| said::ServiceHealth {
                name: HealthText::clean(&unit.name),
                is: match unit.state {
                    UnitState::Active => said::ServiceState::Active,
                    UnitState::Inactive => said::ServiceState::Inactive,
                    UnitState::Changing => said::ServiceState::Changing,
                    UnitState::Failed => said::ServiceState::Failed,
                    UnitState::NotInstalled => said::ServiceState::Unknown,
                },
            })
            .collect(),
        checks: map_checks(lines),
    }
}

fn map_checks(lines: &[Line]) -> Vec<said::CheckResult> {
    let mut checks: Vec<said::CheckResult> = Vec::new();
    for (check, verdict) in by_check(lines) {
        let verdict = match verdict {
            Verdict::Ok => said::Verdict::Ok,
            Verdict::Warn => said::Verdict::Warn,
            Verdict::Fail => said::Verdict::Fail,
        };
        let check = map_check(check);
        // The steps of the way to central are one check there.
        match checks.iter_mut().find(|known| known.check == check) {
            Some(known) => known.verdict = verdict.max(known.verdict),
            None => checks.push(said::CheckResult { check, verdict }),
        }
    }
    checks
}

fn map_check(check: Check) -> said::Check {
    match check {
        Check::Display => said::Check::Display,
        Check::Touch => said::Check::Touch,
        Check::Readers => said::Check::Readers,
        Check::Plugged => said::Check::Plugged,
        Check::Clock => said::Check::Clock,
        Check::Disk => said::Check::Disk,
        Check::Wear => said::Check::Wear,
        Check::Store => said::Check::Store,
        Check::Certificate => said::Check::Certificate,
        Check::CentralNetwork | Check::CentralTls | Check::CentralRequest => said::Check::Central,
        Check::Sync => said::Check::Sync,
        Check::Outbox => said::Check::Outbox,
        Check::Versions => said::Check::Versions,
        Check::Services => said::Check::Services,
        Check::Screen => said::Check::Screen,
        Check::Audit => said::Check::Audit,
    }
}

fn map_closed(closed: Closed) -> said::ClosedReason {
    match closed {
        Closed::LeaseOver => said::ClosedReason::LeaseOver,
        Closed::Revoked => said::ClosedReason::Revoked,
        Closed::CertificateExpired => said::ClosedReason::CertificateExpired,
        Closed::CertificateNotYetValid => said::ClosedReason::CertificateNotYetValid,
        Closed::Clock => said::ClosedReason::Clock,
        Closed::NotReady => said::ClosedReason::NotReady,
        Closed::StoreFailed => said::ClosedReason::StoreFailed,
        Closed::OutOfOrder => said::ClosedReason::OutOfOrder,
        Closed::Retired => said::ClosedReason::Retired,
    }
}

fn map_versions(facts: &Facts) -> said::Versions {
    let versions = facts.versions.as_ref();
    let text = |text: Option<&str>| HealthText::clean(text.unwrap_or("unknown"));
    said::Versions {
        program: text(versions.map(|versions| versions.program.as_str())),
        release: versions
            .and_then(|versions| versions.release.as_deref())
            .map(HealthText::clean),
        gave_way: versions
            .and_then(|versions| versions.gave_way.as_deref())
            .map(HealthText::clean),
        sqlite: text(versions.map(|versions| versions.sqlite.as_str())),
        sqlcipher: text(versions.and_then(|versions| versions.sqlcipher.as_deref())),
    }
}

fn map_certificate(facts: &Facts, lines: &[Line]) -> said::CertificateHealth {
    let finding = lines
        .iter()
        .find(|line| line.check == Check::Certificate)
        .map(|line| &line.finding);
    let is = match (&facts.certificate, finding) {
        (None, _) => said::CertificateState::Unknown,
        (Some(Certificate::Missing), _) => said::CertificateState::Missing,
        (Some(Certificate::NoKey | Certificate::Unreadable), _) => {
            said::CertificateState::Unreadable
        }
        (Some(Certificate::Held { .. }), Some(Finding::CertificateExpired { .. })) => {
            said::CertificateState::Expired
        }
        (Some(Certificate::Held { .. }), Some(Finding::CertificateNotYetValid { .. })) => {
            said::CertificateState::NotYetValid
        }
        (Some(Certificate::Held { .. }), Some(Finding::CertificateEnding { .. })) => {
            said::CertificateState::Due
        }
        (Some(Certificate::Held { .. }), _) => said::CertificateState::Valid,
    };
    let until = match facts.certificate {
        Some(Certificate::Held { until, .. }) => Some(time(until)),
        Some(Certificate::Missing | Certificate::NoKey | Certificate::Unreadable) | None => None,
    };
    said::CertificateHealth { is, until }
}

fn map_store(facts: &Facts) -> said::StoreHealth {
    let none = said::FileHealth {
        is: said::FileState::Unknown,
        schema: None,
    };
    match facts.store {
        Some(Store::Files {
            bytes,
            cache,
            blobs,
            journal,
        }) => said::StoreHealth {
            bytes,
            cache: map_file(cache),
            blobs: map_file(blobs),
            journal: map_file(journal),
        },
        Some(Store::NoKey | Store::KeyMalformed) | None => said::StoreHealth {
            bytes: 0,
            cache: none,
            blobs: none,
            journal: none,
        },
    }
}

fn map_file(file: File) -> said::FileHealth {
    said::FileHealth {
        is: match file.fault {
            None => said::FileState::Open,
            Some(FileFault::Missing) => said::FileState::Missing,
            Some(FileFault::WrongKey) => said::FileState::WrongKey,
            Some(FileFault::Damaged) => said::FileState::Damaged,
            Some(FileFault::Newer) => said::FileState::Newer,
            Some(FileFault::Older) => said::FileState::Older,
            Some(
                FileFault::NotClosed | FileFault::Busy | FileFault::NotReadable | FileFault::Failed,
            ) => said::FileState::Failed,
        },
        schema: file.schema,
    }
}

fn map_clock(facts: &Facts, lines: &[Line]) -> said::ClockHealth {
    let clock = facts.clock;
    let finding = lines
        .iter()
        .find(|line| line.check == Check::Clock)
        .map(|line| &line.finding);
    let is = if let Some(Finding::ClockTrusted { .. }) = finding {
        said::ClockState::Trusted
    } else if let Some(Finding::ClockBehind { .. }) = finding {
        said::ClockState::BehindFloor
    } else if let Some(Finding::ClockOff { .. }) = finding {
        said::ClockState::Off
    } else if let Some(Finding::ClockUnconfirmed { .. }) = finding {
        said::ClockState::Unconfirmed
    } else {
        said::ClockState::Unknown
    };
    let source = match clock {
        None => said::ClockSource::Unknown,
        Some(clock) if clock.in_step == Some(true) => said::ClockSource::Network,
        Some(clock) if clock.rtc.is_some() => said::ClockSource::Rtc,
        Some(_) => said::ClockSource::Neither,
    };
    said::ClockHealth {
        at: time(clock.map_or(UtcMillis(0), |clock| clock.system)),
        is,
        source,
    }
}

fn map_devices(facts: &Facts) -> said::DeviceHealth {
    let presence = |devices: Option<&Vec<Device>>, expected: Option<bool>| match devices {
        None => said::Presence::NotSaid,
        Some(devices) if !devices.is_empty() => said::Presence::Present,
        Some(_) if expected == Some(true) => said::Presence::Missing,
        Some(_) => said::Presence::NotExpected,
    };
    let inputs = facts.inputs.as_ref();
    let window = matches!(facts.display, Some(Display::Desktop { .. }));
    said::DeviceHealth {
        display: match &facts.display {
            None => display(said::Presence::NotSaid),
            Some(Display::Missing) => display(said::Presence::Missing),
            Some(Display::Desktop { .. }) => display(said::Presence::Present),
            Some(Display::Panel {
                pixels,
                millimetres,
                ..
            }) => said::DisplayHealth {
                pixels: *pixels,
                millimetres: *millimetres,
                ..display(said::Presence::Present)
            },
        },
        touch: presence(inputs.map(|inputs| &inputs.touch), Some(!window)),
        reader: presence(
            inputs.map(|inputs| &inputs.readers),
            inputs.and_then(|inputs| inputs.reader_expected),
        ),
        unknown: inputs
            .iter()
            .flat_map(|inputs| &inputs.unknown)
            .take(wire::limits::HEALTH_LIST)
            .map(|device| said::UnknownDevice {
                vendor: device.vendor,
                product: device.product,
                name: HealthText::clean(&device.name),
            })
            .collect(),
    }
}

fn display(is: said::Presence) -> said::DisplayHealth {
    said::DisplayHealth {
        is,
        pixels: None,
        millimetres: None,
    }
}

fn time(at: UtcMillis) -> wire::UtcMillis {
    wire::UtcMillis(at.0)
}
