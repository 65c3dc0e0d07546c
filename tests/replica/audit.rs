//! The audits of a kiosk at central: signed, once, resumed, and an alarm where they cannot be.

use std::time::Duration;

use dayroom::devices::Clock;
use dayroom::domain::audit::{Event, Process, Word, kinds};
use dayroom::domain::local::ToSync;
use dayroom_central::{AuditAsk, AuditReport, Central, OperatorError};
use dayroom_protocol::KioskId;

use crate::house::{House, Kiosk, PATIENCE};

/// What central has of a kiosk's process: the names of its events, in order.
fn taken(central: &Central, kiosk: KioskId, process: Process) -> Vec<String> {
    let ask = AuditAsk {
        kiosk: Some(kiosk),
        ..AuditAsk::default()
    };
    let mut found = Vec::new();
    let read = central.audit_lines(&ask, |line| {
        if line.process == process {
            found.push(line.entry.event);
        }
        Ok::<_, OperatorError>(())
    });
    read.unwrap();
    found
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let waiting = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while !done() {
            look.tick().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{what}: not within a minute");
}

fn report(central: &Central, kiosk: KioskId, process: Process) -> Option<AuditReport> {
    let reports = central.verify_audit(Some(kiosk), None).unwrap();
    reports
        .into_iter()
        .find(|report| report.chain.process == process)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_screen_and_sync_note_is_at_central_signed_and_once_across_restarts() {
    let house = House::start().await;
    let (central, id) = (house.central.clone(), house.kiosk);
    let mut kiosk = Kiosk::start(&house.state()).await;
    let clock = Clock::open().unwrap();
    let note = |kiosk: &mut Kiosk, event: Event| kiosk.journal.audit(event, clock.now()).unwrap();

    // More than a batch, so that it takes several.
    for _ in 0..300 {
        note(&mut kiosk, kinds::session_start());
    }
    until("the screen's audit", || {
        taken(&central, id, Process::Screen).len() == 301
    })
    .await;
    until("sync's audit", || {
        taken(&central, id, Process::Sync).contains(&"link.up".to_owned())
    })
    .await;
    kiosk.stop().await;
    let mut kiosk = Kiosk::start(&house.state()).await;
    note(&mut kiosk, kinds::session_end(Word::new("idle")));
    until("after a restart", || {
        let screen = taken(&central, id, Process::Screen);
        let sync = taken(&central, id, Process::Sync);
        let starts = sync.iter().filter(|event| *event == "sync.start").count();
        screen.len() == 302 && starts == 2
    })
    .await;
    let screen = taken(&central, id, Process::Screen);
    assert_eq!(
        (screen[0].as_str(), screen[301].as_str()),
        ("audit.began", "session.end")
    );
    for process in [Process::Screen, Process::Sync] {
        let report = report(&central, id, process).unwrap();
        assert_eq!(report.fault, None);
        assert!(report.signatures >= 2, "{process}: {}", report.signatures);
        assert!(report.intact_through > 0);
    }
    let alarms = central.activity().unwrap();
    assert!(
        !format!("{alarms:?}").contains("Audit"),
        "nothing was out of order"
    );
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_hears_within_a_minute_of_an_audit_that_cannot_be_written() {
    let house = House::start().await;
    let central = house.central.clone();
    let path = dayroom::store::AuditLog::path(&house.state(), Process::Sync);
    // Where the file would be is a folder: whatever sync notes cannot be written.
    std::fs::create_dir_all(path.join("in the way")).unwrap();
    let mut kiosk = Kiosk::start(&house.state()).await;
    let told = |process: &str| {
        let said = format!("{:?}", central.activity().unwrap());
        said.contains(&format!("AuditUnwritable {{ process: {process}"))
    };
    until("sync's", || told("Sync")).await;
    // The screen's journal is another matter, and the screen says it.
    assert!(!told("Screen"));
    let since = Clock::open().unwrap().now().utc;
    kiosk.say(ToSync::AuditUnwritable { since }).await;
    until("the screen's", || told("Screen")).await;
    // With room again it is written, what waited too.
    std::fs::remove_dir_all(&path).unwrap();
    until("written again", || {
        let sync = taken(&central, house.kiosk, Process::Sync);
        sync.contains(&"sync.start".to_owned())
    })
    .await;
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_whose_audit_was_touched_is_an_alarm_at_central() {
    let house = House::start().await;
    let (central, id) = (house.central.clone(), house.kiosk);
    let kiosk = Kiosk::start(&house.state()).await;
    until("sync's audit", || {
        !taken(&central, id, Process::Sync).is_empty()
    })
    .await;
    kiosk.stop().await;
    let path = dayroom::store::AuditLog::path(&house.state(), Process::Sync);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("sync.start", "link.up")).unwrap();
    let kiosk = Kiosk::start(&house.state()).await;
    until("another life", || {
        format!("{:?}", central.activity().unwrap()).contains("AuditBegunAnew { process: Sync")
    })
    .await;
    let reports = central.verify_audit(Some(id), None).unwrap();
    let lives = reports
        .iter()
        .filter(|report| report.chain.process == Process::Sync);
    assert_eq!(lives.count(), 2, "what central had stays");
    kiosk.stop().await;
}
