//! A finding in English, and its next step: for the command line and its JSON. Each says what is
//! there and what to do; none blames.

use super::facts::{Closed, Life, UnitState};
use super::{Check, FileFault, Finding, LinkTrouble};
use crate::domain::UtcMillis;

/// What a check is called.
pub fn name(check: Check) -> &'static str {
    match check {
        Check::Display => "display",
        Check::Touch => "touch",
        Check::Readers => "badge readers",
        Check::Plugged => "plugged in",
        Check::Clock => "clock",
        Check::Disk => "disk space",
        Check::Wear => "disk wear",
        Check::Store => "store",
        Check::Certificate => "certificate",
        Check::CentralNetwork => "central: network",
        Check::CentralTls => "central: TLS",
        Check::CentralRequest => "central: request",
        Check::Sync => "last sync",
        Check::Outbox => "outbox",
        Check::Versions => "versions",
        Check::Services => "services",
        Check::Screen => "screen",
        Check::Audit => "audit",
    }
}

/// What was found.
pub fn found(finding: &Finding) -> String {
    match finding {
        Finding::DisplayPanel {
            connector,
            pixels: (w, h),
            millimetres: (mm_w, mm_h),
            per_centimetre,
        } => format!(
            "{connector}, {w} x {h} pixels on {mm_w} x {mm_h} mm, {}.{} pixels a mm",
            per_centimetre / 10,
            per_centimetre % 10
        ),
        Finding::DisplayWithoutSize { connector } => {
            format!("{connector}, which does not say how large it is")
        }
        Finding::DisplayDesktop { name } => format!("a window of the desktop ({name})"),
        Finding::DisplayMissing => "no display".to_owned(),
        Finding::TouchFound { name } => name.clone(),
        Finding::TouchNotNeeded => "no touch panel; a window takes the mouse".to_owned(),
        Finding::TouchMissing => "no touch panel".to_owned(),
        Finding::ReadersFound { names } => names.join(", "),
        Finding::ReadersNone => "none; people sign in by keypad".to_owned(),
        Finding::ReadersMissing => "none, though one belongs here; the keypad remains".to_owned(),
        Finding::NothingPlugged => "nothing that does not belong".to_owned(),
        Finding::PluggedUnknown { devices } => {
            format!("{}; opened by nobody", devices.join(", "))
        }
        Finding::ClockTrusted { in_step, rtc } => format!(
            "trusted; {}",
            match (in_step, rtc) {
                (true, true) => "in step with time servers, and a hardware clock",
                (true, false) => "in step with time servers, no hardware clock",
                (false, true) => "agrees with central, from the hardware clock",
                (false, false) => "agrees with central, no hardware clock",
            }
        ),
        Finding::ClockUnconfirmed { rtc } => format!(
            "not confirmed since the start; {}",
            if *rtc {
                "from the hardware clock"
            } else {
                "no hardware clock"
            }
        ),
        Finding::ClockBehind { system, floor } => format!(
            "not trusted: says {}, and {} has been",
            moment(*system),
            moment(*floor)
        ),
        Finding::ClockOff { ahead_ms } => {
            let span = span(ahead_ms.unsigned_abs() / 1000);
            let side = if *ahead_ms > 0 { "ahead of" } else { "behind" };
            format!("not trusted: {span} {side} central")
        }
        Finding::DiskSpace { total, free }
        | Finding::DiskLow { total, free }
        | Finding::DiskFull { total, free } => {
            format!("{} free of {}", bytes(*free), bytes(*total))
        }
        Finding::DiskReadOnly => "cannot be written".to_owned(),
        Finding::DiskNotKnown => "not known: the system does not say".to_owned(),
        Finding::WearPercent { used } => format!("at most {used} % of its life is used"),
        Finding::WearReserveGone => "its reserve is used up, it says".to_owned(),
        Finding::WearNotKnown => "not known: the device does not say".to_owned(),
        Finding::StoreNoKey => "no key".to_owned(),
        Finding::StoreKeyMalformed => "identity/store.key does not hold a key".to_owned(),
        Finding::StoreFileGood {
            file,
            schema,
            checked,
        } => {
            let checked = if *checked { ", every page good" } else { "" };
            format!("{file} opens with its key, schema {schema}{checked}")
        }
        Finding::StoreFileBad { file, fault, .. } => format!(
            "{file} {}",
            match fault {
                FileFault::Missing => "is not there",
                FileFault::WrongKey => "cannot be read with this key",
                FileFault::Damaged => "is damaged",
                FileFault::Newer => "was made by a newer program",
                FileFault::Older => "was made by an older program",
                FileFault::NotClosed => "was not closed, and is put right at the next start",
                FileFault::Busy => "is busy",
                FileFault::NotReadable => "may not be read by this account",
                FileFault::Failed => "cannot be used",
            }
        ),
        Finding::CertificateGood { days, until } | Finding::CertificateEnding { days, until } => {
            format!("{days} days left, until {}", moment(*until))
        }
        Finding::CertificateExpired { until } => format!("expired on {}", moment(*until)),
        Finding::CertificateNotYetValid { from } => format!("valid from {} on", moment(*from)),
        Finding::CertificateMissing => "none".to_owned(),
        Finding::CertificateNoKey => "its key is missing".to_owned(),
        Finding::CertificateUnreadable => {
            "it or its key cannot be read, or they do not belong together".to_owned()
        }
        Finding::CentralNoSite => "site.json is missing or cannot be read".to_owned(),
        Finding::CentralNotTried => "not tried: there is nothing to show central".to_owned(),
        Finding::CentralHeard => "in contact".to_owned(),
        Finding::CentralStep { address, took_ms } | Finding::CentralSlow { address, took_ms } => {
            format!("{address} in {took_ms} ms")
        }
        Finding::CentralKept { trouble, detail } => {
            let trouble = link_trouble(*trouble);
            if detail.is_empty() {
                trouble.to_owned()
            } else {
                format!("{trouble} ({detail})")
            }
        }
        Finding::SyncRecent { age_s } => format!("{} ago", span(*age_s)),
        Finding::SyncOld { age_s, left_s } => {
            let left = left_s.map_or_else(String::new, |left| match left {
                0 => "; sign-in is closed".to_owned(),
                left => format!("; sign-in closes in {}", span(left)),
            });
            format!("{} ago{left}", span(*age_s))
        }
        Finding::SyncNever => "never yet".to_owned(),
        Finding::OutboxEmpty => "nothing waits".to_owned(),
        Finding::OutboxWaiting { waiting, oldest_s } => {
            format!("{waiting} waiting, the oldest for {}", span(*oldest_s))
        }
        Finding::VersionsKnown {
            program,
            release,
            sqlite,
            sqlcipher,
        } => {
            let release = release.as_deref().unwrap_or("none");
            format!("dayroom {program}, release {release}, SQLite {sqlite}, SQLCipher {sqlcipher}")
        }
        Finding::ReleaseGaveWay { release, runs } => {
            format!("release {release} did not hold, {runs} is back")
        }
        Finding::VersionsNoCipher => "built without SQLCipher".to_owned(),
        Finding::SyncProcessAnswers => "sync process answers".to_owned(),
        Finding::SyncProcessSilent => "sync process does not answer".to_owned(),
        Finding::UnitIs {
            name,
            state,
            restarts,
        } => {
            let state = match state {
                UnitState::Active => "active",
                UnitState::Inactive => "inactive",
                UnitState::Changing => "starting or stopping",
                UnitState::Failed => "failed",
                UnitState::NotInstalled => "not installed",
            };
            let restarts = match restarts {
                0 => String::new(),
                count => format!(", started anew {count} times"),
            };
            format!("{name}: {state}{restarts}")
        }
        Finding::ScreenOpen { crashes } => match crashes {
            0 => "open".to_owned(),
            count => format!("open; it ended unasked {count} times since the machine started"),
        },
        Finding::ScreenClosed { reason } => format!("closed: {}", closed(*reason)),
        Finding::ScreenNotAlive { life } => match life {
            Life::Gone => "not running".to_owned(),
            Life::Hung | Life::Alive => "running, and does nothing".to_owned(),
        },
        Finding::AuditWritable => "can be written".to_owned(),
        Finding::AuditMissing => "not there yet".to_owned(),
        Finding::AuditNotWritable => "cannot be written".to_owned(),
    }
}

