use proptest::prelude::*;

use super::*;
use crate::domain::{BootId, BootMillis};

const MINUTE: u64 = 60_000;

fn at(minutes: u64) -> BootMoment {
    moment(1, minutes * MINUTE)
}

fn moment(boot: u128, ms: u64) -> BootMoment {
    BootMoment {
        boot: BootId(boot),
        at: BootMillis(ms),
    }
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn wrong_times(times: u32, mut record: TryRecord, now: BootMoment) -> TryRecord {
    for _ in 0..times {
        record = record.count_try(now);
    }
    record
}

#[test]
fn a_new_number_has_five_tries() {
    let record = TryRecord::default();
    assert_eq!(record.gate(at(0)), Gate::Open { tries_left: 5 });
    let record = record.count_try(at(0));
    assert_eq!(record.gate(at(0)), Gate::Open { tries_left: 4 });
}

#[test]
fn five_wrong_in_fifteen_minutes_lock_for_fifteen_minutes() {
    let record = wrong_times(4, TryRecord::default(), at(0)).count_try(at(14));
    let remaining = minutes(15);
    assert_eq!(record.gate(at(14)), Gate::Locked { remaining });
    let remaining = minutes(1);
    assert_eq!(record.gate(at(28)), Gate::Locked { remaining });
    assert_eq!(record.gate(at(29)), Gate::Open { tries_left: 5 });
}

#[test]
fn four_wrong_and_one_fifteen_minutes_later_do_not_lock() {
    let record = wrong_times(4, TryRecord::default(), at(0)).count_try(at(15));
    assert_eq!(record.gate(at(15)), Gate::Open { tries_left: 4 });
}

#[test]
fn every_further_lock_is_twice_as_long_up_to_a_day() {
    let mut record = TryRecord::default();
    let mut now = at(0);
    let mut spans = Vec::new();
    for _ in 0..9 {
        record = wrong_times(5, record, now);
        let Gate::Locked { remaining } = record.gate(now) else {
            panic!("not locked");
        };
        spans.push(remaining.as_secs() / 60);
        now = moment(1, now.at.plus(remaining).0);
    }
    assert_eq!(spans, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
}

#[test]
fn a_hundred_without_a_success_need_staff_even_after_days() {
    let mut record = TryRecord::default();
    for day in 0..20 {
        record = wrong_times(5, record, at(day * 24 * 60));
    }
    assert_eq!(record.gate(at(1_000_000)), Gate::NeedsStaff);
    let record = record.settle_boot(moment(2, 0));
    assert_eq!(record.gate(moment(2, 0)), Gate::NeedsStaff);
}

#[test]
fn the_last_try_before_staff_is_announced_as_the_last() {
    let mut record = TryRecord::default();
    for try_number in 0..99 {
        record = record.count_try(at(try_number * 16));
    }
    assert_eq!(record.gate(at(5_000)), Gate::Open { tries_left: 1 });
    let record = record.count_try(at(5_000));
    assert_eq!(record.gate(at(5_000)), Gate::NeedsStaff);
}

#[test]
fn the_fifth_try_may_still_be_the_right_one() {
    let record = wrong_times(5, TryRecord::default(), at(0)).succeed();
    assert_eq!(record, TryRecord::default());
}

#[test]
fn a_success_starts_the_doubling_anew() {
    let record = wrong_times(5, TryRecord::default(), at(0)).succeed();
    let record = wrong_times(5, record, at(1));
    let remaining = minutes(15);
    assert_eq!(record.gate(at(1)), Gate::Locked { remaining });
}

#[test]
fn a_reboot_starts_a_running_lock_over_and_never_shortens_it() {
    let record = wrong_times(5, TryRecord::default(), at(0));
    let after = moment(2, 3);
    let remaining = minutes(15);
    assert_eq!(record.gate(after), Gate::Locked { remaining });
    let record = record.settle_boot(after);
    let later = moment(2, 3 + 14 * MINUTE);
    let remaining = minutes(1);
    assert_eq!(record.gate(later), Gate::Locked { remaining });
    let over = moment(2, 3 + 15 * MINUTE);
    assert_eq!(record.gate(over), Gate::Open { tries_left: 5 });
}

#[test]
fn a_reboot_keeps_the_window_of_wrong_tries_open() {
    let record = wrong_times(4, TryRecord::default(), at(14));
    let after = moment(2, 0);
    assert_eq!(record.gate(after), Gate::Open { tries_left: 1 });
    let record = record.count_try(after);
    assert!(matches!(record.gate(after), Gate::Locked { .. }));
}

#[test]
fn a_lock_that_has_run_out_and_was_settled_does_not_come_back_with_a_reboot() {
    let record = wrong_times(5, TryRecord::default(), at(0)).settle_boot(at(16));
    assert_eq!(record.gate(moment(2, 0)), Gate::Open { tries_left: 5 });
}

#[test]
fn a_record_survives_the_disk() {
    let record = wrong_times(7, TryRecord::default(), at(3)).count_try(at(40));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<TryRecord>(&text).unwrap(), record);
}

#[test]
fn typed_digits_stop_at_their_most_and_can_be_taken_back() {
    let mut digits = Digits::new();
    for value in 0..=9 {
        digits.push(Digit::new(value).unwrap(), 8);
    }
    assert_eq!(digits.as_str(), "01234567");
    digits.erase();
    assert_eq!(digits.as_str(), "0123456");
    digits.clear();
    digits.erase();
    assert!(digits.is_empty());
    assert!(Digit::new(10).is_none());
}

#[test]
fn a_pin_has_six_to_eight_digits() {
    for count in 0..=12 {
        let mut digits = Digits::new();
        for _ in 0..count {
            digits.push(Digit::new(7).unwrap(), Digits::MOST);
        }
        assert_eq!(Pin::complete(digits).is_ok(), (6..=8).contains(&count));
    }
}

#[test]
fn a_digit_does_not_print_itself() {
    assert_eq!(format!("{:?}", Digit::new(7)), "Some(Digit(_))");
}

/// What can happen to a number whose PIN is never typed right.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Try,
    Reboot,
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..40 * MINUTE).prop_map(Step::Wait),
        (0..48 * 60 * MINUTE).prop_map(Step::Wait),
        Just(Step::Try),
        Just(Step::Try),
        Just(Step::Try),
        Just(Step::Try),
        Just(Step::Reboot),
        Just(Step::Settle),
    ];
    prop::collection::vec(step, 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// By a clock the record never sees (`truth`), which runs through reboots.
    #[test]
    fn no_order_of_waiting_trying_and_rebooting_gives_an_extra_try(steps in steps()) {
        let mut record = TryRecord::default();
        let mut now = moment(0, 1_000);
        let mut truth = 0_u64;
        let mut checked: Vec<u64> = Vec::new();
        let mut locks = 0_u32;
        let mut locked_until = 0_u64;
        for step in steps {
            match step {
                Step::Wait(ms) => {
                    now.at = now.at.plus(Duration::from_millis(ms));
                    truth += ms;
                }
                Step::Reboot => now = moment(now.boot.0 + 1, 7),
                Step::Settle => record = record.settle_boot(now),
                Step::Try => match record.gate(now) {
                    Gate::Open { tries_left } => {
                        prop_assert!((1..=TRIES).contains(&tries_left));
                        prop_assert!(truth >= locked_until, "checked while locked");
                        record = record.count_try(now);
                        checked.push(truth);
                        if let Gate::Locked { remaining } = record.gate(now) {
                            let expected = minutes(15 << locks.min(10)).min(LONGEST_LOCK);
                            prop_assert_eq!(remaining, expected);
                            locks += 1;
                            locked_until = truth + u64::try_from(remaining.as_millis()).unwrap();
                        }
                    }
                    Gate::Locked { remaining } => prop_assert!(remaining <= LONGEST_LOCK),
                    Gate::NeedsStaff => prop_assert_eq!(checked.len(), 100),
                },
            }
            prop_assert!(checked.len() <= TRIES_WITHOUT_SUCCESS as usize);
        }
        for six in checked.windows(6) {
            prop_assert!(six[5] - six[0] >= 15 * MINUTE, "six tries within fifteen minutes");
        }
    }
}
