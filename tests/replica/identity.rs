//! The life of a kiosk's certificate, with the sync process as it runs and a real central: renewal,
//! revocation, clocks that are wrong, and every state in which a power cut can leave the folder.

use std::path::Path;
use std::time::{Duration, Instant};

use dayroom::demo::sync_clock;
use dayroom::devices::Clock;
use dayroom::domain::IntentBody;
use dayroom::domain::identity::Standing;
use dayroom::domain::local::{Link, OfflineCause};
use dayroom::domain::{Outcome, UtcMillis};
use dayroom::replica::{Chains, look};
use dayroom_central::tls;
use dayroom_protocol as wire;

use crate::house::{House, Kiosk, device_key};

const DAY: i64 = 86_400_000;

fn offline(cause: OfflineCause) -> impl Fn(&Link) -> bool {
    move |link| matches!(link, Link::Offline { cause: other, .. } if *other == cause)
}

fn now() -> wire::UtcMillis {
    tls::Clock::system().now()
}

/// The chain in use ends then.
fn ends(state: &Path) -> i64 {
    use dayroom_client::transport::Identity as _;
    let chains = Chains::read(state, &device_key(state)).unwrap();
    chains.current().unwrap().validity().until.0
}

fn standing(house: &House) -> Standing {
    let key = device_key(&house.state()).public_key;
    let root = house.authority.root_pem();
    look(&house.state(), root, Some(&key), UtcMillis(now().0))
}

