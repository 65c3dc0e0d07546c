use std::time::Duration;

use super::facts::*;
use super::*;
use crate::domain::UtcMillis;

const NOW: UtcMillis = UtcMillis(limits::PROGRAM_IS_NOT_OLDER.0 + 90 * DAY);
const DAY: i64 = 24 * 60 * 60 * 1000;
const MB: u64 = 1024 * 1024;

fn file() -> File {
    File {
        schema: Some(4),
        known: 4,
        fault: None,
        checked: true,
    }
}

fn device(name: &str) -> Device {
    Device {
        vendor: 0x46d,
        product: 0xc31c,
        name: name.to_owned(),
    }
}

fn done(took_ms: u64) -> Step {
    Step::Done { took_ms }
}

/// A terminal on a wall with nothing to see to.
fn good() -> Facts {
    Facts {
        display: Some(Display::Panel {
            connector: "HDMI-A-1".to_owned(),
            pixels: Some((1280, 800)),
            millimetres: Some((217, 136)),
        }),
        inputs: Some(Inputs {
            touch: vec![device("touch")],
            readers: vec![device("reader")],
            unknown: Vec::new(),
            reader_expected: Some(true),
        }),
        clock: Some(Clock {
            system: NOW,
            floor: UtcMillis(NOW.0 - 1000),
            rtc: Some(NOW),
            in_step: Some(true),
            ahead_of_central: Some(300),
        }),
        disk: Some(Disk {
            space: Some(Space {
                total: 8000 * MB,
                free: 5000 * MB,
            }),
            read_only: false,
            wear: Wear::Percent { used: 20 },
        }),
        store: Some(Store::Files {
            bytes: 70 * MB,
            cache: file(),
            blobs: file(),
            journal: file(),
        }),
        certificate: Some(Certificate::Held {
            from: UtcMillis(NOW.0 - 5 * DAY),
            until: UtcMillis(NOW.0 + 25 * DAY),
        }),
        central: Some(Central::Tried {
            address: "central.example.org:8443".to_owned(),
            network: done(3),
            tls: Some(done(12)),
            request: Some(done(20)),
        }),
        sync: Some(Sync {
            last: Some(NOW),
            age: Some(Duration::from_secs(60)),
            lease: Some(Duration::from_secs(30 * 86_400)),
        }),
        outbox: Some(Outbox {
            waiting: 0,
            oldest_at: None,
        }),
        versions: Some(Versions {
            program: "0.1.0".to_owned(),
            release: None,
            gave_way: None,
            sqlite: "3.53.4".to_owned(),
            sqlcipher: Some("4.19.0".to_owned()),
        }),
        services: Some(Services {
            sync_answers: true,
            units: vec![Unit {
                name: "dayroom-screen.service".to_owned(),
                state: UnitState::Active,
                restarts: 0,
            }],
        }),
        screen: Some(Screen {
            life: Life::Alive,
            closed: None,
            crashes: Some(0),
        }),
        audit: Some(Audit::Writable),
    }
}

/// Plants a fault in a good terminal: that line alone says so, with a next step.
fn planted(plant: impl FnOnce(&mut Facts)) -> (Check, Verdict, Finding) {
    let mut facts = good();
    plant(&mut facts);
    let mut bad = judge(&facts, NOW)
        .into_iter()
        .filter(|line| line.verdict != Verdict::Ok);
    let line = bad.next().expect("the fault is found");
    assert_eq!(bad.next(), None, "and nothing else is wrong");
    assert!(
        words::next(&line.finding).is_some(),
        "{line:?} has a next step"
    );
    (line.check, line.verdict, line.finding)
}

fn is(check: Check, verdict: Verdict, plant: impl FnOnce(&mut Facts)) {
    let found = planted(plant);
    assert_eq!((found.0, found.1), (check, verdict), "{:?}", found.2);
}