/// What to do, where there is something to do.
pub fn next(finding: &Finding) -> Option<&'static str> {
    Some(match finding {
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
        | Finding::AuditWritable => return None,
        Finding::WearPercent { used } if *used < super::limits::WEAR_WARN_PERCENT => return None,
        Finding::ScreenOpen { crashes: 0 } => return None,
        Finding::UnitIs {
            state: UnitState::Active | UnitState::Inactive,
            ..
        } => return None,
        Finding::DisplayMissing => "check the display's cable and power, then start anew",
        Finding::DisplayWithoutSize { .. } => "give the panel's --density when the screen starts",
        Finding::TouchMissing => "check the touch panel's USB cable",
        Finding::ReadersMissing => "check the reader's cable; it is found again within seconds",
        Finding::PluggedUnknown { .. } => "take it out, and report who plugged it in",
        Finding::ClockUnconfirmed { .. } => "bring the terminal into contact with central once",
        Finding::ClockBehind { .. } | Finding::ClockOff { .. } => {
            "set the clock, replace its battery, or let the time servers be reached"
        }
        Finding::DiskLow { .. } => "plan a larger disk; see what fills it with `du`",
        Finding::DiskFull { .. } => "free some space now: nothing more can be kept",
        Finding::DiskReadOnly => "start anew; if it stays so, replace the disk",
        Finding::DiskNotKnown => "check that the state folder is mounted",
        Finding::WearPercent { .. } => "order a new disk",
        Finding::WearReserveGone => "replace the disk",
        Finding::StoreNoKey => "set the terminal up with `dayroom provision`",
        Finding::StoreKeyMalformed => {
            "restore the file; without it what is on this disk stays sealed"
        }
        Finding::StoreFileBad { fault, journal, .. } => file_next(*fault, *journal),
        Finding::CertificateEnding { .. } => "let the terminal reach central; it renews by itself",
        Finding::CertificateExpired { .. } => {
            "get an enrolment code and run `dayroom provision`; nothing is lost"
        }
        Finding::CertificateNotYetValid { .. } => "set the clock",
        Finding::CertificateMissing | Finding::CertificateNoKey | Finding::CentralNoSite => {
            "set the terminal up with `dayroom provision`"
        }
        Finding::CertificateUnreadable => {
            "get an enrolment code and run `dayroom provision`; nothing is lost"
        }
        Finding::CentralNotTried => "see the certificate's line first",
        Finding::CentralSlow { .. } => "look at the line: what people do will be slow",
        Finding::CentralKept { trouble, .. } => link_next(*trouble),
        Finding::SyncOld { .. } | Finding::SyncNever => "see the lines of central",
        Finding::OutboxWaiting { oldest_s, .. } => {
            if *oldest_s <= super::limits::OUTBOX_OLD.as_secs() {
                return None;
            }
            "see the lines of central; nothing is lost meanwhile"
        }
        Finding::ReleaseGaveWay { .. } => "roll out a release with a newer number",
        Finding::VersionsNoCipher => "install a release of Dayroom",
        Finding::SyncProcessSilent => "start it: `systemctl restart dayroom-sync`",
        Finding::UnitIs {
            state: UnitState::NotInstalled,
            ..
        } => "install the image, or start the processes by hand",
        Finding::UnitIs { .. } => "see why: `journalctl -u` and the unit's name",
        Finding::ScreenOpen { .. } => "see why: `journalctl -u dayroom-screen`",
        Finding::ScreenClosed { reason } => closed_next(*reason),
        Finding::ScreenNotAlive { .. } => "start it: `systemctl restart dayroom-screen`",
        Finding::AuditMissing => "start the screen once",
        Finding::AuditNotWritable => "see the disk's line, and the rights of the state folder",
    })
}

