//! Several kiosks tell central how they are, over mutual TLS, and an operator looks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dayroom::demo::{sync_clock, sync_key};
use dayroom::devices::{Clock, DeviceKey};
use dayroom::doctor::{self, DoctorOptions};
use dayroom::domain::health::facts::{Audit, Closed, Device, Display, Inputs};
use dayroom::domain::health::{Check, Finding};
use dayroom::domain::local::{ScreenStatus, ToSync};
use dayroom::replica::sync::{SyncOptions, run};
use dayroom::runtime::paths::KioskPaths;
use dayroom_central::{HealthChange, KioskState};
use dayroom_client::plan::PlanConfig;
use dayroom_protocol::health::{ClosedReason, ScreenState};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use crate::bench::Bench;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sync process, and the screen's end of its socket.
struct Process {
    screen: UnixStream,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

impl Process {
    async fn start(bench: &Bench, state: PathBuf) -> Self {
        let clock = sync_clock(Clock::open().unwrap());
        let socket = state.join("run/kiosk.sock");
        let key = sync_key(DeviceKey::open(&KioskPaths::at(&state).key()).unwrap());
        let mut options = SyncOptions::new(state.clone(), socket.clone(), clock, key);
        options.plan = PlanConfig {
            first_contact: 0,
            health_debounce: 1,
            health_gap: 1,
            ..PlanConfig::default()
        };
        let machine = bench.machine();
        options.senses = Some(Arc::new(move || doctor::sense(&machine, &state)));
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(async move {
            let stopped = async {
                let _dropped = stopped.await;
            };
            run(options, stopped).await.unwrap();
        });
        let mut look = tokio::time::interval(Duration::from_millis(5));
        let screen = loop {
            look.tick().await;
            if let Ok(screen) = UnixStream::connect(&socket).await {
                break screen;
            }
            assert!(!ended.is_finished(), "sync has ended");
        };
        Self {
            screen,
            stop,
            ended,
        }
    }

