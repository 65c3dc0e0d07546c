use super::facts::{
    Audit, Central, Certificate, Clock, Disk, Display, Facts, File, Inputs, Life, Outbox, Screen,
    Services, Step, Store, Sync, UnitState, Versions, Wear,
};
use super::{Check, FileFault, Finding, Line, LinkTrouble, Verdict};
use crate::domain::UtcMillis;

/// The limits a check goes by, each with its reason.
pub mod limits {
    use std::time::Duration;

    use crate::domain::UtcMillis;

    /// A log of a large transaction, an index at work and the largest blob fit in this.
    pub const DISK_FULL: u64 = 96 * 1024 * 1024;
    /// A first fill of a unit of 240 people takes this much.
    pub const DISK_LOW: u64 = 512 * 1024 * 1024;
    /// A flash device slows and wears out faster beyond this.
    pub const WEAR_WARN_PERCENT: u8 = 80;
    /// A certificate lives 30 days and is renewed from day 10 on: with so many left, renewing has
    /// failed for almost two weeks.
    pub const CERTIFICATE_WARN_DAYS: i64 = 7;
    /// With so many left, somebody has to see to it now.
    pub const CERTIFICATE_FAIL_DAYS: i64 = 2;
    /// A person at the glass waits for a poke's page about this long before they notice.
    pub const REQUEST_SLOW: Duration = Duration::from_secs(2);
    /// A kiosk pulls every five minutes; this is three pulls that got no answer.
    pub const SYNC_OLD: Duration = Duration::from_secs(15 * 60);
    /// Sign-in closes when the lease ends; with a week left somebody should be on the way.
    pub const LEASE_ENDING: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// What people do leaves within seconds; this long means that it does not leave.
    pub const OUTBOX_OLD: Duration = Duration::from_secs(15 * 60);
    /// After a day the sender has given the message up for lost.
    pub const OUTBOX_STUCK: Duration = Duration::from_secs(24 * 60 * 60);
    /// Clocks of machines that are in step differ by less, in milliseconds.
    pub const CLOCK_OFF_MS: i64 = 2 * 60 * 1000;
    /// From here on a certificate that holds may seem not to, in milliseconds.
    pub const CLOCK_WRONG_MS: i64 = 12 * 60 * 60 * 1000;
    /// Before any of this program was written: 2026-11-01T00:00:00Z. No clock says less and is right.
    pub const PROGRAM_IS_NOT_OLDER: UtcMillis = UtcMillis(1_793_491_200_000);
    /// So many ends of the screen since the machine started are no accident.
    pub const CRASHES_WARN: u32 = 1;
    /// So many, and it is in a loop.
    pub const CRASHES_FAIL: u32 = 5;
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes a line of every fact, in the order of [`Check`]. `now` is the best time that is known: the
/// system's clock, or the floor if that is later.
pub fn judge(facts: &Facts, now: UtcMillis) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |check, verdict, finding| {
        lines.push(Line {
            check,
            verdict,
            finding,
        });
    };
    if let Some(found) = &facts.display {
        let (verdict, finding) = display(found);
        say(Check::Display, verdict, finding);
    }
    if let Some(found) = &facts.inputs {
        let window = matches!(facts.display, Some(Display::Desktop { .. }));
        let (verdict, finding) = touch(found, window);
        say(Check::Touch, verdict, finding);
        let (verdict, finding) = readers(found);
        say(Check::Readers, verdict, finding);
        let (verdict, finding) = plugged(found);
        say(Check::Plugged, verdict, finding);
    }
    if let Some(found) = &facts.clock {
        let (verdict, finding) = clock(found);
        say(Check::Clock, verdict, finding);
    }
    if let Some(found) = &facts.disk {
        let (verdict, finding) = disk(found);
        say(Check::Disk, verdict, finding);
        let (verdict, finding) = wear(found.wear);
        say(Check::Wear, verdict, finding);
    }
    for (verdict, finding) in facts.store.iter().flat_map(store) {
        say(Check::Store, verdict, finding);
    }
    if let Some(found) = &facts.certificate {
        let (verdict, finding) = certificate(found, now);
        say(Check::Certificate, verdict, finding);
    }
    for (check, verdict, finding) in facts.central.iter().flat_map(central) {
        say(check, verdict, finding);
    }
    if let Some(found) = &facts.sync {
        let (verdict, finding) = sync(found);
        say(Check::Sync, verdict, finding);
    }
    if let Some(found) = &facts.outbox {
        let (verdict, finding) = outbox(found, now);
        say(Check::Outbox, verdict, finding);
    }
    if let Some(found) = &facts.versions {
        let (verdict, finding) = versions(found);
        say(Check::Versions, verdict, finding);
    }
    for (verdict, finding) in facts.services.iter().flat_map(services) {
        say(Check::Services, verdict, finding);
    }
    if let Some(found) = &facts.screen {
        let (verdict, finding) = screen(*found);
        say(Check::Screen, verdict, finding);
    }
    if let Some(found) = facts.audit {
        let (verdict, finding) = match found {
            Audit::Writable => (Verdict::Ok, Finding::AuditWritable),
            Audit::Missing => (Verdict::Warn, Finding::AuditMissing),
            Audit::NotWritable => (Verdict::Fail, Finding::AuditNotWritable),
        };
        say(Check::Audit, verdict, finding);
    }
    lines
}