/// Waits for something on the disk, which nobody tells.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !holds() {
            look.tick().await;
        }
    };
    tokio::time::timeout(crate::house::PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_kiosk_knows_why_within_five_seconds_and_keeps_everything() {
    let house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    assert!(matches!(standing(&house), Standing::Good { .. }));
    let revoked_at = Instant::now();
    house.authority.revoke_kiosk(house.kiosk, now()).unwrap();
    kiosk.until_link(offline(OfflineCause::Revoked)).await;
    let took = revoked_at.elapsed();
    println!("revoked to told: {} ms", took.as_millis());
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(
        !house
            .running
            .as_ref()
            .unwrap()
            .registry()
            .kiosks()
            .contains(&house.kiosk)
    );
    assert!(matches!(standing(&house), Standing::Revoked { .. }));
    assert!(
        kiosk.cache.resident(marcus).unwrap().is_some(),
        "nothing is erased"
    );
    let written = kiosk.record(marcus, IntentBody::SignIn);
    kiosk.stop().await;

    // Without contact, after a restart: the proof is kept.
    let mut house = house;
    let running = house.running.take().unwrap();
    let address = running.local_addr();
    running.shutdown().await;
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(offline(OfflineCause::Revoked)).await;
    kiosk.stop().await;

    // Enrolled again it opens, and what was written meanwhile is there.
    house.serve(address).await;
    house.enrol_again();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.settlement(written).unwrap() == Some(Outcome::Applied))
        .await;
    assert!(matches!(standing(&house), Standing::Good { .. }));
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_due_is_renewed_and_connections_move_over_without_a_restart() {
    let house = House::start().await;
    house.use_certificate_of(now().plus_millis(-12 * DAY));
    let before = ends(&house.state());
    assert!(matches!(standing(&house), Standing::RenewalDue { .. }));
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    until("renewed", || ends(&house.state()) > before).await;
    assert!(!house.state().join("identity/cert.next.pem").exists());
    assert!(matches!(standing(&house), Standing::Good { .. }));
    let key = std::fs::read(house.state().join("identity/key.pem")).unwrap();

    // The old certificate is worth nothing now, and nobody notices.
    house.revoke_all_but_the_newest();
    let marcus = house.marcus();
    let written = kiosk.record(marcus, IntentBody::SignIn);
    kiosk
        .say(dayroom::domain::local::ToSync::IntentsWaiting)
        .await;
    kiosk
        .until(|cache| cache.settlement(written).unwrap() == Some(Outcome::Applied))
        .await;
    kiosk.stop().await;
    assert_eq!(
        std::fs::read(house.state().join("identity/key.pem")).unwrap(),
        key
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_renewal_is_cut_off_the_kiosk_comes_back_and_ends_with_one_good_chain() {
    let house = House::start().await;
    house.use_certificate_of(now().plus_millis(-12 * DAY));
    let identity = house.state().join("identity");
    let old = std::fs::read(identity.join("cert.pem")).unwrap();
    house.use_certificate_of(now());
    let new = std::fs::read(identity.join("cert.pem")).unwrap();
    let half = |chain: &[u8]| chain.get(..chain.len() / 2).unwrap().to_vec();
    let states: [(&str, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>); 8] = [
        ("before anything", Some(old.clone()), None, None),
        (
            "while the new one is written",
            Some(old.clone()),
            None,
            Some(half(&new)),
        ),
        (
            "before it has its name",
            Some(old.clone()),
            None,
            Some(new.clone()),
        ),
        (
            "before it was tried",
            Some(old.clone()),
            Some(new.clone()),
            None,
        ),
        (
            "after it has taken its place",
            Some(new.clone()),
            None,
            None,
        ),
        (
            "a disk that tore the new one",
            Some(old.clone()),
            Some(half(&new)),
            None,
        ),
        (
            "a disk that tore the old one",
            Some(half(&old)),
            Some(new.clone()),
            None,
        ),
        (
            "a disk that lost the old one",
            None,
            Some(new.clone()),
            None,
        ),
    ];
    for (what, cert, next, unnamed) in states {
        for (name, content) in [
            ("cert.pem", cert),
            ("cert.next.pem", next),
            (".cert.next.pem.1.new", unnamed),
        ] {
            let path = identity.join(name);
            match content {
                Some(content) => std::fs::write(path, content).unwrap(),
                None => drop(std::fs::remove_file(path)),
            }
        }
        let mut kiosk = Kiosk::start(&house.state()).await;
        kiosk.until_link(|link| *link == Link::Online).await;
        let fresh = now().0 + 29 * DAY;
        until(what, || {
            let read = Chains::read(&house.state(), &device_key(&house.state()));
            let chains = read.unwrap();
            chains.current().is_some_and(|current| {
                use dayroom_client::transport::Identity as _;
                current.validity().until.0 > fresh
            }) && chains.next().is_none()
        })
        .await;
        kiosk.stop().await;
        println!("cut off {what}: came back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_chain_that_central_refuses_is_set_aside_and_the_old_one_goes_on() {
    let house = House::start().await;
    let identity = house.state().join("identity");
    house.use_certificate_of(now().plus_millis(-DAY));
    let bad = house.chain_of_another_authority();
    std::fs::write(identity.join("cert.next.pem"), &bad).unwrap();
    let before = ends(&house.state());
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    until("set aside", || identity.join("cert.refused.pem").exists()).await;
    assert_eq!(
        std::fs::read(identity.join("cert.refused.pem")).unwrap(),
        bad
    );
    assert!(!identity.join("cert.next.pem").exists());
    assert_eq!(ends(&house.state()), before);
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_lost_its_time_does_not_keep_a_kiosk_out() {
    let house = House::start().await;
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    let kept = house.state().join("identity/time");
    until("time is kept", || kept.exists()).await;
    kiosk.stop().await;

    let clock = Clock::open().unwrap();
    clock.skew(-now().0);
    let (before, after) = (clock.now().utc, clock.clone());
    assert_eq!(before, dayroom::devices::BUILT, "all it knows");
    let mut kiosk = Kiosk::start_by(&house.state(), sync_clock(clock)).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    assert!(
        after.now().utc.0 > now().0 - DAY,
        "1970, and central has said what time it is"
    );
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_ahead_closes_nothing_for_good_and_leaves_no_trace() {
    let house = House::start().await;
    let marcus = house.marcus();
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.resident(marcus).unwrap().is_some())
        .await;
    let written = kiosk.record(marcus, IntentBody::SignIn);
    kiosk.stop().await;
    let kept = std::fs::read(house.state().join("identity/time")).unwrap();

    for skew in [365 * DAY, 2_147_483_648_000 - now().0 + DAY] {
        let clock = Clock::open().unwrap();
        clock.skew(skew);
        let mut kiosk = Kiosk::start_by(&house.state(), sync_clock(clock)).await;
        kiosk
            .until_link(offline(OfflineCause::CertificateExpired))
            .await;
        kiosk.stop().await;
        assert_eq!(
            std::fs::read(house.state().join("identity/time")).unwrap(),
            kept
        );
    }
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until(|cache| cache.settlement(written).unwrap() == Some(Outcome::Applied))
        .await;
    kiosk.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_that_was_off_for_a_year_says_that_its_certificate_has_ended() {
    let house = House::start().await;
    house.use_certificate_of(now().plus_millis(-365 * DAY));
    assert!(matches!(standing(&house), Standing::Expired { .. }));
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk
        .until_link(offline(OfflineCause::CertificateExpired))
        .await;
    house.enrol_again();
    kiosk.stop().await;
    let mut kiosk = Kiosk::start(&house.state()).await;
    kiosk.until_link(|link| *link == Link::Online).await;
    kiosk.stop().await;
}
