//! What a one-time code buys, and what it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

mod enrolling;

use std::time::Duration;

use dayroom_central::{CODE_LIFE, Deed, EnrolmentState, EnrolmentStep, NewEnrolment};
use dayroom_client::est::{CertificateRequest, EstError, Issued, Subject};
use dayroom_client::transport::Signer;
use dayroom_protocol::{EnrolmentCode, EnrolmentNumber, EnrolmentRefusal};
use enrolling::{DAY, HOUR, House, Key, MINUTE, reason};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The same code with another secret.
fn guess(house: &House, code: EnrolmentCode, secret: u64) -> EnrolmentCode {
    EnrolmentCode::new(code.number(), secret, house.pin())
}

fn steps(house: &House) -> Vec<EnrolmentStep> {
    let all = house.central.activity().unwrap();
    all.into_iter()
        .filter(|line| line.kiosk == house.kiosk)
        .filter_map(|line| match line.deed {
            Deed::Enrolment { step } => Some(step),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_buys_the_first_certificate_and_the_certificate_buys_the_next() {
    let house = House::start().await;
    let key = Key::new();
    let first = house.enrol(house.kiosk, &key).await;
    assert_eq!(first.kiosk, house.kiosk);
    let days = first.validity.until.millis_since(house.now()) as f64 / DAY as f64;
    assert!((29.9..=30.0).contains(&days), "{days} days");

    house.pass(20 * DAY);
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let next = house.renew(&key.identity(&first), &request).await.unwrap();
    let next = house.check(&next, house.kiosk, &key);
    assert!(next.validity.until > first.validity.until);

    let steps = steps(&house);
    let [first, second, third] = steps.as_slice() else {
        panic!("each step stands in the activity: {steps:?}");
    };
    assert!(matches!(first, EnrolmentStep::CodeMade { .. }));
    assert!(matches!(second, EnrolmentStep::Enrolled { .. }));
    assert!(matches!(third, EnrolmentStep::Renewed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_that_knows_only_the_code_is_told_who_it_is_and_where_it_stands() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Enrolment(code.number())).unwrap();
    let user = code.number().to_string();
    let sent = house
        .stranger()
        .enroll(&request, &user, &code.plain())
        .await;
    let root = house.authority.root_pem();
    let issued = Issued::check(&sent.unwrap(), key.public_key(), None, root, house.now()).unwrap();
    assert_eq!(issued.kiosk, house.kiosk);

    let site = house
        .client(Some(&key.identity(&issued)))
        .site()
        .await
        .unwrap();
    assert_eq!(
        (site.kiosk, site.unit, site.facility),
        (house.kiosk, house.a, house.facility)
    );
    assert_eq!(
        (site.unit_name.as_str(), site.facility_name.as_str()),
        ("Unit A", "Cedar County")
    );
    assert_eq!(site.server_name, "central.test");
    assert_eq!(site.est_name, "est.central.test");
    assert_eq!(site.label, "Unit A, wall");
    let refused = house.stranger().site().await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gets_the_same_certificate_again_when_the_answer_was_lost() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let first = house.enrol_with(house.kiosk, &key, code).await.unwrap();
    let house = house.restart().await;
    for _ in 0..7 {
        // More often than there are tries: a right code costs none.
        let again = house.enrol_with(house.kiosk, &key, code).await.unwrap();
        assert_eq!(again.chain, first.chain);
    }
    house.pass(16 * MINUTE);
    let late = house.enrol_with(house.kiosk, &key, code).await.unwrap_err();
    assert_eq!(reason(&late), EnrolmentRefusal::Used);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_with_a_used_code_gets_nothing() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let first = house.enrol_with(house.kiosk, &key, code).await.unwrap();
    let replayed = house
        .enrol_with(house.kiosk, &Key::new(), code)
        .await
        .unwrap_err();
    assert_eq!(reason(&replayed), EnrolmentRefusal::Used);
    // And what the first key has counts still.
    house
        .client(Some(&key.identity(&first)))
        .site()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_at_once_with_one_code_get_one_certificate() {
    let house = House::start().await;
    for _ in 0..3 {
        let code = house.code(house.kiosk);
        let keys: Vec<Key> = (0..4).map(|_| Key::new()).collect();
        let asked = keys
            .iter()
            .map(|key| house.enrol_with(house.kiosk, key, code));
        let answers = futures_util::future::join_all(asked).await;
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "{answers:?}");
        for lost in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!(reason(lost), EnrolmentRefusal::Used);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_at_once_several_times_gets_one_certificate() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let asked = (0..4).map(|_| house.enrol_with(house.kiosk, &key, code));
    let answers = futures_util::future::join_all(asked).await;
    let chains: std::collections::BTreeSet<Vec<u8>> = answers
        .into_iter()
        .map(|answer| answer.unwrap().chain[0].to_vec())
        .collect();
    assert_eq!(chains.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_wrong_tries_the_right_code_comes_too_late() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    for secret in 1..=4 {
        let wrong = guess(&house, code, secret);
        let refused = house
            .enrol_with(house.kiosk, &key, wrong)
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), EnrolmentRefusal::Wrong);
    }
    // The control: with a try left the right one is taken.
    let other = house.code(house.other);
    for secret in 1..=4 {
        let wrong = guess(&house, other, secret);
        house
            .enrol_with(house.other, &key, wrong)
            .await
            .unwrap_err();
    }
    house.enrol_with(house.other, &key, other).await.unwrap();

    let wrong = guess(&house, code, 5);
    house
        .enrol_with(house.kiosk, &key, wrong)
        .await
        .unwrap_err();
    let refused = house.enrol_with(house.kiosk, &key, code).await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Void);
    let lines = house.central.enrolments(house.now()).unwrap();
    assert_eq!((lines[0].state, lines[0].tries), (EnrolmentState::Void, 5));
    let refusals = steps(&house)
        .into_iter()
        .filter(|step| matches!(step, EnrolmentStep::Refused { .. }));
    assert_eq!(refusals.count(), 5, "who guesses on adds no lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tries_by_number_and_by_kiosk_count_together_and_outlive_a_restart() {
    let mut house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    for secret in 1..=5 {
        let user = if secret % 2 == 0 {
            house.kiosk.to_string()
        } else {
            code.number().to_string()
        };
        let wrong = guess(&house, code, secret).plain();
        let refused = house.stranger().enroll(&request, &user, &wrong).await;
        assert_eq!(reason(&refused.unwrap_err()), EnrolmentRefusal::Wrong);
        house = house.restart().await;
    }
    let refused = house.enrol_with(house.kiosk, &key, code).await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Void);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_no_code_is_a_wrong_try_and_an_unknown_user_learns_nothing_else() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let client = house.stranger();
    let ask = async |user: &str, code: &str| {
        let refused = client.enroll(&request, user, code).await.unwrap_err();
        reason(&refused)
    };
    let user = house.kiosk.to_string();
    assert_eq!(ask(&user, "password").await, EnrolmentRefusal::Wrong);
    assert_eq!(ask("", &code.plain()).await, EnrolmentRefusal::Wrong);
    assert_eq!(ask("admin", &code.plain()).await, EnrolmentRefusal::Wrong);
    let nobody = EnrolmentNumber::new(code.number().get() ^ 1).to_string();
    assert_eq!(ask(&nobody, &code.plain()).await, EnrolmentRefusal::Wrong);
    let elsewhere = house.other.to_string();
    assert_eq!(
        ask(&elsewhere, &code.plain()).await,
        EnrolmentRefusal::Wrong
    );
    assert_eq!(house.central.enrolments(house.now()).unwrap()[0].tries, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_with_its_time() {
    let house = House::start().await;
    let key = Key::new();
    let code = house.code(house.kiosk);
    house.pass(24 * HOUR + MINUTE);
    let refused = house.enrol_with(house.kiosk, &key, code).await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Expired);
    let lines = house.central.enrolments(house.now()).unwrap();
    assert_eq!(lines[0].state, EnrolmentState::Expired);

    let code = house.code(house.kiosk);
    house.pass(24 * HOUR - 5 * MINUTE);
    house.enrol_with(house.kiosk, &key, code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_a_kiosk_that_was_moved_or_retired_buys_nothing() {
    let house = House::start().await;
    let key = Key::new();
    let code = house.code(house.kiosk);
    house.central.move_kiosk(house.kiosk, house.b).unwrap();
    let refused = house.enrol_with(house.kiosk, &key, code).await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Moved);
    house.central.move_kiosk(house.kiosk, house.a).unwrap();
    house.enrol_with(house.kiosk, &key, code).await.unwrap();

    let code = house.code(house.other);
    house
        .central
        .retire_kiosk(house.other, house.now())
        .unwrap();
    let refused = house.enrol_with(house.other, &key, code).await.unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Retired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_taken_back_or_replaced_is_void() {
    let house = House::start().await;
    let key = Key::new();
    let first = house.code(house.kiosk);
    let second = house.code(house.kiosk);
    let refused = house
        .enrol_with(house.kiosk, &key, first)
        .await
        .unwrap_err();
    // Under the kiosk's name the newest code is meant, so the old one is just wrong.
    assert_eq!(reason(&refused), EnrolmentRefusal::Wrong);
    house
        .central
        .cancel_enrolment(house.kiosk, house.now())
        .unwrap();
    let refused = house
        .enrol_with(house.kiosk, &key, second)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), EnrolmentRefusal::Void);
    house
        .central
        .cancel_enrolment(house.kiosk, house.now())
        .unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_up_to_fourteen_days_and_for_kiosks_in_service() {
    let house = House::start().await;
    let mut rng = StdRng::seed_from_u64(1);
    let mut make = |kiosk, valid| {
        let new = NewEnrolment {
            kiosk,
            server_name: "central.test",
            pin: house.pin(),
            valid,
        };
        house.central.create_enrolment(&new, house.now(), &mut rng)
    };
    make(house.kiosk, Duration::ZERO).unwrap_err();
    make(house.kiosk, Duration::from_secs(14 * 86_400 + 1)).unwrap_err();
    make(house.kiosk, Duration::from_secs(14 * 86_400)).unwrap();
    house
        .central
        .retire_kiosk(house.other, house.now())
        .unwrap();
    make(house.other, CODE_LIFE).unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_again_ends_the_certificates_the_kiosk_had() {
    let house = House::start().await;
    let (old, new) = (Key::new(), Key::new());
    let before = house.enrol(house.kiosk, &old).await;
    let elsewhere = house.enrol(house.other, &Key::new()).await;
    let before = old.identity(&before);
    house.client(Some(&before)).site().await.unwrap();
    let after = house.enrol(house.kiosk, &new).await;
    let gone =
        enrolling::within_five_seconds(async || house.client(Some(&before)).site().await.is_err());
    assert!(gone.await);
    house
        .client(Some(&new.identity(&after)))
        .site()
        .await
        .unwrap();
    assert_eq!(elsewhere.kiosk, house.other);
    assert_eq!(house.authority.revocation_list().unwrap().revoked.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_on_is_told_to_wait() {
    let house = House::start().await;
    let code = house.code(house.kiosk);
    let key = Key::new();
    let request = CertificateRequest::new(&key, Subject::Kiosk(house.kiosk)).unwrap();
    let client = house.stranger();
    for _ in 0..20 {
        let refused = client.enroll(&request, "0000", &code.plain()).await;
        assert_eq!(reason(&refused.unwrap_err()), EnrolmentRefusal::Wrong);
    }
    let user = house.kiosk.to_string();
    let waiting = client
        .enroll(&request, &user, &code.plain())
        .await
        .unwrap_err();
    let EstError::Refused {
        reason,
        retry_after,
    } = waiting
    else {
        panic!("{waiting:?}");
    };
    assert_eq!(reason, EnrolmentRefusal::Busy);
    assert!(retry_after.unwrap() <= Duration::from_secs(600));
    house.pass(11 * MINUTE);
    client.enroll(&request, &user, &code.plain()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_nowhere_in_centrals_files() {
    let house = House::start().await;
    let code = house.code(house.kiosk).plain();
    let secret = &code[5..];
    let mut read = 0;
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            read += bytes.len();
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(read > 10_000, "the database was looked at");
}