fn file_next(fault: FileFault, journal: bool) -> &'static str {
    match fault {
        FileFault::Missing | FileFault::Older | FileFault::NotClosed if journal => {
            "start the screen once"
        }
        FileFault::Missing | FileFault::Older | FileFault::NotClosed => {
            "start the sync process once"
        }
        FileFault::Busy => "look again in a minute",
        FileFault::Newer => "install the release that made it, or a newer one",
        FileFault::NotReadable => "run it as root or as a member of the group dayroom",
        FileFault::WrongKey | FileFault::Damaged | FileFault::Failed if journal => {
            "keep the file, it holds what people did; call the manufacturer"
        }
        FileFault::WrongKey | FileFault::Damaged | FileFault::Failed => {
            "nothing: it is set aside and fetched again at the next start"
        }
    }
}

/// Why there is no contact.
pub fn link_trouble(trouble: LinkTrouble) -> &'static str {
    match trouble {
        LinkTrouble::NoName => "the name of central has no address",
        LinkTrouble::Unreachable => "no answer",
        LinkTrouble::WrongServer => "what answers is not central",
        LinkTrouble::NotTls => "what answers does not speak as central does",
        LinkTrouble::CertificateExpired => "this terminal's certificate has expired",
        LinkTrouble::CertificateNotYetValid => "this terminal's certificate is not valid yet",
        LinkTrouble::Refused => "central hung up: this terminal may be revoked",
        LinkTrouble::Revoked => "this terminal's certificate is revoked",
        LinkTrouble::ServerExpired => "central's certificate has ended, or the clock is ahead",
        LinkTrouble::ServerNotYetValid => {
            "central's certificate begins later, or the clock is behind"
        }
        LinkTrouble::KeyFailed => "this terminal's key does not sign",
        LinkTrouble::BadAnswer => "central answered something else than was asked",
        LinkTrouble::Busy => "central is busy",
    }
}