    async fn say(&mut self, closed: Option<Closed>, unknown: &[Device]) {
        let status = Box::new(ScreenStatus {
            closed,
            crashes: Some(0),
            display: Some(Display::Missing),
            inputs: Some(Inputs {
                unknown: unknown.to_vec(),
                ..Inputs::default()
            }),
            audit: Some(Audit::Writable),
        });
        let body = serde_json::to_vec(&ToSync::Screen { status }).unwrap();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let frame = [&length, body.as_slice()].concat();
        self.screen.write_all(&frame).await.unwrap();
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}

/// Waits until central knows a kiosk to be so.
async fn until(
    bench: &Bench,
    kiosk: dayroom_protocol::KioskId,
    holds: impl Fn(&dayroom_central::FleetLine) -> bool,
) {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    let seen = async {
        loop {
            look.tick().await;
            let fleet = bench.central().fleet(bench.now()).unwrap();
            let line = fleet.into_iter().find(|line| line.kiosk == kiosk).unwrap();
            if holds(&line) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen)
        .await
        .expect("central hears of it");
}

#[test]
fn an_operator_sees_which_kiosk_is_open_which_is_closed_and_why_and_what_was_plugged_in() {
    let bench = Bench::new();
    let first = bench.kiosk;
    let mut rng = SmallRng::seed_from_u64(8);
    let second = bench
        .central()
        .create_kiosk(bench.unit(), "Unit B, door", &mut rng)
        .unwrap();
    let beside = bench.folder().join("kiosk-beside");
    bench.issue_into(&beside, second, bench.now());
    let never = bench
        .central()
        .create_kiosk(bench.unit(), "Unit B, new", &mut rng)
        .unwrap();
    bench.runtime().block_on(async {
        let mut one = Process::start(&bench, bench.state()).await;
        let mut two = Process::start(&bench, beside).await;
        one.say(None, &[]).await;
        two.say(Some(Closed::NotReady), &[]).await;
        until(&bench, first, |line| line.state == KioskState::Open).await;
        let reason = ClosedReason::NotReady;
        until(&bench, second, |line| {
            line.state == KioskState::Closed { reason }
        })
        .await;
        let fleet = bench.central().fleet(bench.now()).unwrap();
        assert!(
            matches!(fleet[0].state, KioskState::Closed { .. }),
            "closed stands before what is only without a display: {:?}",
            fleet[0].state
        );
        assert_eq!(
            fleet.iter().map(|line| line.kiosk).collect::<BTreeSet<_>>(),
            BTreeSet::from([first, second, never])
        );
        let line = fleet.iter().find(|line| line.kiosk == first).unwrap();
        assert_eq!(line.certificate_days, Some(29));
        let report = line.report.as_ref().unwrap();
        assert_eq!(report.versions.program.as_str(), env!("CARGO_PKG_VERSION"));
        assert!(report.store.bytes > 0 && report.disk.free.is_some());
        assert_eq!(report.outbox.waiting, None, "the screen made no journal");

        // Somebody opens the one, plugs something into it, and it is heard of at once.
        two.say(None, &[]).await;
        until(&bench, second, |line| line.state == KioskState::Open).await;
        let keyboard = Device {
            vendor: 0x46d,
            product: 0xc31c,
            name: "Example\u{1b}[2J Keyboard".to_owned(),
        };
        two.say(None, std::slice::from_ref(&keyboard)).await;
        until(&bench, second, |line| {
            let report = line.report.as_ref().unwrap();
            report.devices.unknown.len() == 1
        })
        .await;

        // The screen process goes.
        drop(two.screen);
        until(&bench, second, |line| line.state == KioskState::ScreenGone).await;
        let history = bench.central().health_history(second, 50).unwrap();
        let changes: Vec<HealthChange> = history.into_iter().map(|entry| entry.change).collect();
        let has = |wanted: &dyn Fn(&HealthChange) -> bool| changes.iter().any(wanted);
        assert!(has(&|change| *change == HealthChange::First));
        assert!(
            has(&|change| *change == HealthChange::Opened),
            "{changes:#?}"
        );
        assert!(has(&|change| matches!(
            change,
            HealthChange::Plugged { device } if device.name.as_str() == "Example?[2J Keyboard"
        )));
        assert!(has(&|change| *change
            == HealthChange::Screen {
                to: ScreenState::Gone
            }));
        two.stop.send(()).unwrap();
        two.ended.await.unwrap();
        one.stop().await;
    });
    let later = bench.now().plus_millis(16 * 60_000);
    let fleet = bench.central().fleet(later).unwrap();
    let silent = fleet
        .iter()
        .filter(|line| matches!(line.state, KioskState::Silent { .. }))
        .count();
    assert_eq!(silent, 2, "whoever says nothing is silent since");
    assert_eq!(fleet[2].state, KioskState::NeverHere);
}

#[test]
fn the_doctor_asks_a_running_sync_process_and_does_not_take_the_screens_place() {
    let bench = Bench::filled();
    bench.runtime().block_on(async {
        let mut process = Process::start(&bench, bench.state()).await;
        process.say(Some(Closed::LeaseOver), &[]).await;
        until(&bench, bench.kiosk, |line| line.closed().is_some()).await;
        let mut options = DoctorOptions::new(bench.state(), bench.state().join("run/kiosk.sock"));
        options.machine = bench.machine();
        for _ in 0..20 {
            let options = options.clone();
            let now = Clock::open().unwrap().now();
            let look = tokio::task::spawn_blocking(move || doctor::diagnose(&options, now));
            let diagnosis = look.await.unwrap();
            let found = |check| {
                let lines = diagnosis.lines.iter();
                let line = lines.rev().find(|line| line.check == check).unwrap();
                line.finding.clone()
            };
            assert_eq!(found(Check::Services), Finding::SyncProcessAnswers);
            assert_eq!(
                found(Check::Screen),
                Finding::ScreenClosed {
                    reason: Closed::LeaseOver
                }
            );
            assert!(matches!(found(Check::Store), Finding::StoreFileGood { .. }));
        }
        // The screen is still the screen.
        process.say(None, &[]).await;
        until(&bench, bench.kiosk, |line| line.state == KioskState::Open).await;
        process.stop().await;
    });
}
