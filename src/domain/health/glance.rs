//! Lines for a page on the screen, which says them in its own words and languages: a check, how it
//! stands, a number or a name that needs no words, and what to do.

use super::facts::UnitState;
use super::{Check, FileFault, Finding, Line, LinkTrouble, Verdict};

/// A line of the page: the worst that was found about one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Which check.
    pub check: Check,
    /// How it stands.
    pub verdict: Verdict,
    /// What belongs beside it.
    pub value: Value,
    /// What to do; none if it is well.
    pub next: Option<Next>,
}

/// What stands beside a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing that says more.
    Nothing,
    /// A name or a version, the same in every language.
    Name(String),
    /// So many.
    Count(u64),
    /// Days left; none or fewer: over.
    DaysLeft(i64),
    /// Bytes free of bytes there are.
    Space {
        /// Free.
        free: u64,
        /// In all.
        total: u64,
    },
    /// Used, at most, in percent.
    Percent(u8),
    /// So long ago, in seconds.
    Ago(u64),
}

/// What a technician does next. Few, so that each is said well in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// Check the device's cable.
    CheckCable,
    /// Take out what does not belong, and report it.
    TakeOut,
    /// Set the clock, or replace its battery.
    SetClock,
    /// Replace the disk.
    ReplaceDisk,
    /// Set the terminal up again with a code from the operator; nothing is lost.
    SetUp,
    /// Check the network: cable, address, central.
    CheckNetwork,
    /// Ask the operator.
    AskOperator,
    /// Keep the terminal as it is and call the manufacturer.
    CallManufacturer,
    /// Start the terminal anew.
    Restart,
    /// Nothing: it comes right by itself.
    Wait,
}

/// The lines of a page: one for each check, in order. The way to central is one of them.
pub fn glance(lines: &[Line]) -> Vec<Glance> {
    let mut all: Vec<Glance> = Vec::new();
    for line in lines {
        let check = match line.check {
            Check::CentralNetwork | Check::CentralTls => Check::CentralRequest,
            Check::Display
            | Check::Touch
            | Check::Readers
            | Check::Plugged
            | Check::Clock
            | Check::Disk
            | Check::Wear
            | Check::Store
            | Check::Certificate
            | Check::CentralRequest
            | Check::Sync
            | Check::Outbox
            | Check::Versions
            | Check::Services
            | Check::Screen
            | Check::Audit => line.check,
        };
        let found = Glance {
            check,
            verdict: line.verdict,
            value: value(&line.finding),
            next: (line.verdict != Verdict::Ok).then(|| next(&line.finding)),
        };
        match all.iter_mut().find(|known| known.check == check) {
            Some(known) if known.verdict < found.verdict => *known = found,
            Some(_) => {}
            None => all.push(found),
        }
    }
    all
}

fn value(finding: &Finding) -> Value {
    match finding {
        Finding::DisplayPanel {
            pixels: (width, height),
            millimetres: (across, down),
            ..
        } => Value::Name(format!("{width} x {height}, {across} x {down} mm")),
        Finding::DisplayWithoutSize { connector } => Value::Name(connector.clone()),
        Finding::DisplayDesktop { name } | Finding::TouchFound { name } => {
            Value::Name(name.clone())
        }
        Finding::ReadersFound { names } => Value::Name(names.join(", ")),
        Finding::PluggedUnknown { devices } => Value::Name(devices.join(", ")),
        Finding::DiskSpace { total, free }
        | Finding::DiskLow { total, free }
        | Finding::DiskFull { total, free } => Value::Space {
            free: *free,
            total: *total,
        },
        Finding::WearPercent { used } => Value::Percent(*used),
        Finding::StoreFileBad { file, .. } => Value::Name((*file).to_owned()),
        Finding::CertificateGood { days, .. } | Finding::CertificateEnding { days, .. } => {
            Value::DaysLeft(*days)
        }
        Finding::CertificateExpired { .. } => Value::DaysLeft(0),
        Finding::CentralStep { address, .. } | Finding::CentralSlow { address, .. } => {
            Value::Name(address.clone())
        }
        Finding::SyncRecent { age_s } | Finding::SyncOld { age_s, .. } => Value::Ago(*age_s),
        Finding::OutboxEmpty => Value::Count(0),
        Finding::OutboxWaiting { waiting, .. } => Value::Count(*waiting),
        Finding::VersionsKnown {
            program, release, ..
        } => Value::Name(release.as_ref().unwrap_or(program).clone()),
        Finding::ReleaseGaveWay { runs, .. } => Value::Name(runs.clone()),
        Finding::ScreenOpen { crashes } => Value::Count(u64::from(*crashes)),
        Finding::UnitIs { name, .. } => Value::Name(name.clone()),
        Finding::DisplayMissing
        | Finding::TouchNotNeeded
        | Finding::TouchMissing
        | Finding::ReadersNone
        | Finding::ReadersMissing
        | Finding::NothingPlugged
        | Finding::ClockTrusted { .. }
        | Finding::ClockUnconfirmed { .. }
        | Finding::ClockBehind { .. }
        | Finding::ClockOff { .. }
        | Finding::DiskReadOnly
        | Finding::DiskNotKnown
        | Finding::WearReserveGone
        | Finding::WearNotKnown
        | Finding::StoreNoKey
        | Finding::StoreKeyMalformed
        | Finding::StoreFileGood { .. }
        | Finding::CertificateNotYetValid { .. }
        | Finding::CertificateMissing
        | Finding::CertificateNoKey
        | Finding::CertificateUnreadable
        | Finding::CentralNoSite
        | Finding::CentralNotTried
        | Finding::CentralHeard
        | Finding::CentralKept { .. }
        | Finding::SyncNever
        | Finding::VersionsNoCipher
        | Finding::SyncProcessAnswers
        | Finding::SyncProcessSilent
        | Finding::ScreenClosed { .. }
        | Finding::ScreenNotAlive { .. }
        | Finding::AuditWritable
        | Finding::AuditMissing
        | Finding::AuditNotWritable => Value::Nothing,
    }
}