type Judged = (Verdict, Finding);

fn display(found: &Display) -> Judged {
    match found {
        Display::Missing => (Verdict::Fail, Finding::DisplayMissing),
        Display::Desktop { name } => (Verdict::Ok, Finding::DisplayDesktop { name: name.clone() }),
        Display::Panel {
            connector,
            pixels,
            millimetres,
        } => match (pixels, millimetres) {
            (Some(pixels), Some(millimetres)) if millimetres.0 > 0 && millimetres.1 > 0 => {
                let per_centimetre = pixels.0.saturating_mul(10) / millimetres.0;
                let finding = Finding::DisplayPanel {
                    connector: connector.clone(),
                    pixels: *pixels,
                    millimetres: *millimetres,
                    per_centimetre,
                };
                (Verdict::Ok, finding)
            }
            // Sizes on the screen are physical; without the panel's they rest on what is set.
            _ => (
                Verdict::Warn,
                Finding::DisplayWithoutSize {
                    connector: connector.clone(),
                },
            ),
        },
    }
}

fn touch(found: &Inputs, window: bool) -> Judged {
    match found.touch.first() {
        Some(panel) => (
            Verdict::Ok,
            Finding::TouchFound {
                name: panel.name.clone(),
            },
        ),
        None if window => (Verdict::Ok, Finding::TouchNotNeeded),
        None => (Verdict::Fail, Finding::TouchMissing),
    }
}

fn readers(found: &Inputs) -> Judged {
    if found.readers.is_empty() {
        return match found.reader_expected {
            // The keypad remains.
            Some(true) => (Verdict::Warn, Finding::ReadersMissing),
            Some(false) | None => (Verdict::Ok, Finding::ReadersNone),
        };
    }
    let names = found.readers.iter().map(|reader| reader.name.clone());
    (
        Verdict::Ok,
        Finding::ReadersFound {
            names: names.collect(),
        },
    )
}

fn plugged(found: &Inputs) -> Judged {
    if found.unknown.is_empty() {
        return (Verdict::Ok, Finding::NothingPlugged);
    }
    let devices = found
        .unknown
        .iter()
        .map(|d| format!("{:04x}:{:04x} {}", d.vendor, d.product, d.name))
        .collect();
    (Verdict::Warn, Finding::PluggedUnknown { devices })
}

fn clock(found: &Clock) -> Judged {
    let floor = found.floor;
    // A step back of seconds is what time servers do.
    if found.system.0 < floor.0.saturating_sub(limits::CLOCK_OFF_MS) {
        let finding = Finding::ClockBehind {
            system: found.system,
            floor,
        };
        return (Verdict::Fail, finding);
    }
    let rtc = found.rtc.is_some();
    match found.ahead_of_central {
        Some(ahead_ms) if ahead_ms.saturating_abs() > limits::CLOCK_OFF_MS => {
            let wrong = ahead_ms.saturating_abs() > limits::CLOCK_WRONG_MS;
            let verdict = if wrong { Verdict::Fail } else { Verdict::Warn };
            (verdict, Finding::ClockOff { ahead_ms })
        }
        Some(_) => (
            Verdict::Ok,
            Finding::ClockTrusted {
                in_step: found.in_step == Some(true),
                rtc,
            },
        ),
        None if found.in_step == Some(true) => {
            (Verdict::Ok, Finding::ClockTrusted { in_step: true, rtc })
        }
        None => (Verdict::Warn, Finding::ClockUnconfirmed { rtc }),
    }
}

fn disk(found: &Disk) -> Judged {
    if found.read_only {
        return (Verdict::Fail, Finding::DiskReadOnly);
    }
    let Some(space) = found.space else {
        return (Verdict::Warn, Finding::DiskNotKnown);
    };
    let (total, free) = (space.total, space.free);
    if free < limits::DISK_FULL {
        (Verdict::Fail, Finding::DiskFull { total, free })
    } else if free < limits::DISK_LOW {
        (Verdict::Warn, Finding::DiskLow { total, free })
    } else {
        (Verdict::Ok, Finding::DiskSpace { total, free })
    }
}

