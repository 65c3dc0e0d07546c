//! Which PINs somebody may choose. About a tenth of all six-digit PINs is guessed first (THREATS, NIST
//! 800-63B): those are refused, with the reason said.

use super::Pin;

/// Why a PIN may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// A digit, or a group of digits, again and again: 777777, 121212, 123123.
    Repeats,
    /// Digits in a row, up or down: 123456, 876543.
    Runs,
    /// It looks like a date: 112026, 20261124.
    Date,
    /// It is in the resident's own number, or the number is in it.
    OwnNumber,
    /// One of those that many people choose.
    Common,
}

/// Chosen more often than others, by no other rule here.
const COMMON: [&str; 12] = [
    "159753", "147258", "258369", "147852", "159357", "789456", "456789", "741852", "246810",
    "135790", "314159", "271828",
];

/// Why `pin` may not be chosen by whoever has `number`; `None` if it may.
pub fn weakness(pin: &Pin, number: &str) -> Option<Weak> {
    let digits = pin.as_str();
    if repeats(digits) {
        Some(Weak::Repeats)
    } else if runs(digits) {
        Some(Weak::Runs)
    } else if is_date(digits) {
        Some(Weak::Date)
    } else if number.len() >= 4 && (digits.contains(number) || number.contains(digits)) {
        Some(Weak::OwnNumber)
    } else if COMMON.contains(&digits) || few_digits(digits) {
        Some(Weak::Common)
    } else {
        None
    }
}

fn repeats(digits: &str) -> bool {
    (1..=digits.len() / 2).any(|group| {
        digits
            .bytes()
            .zip(digits.bytes().skip(group))
            .all(|(one, other)| one == other)
    })
}

/// Five or more neighbours that go up or down by one; 0 follows 9.
fn runs(digits: &str) -> bool {
    let step = |by: u8| {
        let mut longest = 1_u32;
        let mut run = 1_u32;
        for (one, next) in digits.bytes().zip(digits.bytes().skip(1)) {
            let follows = (one - b'0' + by) % 10 == next - b'0';
            run = if follows { run + 1 } else { 1 };
            longest = longest.max(run);
        }
        longest >= 5
    };
    step(1) || step(9)
}

/// A date of the last hundred years as people write it: with two or four digits of the year.
fn is_date(digits: &str) -> bool {
    let number = |from: usize, to: usize| {
        digits
            .get(from..to)
            .and_then(|part| part.parse::<u32>().ok())
            .unwrap_or(0)
    };
    let day_and_month = |a: u32, b: u32| {
        ((1..=12).contains(&a) && (1..=31).contains(&b))
            || ((1..=31).contains(&a) && (1..=12).contains(&b))
    };
    let year = |year: u32| (1926..=2035).contains(&year);
    match digits.len() {
        6 => {
            // The month is given in full: 112026 or 202611.
            let whole_year = (year(number(2, 6)) && (1..=12).contains(&number(0, 2)))
                || (year(number(0, 4)) && (1..=12).contains(&number(4, 6)));
            let two_digits = day_and_month(number(0, 2), number(2, 4))
                && (number(4, 6) >= 40 || number(4, 6) <= 35);
            whole_year || two_digits
        }
        8 => {
            (year(number(4, 8)) && day_and_month(number(0, 2), number(2, 4)))
                || (year(number(0, 4)) && day_and_month(number(4, 6), number(6, 8)))
        }
        _ => false,
    }
}

/// Fewer than three different digits.
fn few_digits(digits: &str) -> bool {
    let mut seen = [false; 10];
    for byte in digits.bytes() {
        if let Some(place) = seen.get_mut(usize::from(byte - b'0')) {
            *place = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() < 3
}

#[cfg(test)]
mod tests {
    use super::super::{Digit, Digits};
    use super::*;

    fn pin(text: &str) -> Pin {
        let mut digits = Digits::new();
        for byte in text.bytes() {
            digits.push(Digit::new(byte - b'0').unwrap(), Pin::MAX_DIGITS);
        }
        Pin::complete(digits).ok().unwrap()
    }

    fn weak(text: &str) -> Option<Weak> {
        weakness(&pin(text), "10427")
    }

    #[test]
    fn patterns_dates_and_ones_own_number_are_refused_and_said_why() {
        for (text, why) in [
            ("777777", Weak::Repeats),
            ("121212", Weak::Repeats),
            ("123123", Weak::Repeats),
            ("123456", Weak::Runs),
            ("8765430", Weak::Runs),
            ("678901", Weak::Runs),
            ("112026", Weak::Date),
            ("241180", Weak::Date),
            ("19840623", Weak::Date),
            ("104279", Weak::OwnNumber),
            ("159753", Weak::Common),
            ("778877", Weak::Common),
        ] {
            assert_eq!(weak(text), Some(why), "{text}");
        }
    }

    #[test]
    fn a_pin_without_a_pattern_may_be_chosen() {
        for text in ["804937", "6293058", "90385271"] {
            assert_eq!(weak(text), None, "{text}");
        }
    }

    #[test]
    fn the_rules_leave_most_of_the_six_digit_pins_and_take_a_share_of_them() {
        let refused = (0..1_000_000_u32)
            .step_by(7)
            .filter(|number| weak(&format!("{number:06}")).is_some())
            .count();
        let share = refused * 100 / (1_000_000 / 7);
        assert!((3..15).contains(&share), "{share} of a hundred are refused");
    }
}