#[test]
fn a_good_terminal_has_a_line_of_every_check_and_each_is_ok() {
    let lines = judge(&good(), NOW);
    assert_eq!(worst(&lines), Verdict::Ok, "{lines:#?}");
    let checks = by_check(&lines);
    assert_eq!(checks.len(), 18);
    let mut sorted = lines.iter().map(|line| line.check).collect::<Vec<_>>();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        lines.iter().map(|line| line.check).collect::<Vec<_>>()
    );
    for line in &lines {
        assert!(!words::found(&line.finding).is_empty());
        assert_eq!(words::next(&line.finding), None, "{line:?}");
    }
}

#[test]
fn what_nobody_looked_at_makes_no_line() {
    assert_eq!(judge(&Facts::default(), NOW), []);
}

#[test]
fn display_touch_and_readers_are_missed_when_they_are_not_there() {
    is(Check::Display, Verdict::Fail, |f| {
        f.display = Some(Display::Missing)
    });
    is(Check::Display, Verdict::Warn, |f| {
        f.display = Some(Display::Panel {
            connector: "DP-1".to_owned(),
            pixels: Some((1280, 800)),
            millimetres: None,
        });
    });
    let inputs = |f: &mut Facts, change: fn(&mut Inputs)| change(f.inputs.as_mut().unwrap());
    is(Check::Touch, Verdict::Fail, |f| {
        inputs(f, |i| i.touch.clear())
    });
    is(Check::Readers, Verdict::Warn, |f| {
        inputs(f, |i| i.readers.clear())
    });
    is(Check::Plugged, Verdict::Warn, |f| {
        inputs(f, |i| i.unknown.push(device("Example USB Keyboard")));
    });
}

#[test]
fn a_window_on_a_desktop_needs_neither_panel_nor_reader() {
    let mut facts = good();
    facts.display = Some(Display::Desktop {
        name: "wayland-0".to_owned(),
    });
    facts.inputs = Some(Inputs::default());
    assert_eq!(worst(&judge(&facts, NOW)), Verdict::Ok);
}

#[test]
fn a_clock_of_1970_of_last_year_or_far_from_central_is_not_trusted() {
    let clock = |change: fn(&mut Clock)| move |f: &mut Facts| change(f.clock.as_mut().unwrap());
    is(
        Check::Clock,
        Verdict::Fail,
        clock(|c| c.system = UtcMillis(0)),
    );
    is(
        Check::Clock,
        Verdict::Fail,
        clock(|c| {
            c.system = UtcMillis(0);
            c.floor = limits::PROGRAM_IS_NOT_OLDER;
            c.ahead_of_central = None;
        }),
    );
    is(
        Check::Clock,
        Verdict::Fail,
        clock(|c| {
            c.system = UtcMillis(c.system.0 - 3 * 60_000);
        }),
    );
    is(
        Check::Clock,
        Verdict::Warn,
        clock(|c| c.ahead_of_central = Some(-5 * 60_000)),
    );
    // 2038 is no time that has been; central says so.
    is(
        Check::Clock,
        Verdict::Fail,
        clock(|c| c.ahead_of_central = Some(4000 * DAY)),
    );
    is(
        Check::Clock,
        Verdict::Warn,
        clock(|c| {
            c.in_step = None;
            c.ahead_of_central = None;
        }),
    );
    is(
        Check::Clock,
        Verdict::Fail,
        clock(|c| c.ahead_of_central = Some(i64::MIN)),
    );
}

#[test]
fn a_clock_set_back_by_seconds_is_no_fault() {
    let mut facts = good();
    facts.clock.as_mut().unwrap().system = UtcMillis(NOW.0 - 5000);
    assert_eq!(worst(&judge(&facts, NOW)), Verdict::Ok);
}