fn wear(found: Wear) -> Judged {
    match found {
        Wear::NotKnown => (Verdict::Ok, Finding::WearNotKnown),
        Wear::ReserveGone => (Verdict::Fail, Finding::WearReserveGone),
        Wear::Percent { used } if used >= limits::WEAR_WARN_PERCENT => {
            (Verdict::Warn, Finding::WearPercent { used })
        }
        Wear::Percent { used } => (Verdict::Ok, Finding::WearPercent { used }),
    }
}

fn store(found: &Store) -> Vec<Judged> {
    match found {
        Store::NoKey => vec![(Verdict::Fail, Finding::StoreNoKey)],
        Store::KeyMalformed => vec![(Verdict::Fail, Finding::StoreKeyMalformed)],
        Store::Files {
            cache,
            blobs,
            journal,
            ..
        } => [
            ("cache.db", cache, false),
            ("blobs.db", blobs, false),
            ("journal.db", journal, true),
        ]
        .into_iter()
        .map(|(name, file, is_journal)| store_file(name, *file, is_journal))
        .collect(),
    }
}

fn store_file(file: &'static str, found: File, journal: bool) -> Judged {
    let Some(fault) = found.fault else {
        let finding = Finding::StoreFileGood {
            file,
            schema: found.schema.unwrap_or(0),
            checked: found.checked,
        };
        return (Verdict::Ok, finding);
    };
    let verdict = match fault {
        // Its writer makes it, or brings it on, when it starts.
        FileFault::Missing | FileFault::Older | FileFault::NotClosed | FileFault::Busy => {
            Verdict::Warn
        }
        FileFault::WrongKey
        | FileFault::Damaged
        | FileFault::Newer
        | FileFault::NotReadable
        | FileFault::Failed => Verdict::Fail,
    };
    let finding = Finding::StoreFileBad {
        file,
        fault,
        journal,
    };
    (verdict, finding)
}

fn certificate(found: &Certificate, now: UtcMillis) -> Judged {
    match *found {
        Certificate::Missing => (Verdict::Fail, Finding::CertificateMissing),
        Certificate::NoKey => (Verdict::Fail, Finding::CertificateNoKey),
        Certificate::Unreadable => (Verdict::Fail, Finding::CertificateUnreadable),
        Certificate::Held { from, .. } if now < from => {
            (Verdict::Fail, Finding::CertificateNotYetValid { from })
        }
        Certificate::Held { until, .. } if until < now => {
            (Verdict::Fail, Finding::CertificateExpired { until })
        }
        Certificate::Held { until, .. } => {
            let days = until.0.saturating_sub(now.0).div_euclid(DAY_MS);
            if days <= limits::CERTIFICATE_FAIL_DAYS {
                (Verdict::Fail, Finding::CertificateEnding { days, until })
            } else if days <= limits::CERTIFICATE_WARN_DAYS {
                (Verdict::Warn, Finding::CertificateEnding { days, until })
            } else {
                (Verdict::Ok, Finding::CertificateGood { days, until })
            }
        }
    }
}

fn central(found: &Central) -> Vec<(Check, Verdict, Finding)> {
    match found {
        Central::NoSite => vec![(Check::CentralNetwork, Verdict::Fail, Finding::CentralNoSite)],
        Central::NotTried => vec![(
            Check::CentralNetwork,
            Verdict::Fail,
            Finding::CentralNotTried,
        )],
        Central::Heard { trouble: None } => {
            vec![(Check::CentralRequest, Verdict::Ok, Finding::CentralHeard)]
        }
        Central::Heard {
            trouble: Some(trouble),
        } => {
            let finding = Finding::CentralKept {
                trouble: *trouble,
                detail: String::new(),
            };
            vec![(Check::CentralRequest, link_verdict(*trouble), finding)]
        }
        Central::Tried {
            address,
            network,
            tls,
            request,
        } => [
            (Check::CentralNetwork, Some(network)),
            (Check::CentralTls, tls.as_ref()),
            (Check::CentralRequest, request.as_ref()),
        ]
        .into_iter()
        .filter_map(|(check, step)| Some((check, step?)))
        .map(|(check, step)| {
            let (verdict, finding) = central_step(address, step);
            (check, verdict, finding)
        })
        .collect(),
    }
}