fn next(finding: &Finding) -> Next {
    match finding {
        Finding::DisplayMissing
        | Finding::DisplayWithoutSize { .. }
        | Finding::TouchMissing
        | Finding::ReadersMissing => Next::CheckCable,
        Finding::PluggedUnknown { .. } => Next::TakeOut,
        Finding::ClockBehind { .. } | Finding::ClockOff { .. } => Next::SetClock,
        Finding::CertificateNotYetValid { .. } => Next::SetClock,
        Finding::DiskReadOnly
        | Finding::DiskFull { .. }
        | Finding::DiskLow { .. }
        | Finding::WearPercent { .. }
        | Finding::WearReserveGone => Next::ReplaceDisk,
        Finding::StoreNoKey
        | Finding::CertificateExpired { .. }
        | Finding::CertificateMissing
        | Finding::CertificateNoKey
        | Finding::CertificateUnreadable
        | Finding::CentralNoSite
        | Finding::CentralNotTried => Next::SetUp,
        Finding::StoreKeyMalformed | Finding::VersionsNoCipher => Next::CallManufacturer,
        Finding::StoreFileBad { fault, journal, .. } => match fault {
            FileFault::WrongKey | FileFault::Damaged | FileFault::Failed if *journal => {
                Next::CallManufacturer
            }
            FileFault::Newer => Next::AskOperator,
            FileFault::Missing
            | FileFault::WrongKey
            | FileFault::Damaged
            | FileFault::Older
            | FileFault::NotClosed
            | FileFault::Busy
            | FileFault::NotReadable
            | FileFault::Failed => Next::Restart,
        },
        Finding::CentralKept { trouble, .. } => match trouble {
            LinkTrouble::NoName | LinkTrouble::Unreachable | LinkTrouble::NotTls => {
                Next::CheckNetwork
            }
            LinkTrouble::CertificateExpired | LinkTrouble::Revoked | LinkTrouble::KeyFailed => {
                Next::SetUp
            }
            LinkTrouble::CertificateNotYetValid
            | LinkTrouble::ServerExpired
            | LinkTrouble::ServerNotYetValid => Next::SetClock,
            LinkTrouble::WrongServer | LinkTrouble::Refused | LinkTrouble::BadAnswer => {
                Next::AskOperator
            }
            LinkTrouble::Busy => Next::Wait,
        },
        Finding::CertificateEnding { .. }
        | Finding::CentralSlow { .. }
        | Finding::ClockUnconfirmed { .. }
        | Finding::SyncOld { .. }
        | Finding::SyncNever
        | Finding::OutboxWaiting { .. } => Next::CheckNetwork,
        Finding::UnitIs {
            state: UnitState::NotInstalled,
            ..
        } => Next::CallManufacturer,
        Finding::ScreenClosed { .. } | Finding::ReleaseGaveWay { .. } => Next::AskOperator,
        Finding::SyncProcessSilent
        | Finding::UnitIs { .. }
        | Finding::ScreenOpen { .. }
        | Finding::ScreenNotAlive { .. }
        | Finding::AuditMissing
        | Finding::AuditNotWritable
        | Finding::DiskNotKnown => Next::Restart,
        Finding::DisplayPanel { .. }
        | Finding::DisplayDesktop { .. }
        | Finding::TouchFound { .. }
        | Finding::TouchNotNeeded
        | Finding::ReadersFound { .. }
        | Finding::ReadersNone
        | Finding::NothingPlugged
        | Finding::ClockTrusted { .. }
        | Finding::DiskSpace { .. }
        | Finding::WearNotKnown
        | Finding::StoreFileGood { .. }
        | Finding::CertificateGood { .. }
        | Finding::CentralHeard
        | Finding::CentralStep { .. }
        | Finding::SyncRecent { .. }
        | Finding::OutboxEmpty
        | Finding::VersionsKnown { .. }
        | Finding::SyncProcessAnswers
        | Finding::AuditWritable => Next::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(check: Check, verdict: Verdict, finding: Finding) -> Line {
        Line {
            check,
            verdict,
            finding,
        }
    }

    #[test]
    fn a_page_has_one_line_for_each_check_and_it_is_the_worst() {
        let good = Finding::StoreFileGood {
            file: "cache.db",
            schema: 4,
            checked: false,
        };
        let bad = Finding::StoreFileBad {
            file: "journal.db",
            fault: FileFault::Damaged,
            journal: true,
        };
        let kept = Finding::CentralKept {
            trouble: LinkTrouble::Unreachable,
            detail: String::new(),
        };
        let page = glance(&[
            line(Check::Store, Verdict::Ok, good.clone()),
            line(Check::Store, Verdict::Fail, bad),
            line(Check::Store, Verdict::Ok, good),
            line(Check::CentralNetwork, Verdict::Fail, kept),
            line(Check::Outbox, Verdict::Ok, Finding::OutboxEmpty),
        ]);
        assert_eq!(
            page,
            [
                Glance {
                    check: Check::Store,
                    verdict: Verdict::Fail,
                    value: Value::Name("journal.db".to_owned()),
                    next: Some(Next::CallManufacturer),
                },
                Glance {
                    check: Check::CentralRequest,
                    verdict: Verdict::Fail,
                    value: Value::Nothing,
                    next: Some(Next::CheckNetwork),
                },
                Glance {
                    check: Check::Outbox,
                    verdict: Verdict::Ok,
                    value: Value::Count(0),
                    next: None,
                },
            ]
        );
    }
}