#[test]
fn a_disk_that_is_full_filling_read_only_or_worn_is_said() {
    let free = |free: u64| {
        move |f: &mut Facts| f.disk.as_mut().unwrap().space.as_mut().unwrap().free = free
    };
    is(Check::Disk, Verdict::Fail, free(0));
    is(Check::Disk, Verdict::Fail, free(limits::DISK_FULL - 1));
    is(Check::Disk, Verdict::Warn, free(limits::DISK_FULL));
    is(Check::Disk, Verdict::Warn, free(limits::DISK_LOW - 1));
    is(Check::Disk, Verdict::Fail, |f| {
        f.disk.as_mut().unwrap().read_only = true
    });
    is(Check::Disk, Verdict::Warn, |f| {
        f.disk.as_mut().unwrap().space = None
    });
    is(Check::Wear, Verdict::Warn, |f| {
        f.disk.as_mut().unwrap().wear = Wear::Percent { used: 80 };
    });
    is(Check::Wear, Verdict::Fail, |f| {
        f.disk.as_mut().unwrap().wear = Wear::ReserveGone
    });
}

#[test]
fn wear_that_a_device_does_not_tell_is_no_fault_and_is_said_plainly() {
    let mut facts = good();
    facts.disk.as_mut().unwrap().wear = Wear::NotKnown;
    let lines = judge(&facts, NOW);
    assert_eq!(worst(&lines), Verdict::Ok);
    let line = lines.iter().find(|line| line.check == Check::Wear).unwrap();
    assert!(words::found(&line.finding).starts_with("not known"));
}

#[test]
fn every_fault_of_a_file_is_said_and_the_journal_is_never_to_be_thrown_away() {
    for (fault, verdict) in [
        (FileFault::Missing, Verdict::Warn),
        (FileFault::Older, Verdict::Warn),
        (FileFault::NotClosed, Verdict::Warn),
        (FileFault::Busy, Verdict::Warn),
        (FileFault::WrongKey, Verdict::Fail),
        (FileFault::Damaged, Verdict::Fail),
        (FileFault::Newer, Verdict::Fail),
        (FileFault::NotReadable, Verdict::Fail),
        (FileFault::Failed, Verdict::Fail),
    ] {
        let mut bad = file();
        bad.fault = Some(fault);
        let files = |cache, journal| Store::Files {
            bytes: 1,
            cache,
            blobs: file(),
            journal,
        };
        is(Check::Store, verdict, |f| {
            f.store = Some(files(bad, file()))
        });
        let (_, _, finding) = planted(|f| f.store = Some(files(file(), bad)));
        let next = words::next(&finding).unwrap();
        if verdict == Verdict::Fail {
            assert!(!next.contains("set aside"), "{next}");
        }
    }
    is(Check::Store, Verdict::Fail, |f| {
        f.store = Some(Store::NoKey)
    });
    is(Check::Store, Verdict::Fail, |f| {
        f.store = Some(Store::KeyMalformed)
    });
}

#[test]
fn a_certificate_is_warned_of_a_week_before_it_ends_and_fails_two_days_before() {
    let days = |from: i64, until: i64| {
        move |f: &mut Facts| {
            f.certificate = Some(Certificate::Held {
                from: UtcMillis(NOW.0 + from * DAY),
                until: UtcMillis(NOW.0 + until * DAY),
            });
        }
    };
    is(Check::Certificate, Verdict::Warn, days(-22, 7));
    is(Check::Certificate, Verdict::Fail, days(-28, 2));
    is(Check::Certificate, Verdict::Fail, days(-400, -370));
    is(Check::Certificate, Verdict::Fail, days(1, 31));
    for none in [
        Certificate::Missing,
        Certificate::NoKey,
        Certificate::Unreadable,
    ] {
        is(Check::Certificate, Verdict::Fail, |f| {
            f.certificate = Some(none)
        });
    }
    let mut facts = good();
    days(-21, 8)(&mut facts);
    assert_eq!(worst(&judge(&facts, NOW)), Verdict::Ok);
}