fn central_step(address: &str, step: &Step) -> Judged {
    let address = address.to_owned();
    match step {
        Step::Done { took_ms } if u128::from(*took_ms) > limits::REQUEST_SLOW.as_millis() => {
            let took_ms = *took_ms;
            (Verdict::Warn, Finding::CentralSlow { address, took_ms })
        }
        Step::Done { took_ms } => {
            let took_ms = *took_ms;
            (Verdict::Ok, Finding::CentralStep { address, took_ms })
        }
        Step::Kept { trouble, detail } => {
            let finding = Finding::CentralKept {
                trouble: *trouble,
                detail: detail.clone(),
            };
            (link_verdict(*trouble), finding)
        }
    }
}

fn link_verdict(trouble: LinkTrouble) -> Verdict {
    match trouble {
        LinkTrouble::Busy => Verdict::Warn,
        LinkTrouble::NoName
        | LinkTrouble::Unreachable
        | LinkTrouble::WrongServer
        | LinkTrouble::NotTls
        | LinkTrouble::CertificateExpired
        | LinkTrouble::CertificateNotYetValid
        | LinkTrouble::Refused
        | LinkTrouble::Revoked
        | LinkTrouble::ServerExpired
        | LinkTrouble::ServerNotYetValid
        | LinkTrouble::KeyFailed
        | LinkTrouble::BadAnswer => Verdict::Fail,
    }
}

fn sync(found: &Sync) -> Judged {
    let (Some(_), Some(age)) = (found.last, found.age) else {
        return (Verdict::Warn, Finding::SyncNever);
    };
    let age_s = age.as_secs();
    if age <= limits::SYNC_OLD {
        return (Verdict::Ok, Finding::SyncRecent { age_s });
    }
    let left = found.lease.map(|lease| lease.saturating_sub(age));
    let ending = left.is_some_and(|left| left <= limits::LEASE_ENDING);
    let finding = Finding::SyncOld {
        age_s,
        left_s: left.map(|left| left.as_secs()),
    };
    (if ending { Verdict::Fail } else { Verdict::Warn }, finding)
}

fn outbox(found: &Outbox, now: UtcMillis) -> Judged {
    if found.waiting == 0 {
        return (Verdict::Ok, Finding::OutboxEmpty);
    }
    let oldest = found.oldest_at.unwrap_or(now);
    let oldest_s = u64::try_from(now.0.saturating_sub(oldest.0) / 1000).unwrap_or(0);
    let verdict = if oldest_s > limits::OUTBOX_STUCK.as_secs() {
        Verdict::Fail
    } else if oldest_s > limits::OUTBOX_OLD.as_secs() {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let waiting = found.waiting;
    (verdict, Finding::OutboxWaiting { waiting, oldest_s })
}

fn versions(found: &Versions) -> Judged {
    match (&found.sqlcipher, &found.gave_way) {
        (None, _) => (Verdict::Fail, Finding::VersionsNoCipher),
        (Some(_), Some(release)) => (
            Verdict::Warn,
            Finding::ReleaseGaveWay {
                release: release.clone(),
                runs: found.release.as_ref().unwrap_or(&found.program).clone(),
            },
        ),
        (Some(sqlcipher), None) => (
            Verdict::Ok,
            Finding::VersionsKnown {
                program: found.program.clone(),
                release: found.release.clone(),
                sqlite: found.sqlite.clone(),
                sqlcipher: sqlcipher.clone(),
            },
        ),
    }
}

fn services(found: &Services) -> Vec<Judged> {
    let sync = if found.sync_answers {
        (Verdict::Ok, Finding::SyncProcessAnswers)
    } else {
        (Verdict::Fail, Finding::SyncProcessSilent)
    };
    let units = found.units.iter().map(|unit| {
        let verdict = match unit.state {
            UnitState::Active | UnitState::Inactive => Verdict::Ok,
            UnitState::Changing | UnitState::NotInstalled => Verdict::Warn,
            UnitState::Failed => Verdict::Fail,
        };
        let finding = Finding::UnitIs {
            name: unit.name.clone(),
            state: unit.state,
            restarts: unit.restarts,
        };
        (verdict, finding)
    });
    std::iter::once(sync).chain(units).collect()
}

fn screen(found: Screen) -> Judged {
    match (found.life, found.closed) {
        (life @ (Life::Gone | Life::Hung), _) => (Verdict::Fail, Finding::ScreenNotAlive { life }),
        (Life::Alive, Some(reason)) => (Verdict::Fail, Finding::ScreenClosed { reason }),
        (Life::Alive, None) => {
            let crashes = found.crashes.unwrap_or(0);
            let verdict = match crashes {
                ..limits::CRASHES_WARN => Verdict::Ok,
                limits::CRASHES_WARN..limits::CRASHES_FAIL => Verdict::Warn,
                limits::CRASHES_FAIL.. => Verdict::Fail,
            };
            (verdict, Finding::ScreenOpen { crashes })
        }
    }
}