fn link_next(trouble: LinkTrouble) -> &'static str {
    match trouble {
        LinkTrouble::NoName => "check name servers, and the address in site.json",
        LinkTrouble::Unreachable => "check cable, address and port, and that central runs",
        LinkTrouble::WrongServer => "check the address in site.json: somebody else answers there",
        LinkTrouble::NotTls => "check the port in site.json: something else listens there",
        LinkTrouble::CertificateExpired => "get an enrolment code and run `dayroom provision`",
        LinkTrouble::CertificateNotYetValid => "set the clock",
        LinkTrouble::Refused => "ask an operator: `dayroom-central fleet show` says more",
        LinkTrouble::Revoked => {
            "get an enrolment code and run `dayroom provision`, if it is to be used again"
        }
        LinkTrouble::ServerExpired | LinkTrouble::ServerNotYetValid => {
            "check the clock first; else ask an operator"
        }
        LinkTrouble::KeyFailed => "check the TPM or identity/key.pem",
        LinkTrouble::BadAnswer => "ask an operator to look at central's log",
        LinkTrouble::Busy => "nothing: it is tried again",
    }
}

/// Why nobody can sign in.
pub fn closed(reason: Closed) -> &'static str {
    match reason {
        Closed::LeaseOver => "no contact for longer than the lease",
        Closed::Revoked => "central does not accept the certificate",
        Closed::CertificateExpired => "the certificate has expired",
        Closed::CertificateNotYetValid => "the certificate is not valid yet",
        Closed::Clock => "the clock is not trusted",
        Closed::NotReady => "not set up, or not filled yet",
        Closed::StoreFailed => "the store failed",
        Closed::OutOfOrder => "the screen kept failing",
        Closed::Retired => "taken out of service",
    }
}

fn closed_next(reason: Closed) -> &'static str {
    match reason {
        Closed::LeaseOver => "let the terminal reach central; it opens by itself",
        Closed::Revoked | Closed::Retired => "ask an operator whether this is meant",
        Closed::CertificateExpired => "get an enrolment code and run `dayroom provision`",
        Closed::CertificateNotYetValid | Closed::Clock => "set the clock",
        Closed::NotReady => "run `dayroom provision`, and wait for the first sync",
        Closed::StoreFailed => "see the lines of disk and store",
        Closed::OutOfOrder => "see why: `journalctl -u dayroom-screen`",
    }
}

fn moment(at: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| "no time at all".to_owned(), |at| format!("{at:.0}"))
}

/// A span in one unit.
pub fn span(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        DAY.. => format!("{} days", seconds / DAY),
    }
}

/// A size in one unit.
pub fn bytes(count: u64) -> String {
    const KB: u64 = 1000;
    const MB: u64 = 1000 * KB;
    const GB: u64 = 1000 * MB;
    match count {
        ..KB => format!("{count} B"),
        KB..MB => format!("{} KB", count / KB),
        MB..GB => format!("{} MB", count / MB),
        GB.. => format!("{}.{} GB", count / GB, count % GB / (GB / 10)),
    }
}