#[test]
fn the_step_that_keeps_the_way_to_central_is_the_line_that_says_so() {
    let kept = |trouble| Step::Kept {
        trouble,
        detail: "why".to_owned(),
    };
    let tried = |network, tls, request| {
        move |f: &mut Facts| {
            f.central = Some(Central::Tried {
                address: "a:1".to_owned(),
                network,
                tls,
                request,
            });
        }
    };
    let away = kept(LinkTrouble::Unreachable);
    is(
        Check::CentralNetwork,
        Verdict::Fail,
        tried(away, None, None),
    );
    let stranger = kept(LinkTrouble::WrongServer);
    is(
        Check::CentralTls,
        Verdict::Fail,
        tried(done(1), Some(stranger), None),
    );
    let revoked = kept(LinkTrouble::Refused);
    is(
        Check::CentralRequest,
        Verdict::Fail,
        tried(done(1), Some(done(2)), Some(revoked)),
    );
    let busy = kept(LinkTrouble::Busy);
    is(
        Check::CentralRequest,
        Verdict::Warn,
        tried(done(1), Some(done(2)), Some(busy)),
    );
    is(
        Check::CentralRequest,
        Verdict::Warn,
        tried(done(1), Some(done(2)), Some(done(2001))),
    );
    is(Check::CentralNetwork, Verdict::Fail, |f| {
        f.central = Some(Central::NoSite)
    });
    is(Check::CentralNetwork, Verdict::Fail, |f| {
        f.central = Some(Central::NotTried)
    });
    is(Check::CentralRequest, Verdict::Fail, |f| {
        f.central = Some(Central::Heard {
            trouble: Some(LinkTrouble::Refused),
        });
    });
}

#[test]
fn silence_of_central_and_what_waits_for_it_grow_worse_with_time() {
    let age = |days: u64, hours: u64| {
        move |f: &mut Facts| {
            f.sync.as_mut().unwrap().age = Some(Duration::from_secs(days * 86_400 + hours * 3600));
        }
    };
    is(Check::Sync, Verdict::Warn, age(0, 1));
    is(Check::Sync, Verdict::Warn, age(22, 23));
    is(Check::Sync, Verdict::Fail, age(23, 0));
    is(Check::Sync, Verdict::Fail, age(99, 0));
    is(Check::Sync, Verdict::Warn, |f| {
        f.sync.as_mut().unwrap().last = None
    });
    let waiting = |minutes: i64| {
        move |f: &mut Facts| {
            f.outbox = Some(Outbox {
                waiting: 3,
                oldest_at: Some(UtcMillis(NOW.0 - minutes * 60_000)),
            });
        }
    };
    is(Check::Outbox, Verdict::Warn, waiting(16));
    is(Check::Outbox, Verdict::Fail, waiting(25 * 60));
    let mut facts = good();
    waiting(1)(&mut facts);
    assert_eq!(worst(&judge(&facts, NOW)), Verdict::Ok, "it is on its way");
}

#[test]
fn services_screen_audit_and_versions_that_are_not_well_are_said() {
    is(Check::Services, Verdict::Fail, |f| {
        f.services.as_mut().unwrap().sync_answers = false;
    });
    is(Check::Services, Verdict::Fail, |f| {
        f.services.as_mut().unwrap().units[0].state = UnitState::Failed;
    });
    let screen = |life, closed, crashes| {
        move |f: &mut Facts| {
            f.screen = Some(Screen {
                life,
                closed,
                crashes: Some(crashes),
            });
        }
    };
    is(Check::Screen, Verdict::Fail, screen(Life::Gone, None, 0));
    is(Check::Screen, Verdict::Fail, screen(Life::Hung, None, 0));
    is(
        Check::Screen,
        Verdict::Fail,
        screen(Life::Alive, Some(Closed::LeaseOver), 0),
    );
    is(Check::Screen, Verdict::Warn, screen(Life::Alive, None, 1));
    is(Check::Screen, Verdict::Fail, screen(Life::Alive, None, 5));
    is(Check::Audit, Verdict::Warn, |f| {
        f.audit = Some(Audit::Missing)
    });
    is(Check::Audit, Verdict::Fail, |f| {
        f.audit = Some(Audit::NotWritable)
    });
    is(Check::Versions, Verdict::Warn, |f| {
        f.versions.as_mut().unwrap().gave_way = Some("1.4.0".to_owned());
    });
    is(Check::Versions, Verdict::Fail, |f| {
        f.versions.as_mut().unwrap().sqlcipher = None;
    });
}
