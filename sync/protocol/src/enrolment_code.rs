//! The code a technician types into a new kiosk: 40 characters in eight groups of five.
//!
//! ```text
//! 8Q2MT-0KX7A-…            Crockford's base 32: no I, L, O, U; small letters, I, L and O are read
//! |___||                   as what they look like, spaces and hyphens passed over
//!  |   `- check of this group, which also knows the group's place
//!  `- 4 characters, 20 bits; of all eight groups, in order:
//!     20 bits  number of the enrolment at central
//!     50 bits  secret, good once, for a day and for five tries
//!     90 bits  first bits of the SHA-256 of the root certificate (DER)
//! ```
//!
//! Ninety bits pin the root on first contact: whoever stands on the line would have to find a
//! certificate with the same first 90 bits. The check is a sum over GF(32) in which every place of
//! a group has a weight of its own, so that each wrong character, and each pair of characters or
//! groups in the wrong order, is noticed while the group is typed, and costs none of the tries.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// Groups of a code.
pub const GROUPS: usize = 8;
/// Characters of a group, its check included.
pub const GROUP: usize = 5;
/// Bits of a character.
const BITS: u32 = 5;
/// Bits of the number of an enrolment.
const NUMBER_BITS: u32 = 20;
/// Bits of the secret.
const SECRET_BITS: u32 = 50;
/// Bits of the pin.
const PIN_BITS: u32 = 90;
/// In the order of their values.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of an enrolment at central: 20 bits, four characters. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnrolmentNumber(u32);

/// The first 90 bits of the SHA-256 of a root certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RootPin(u128);

/// The one-time code of an enrolment. Without `Debug` or `Display` of what is secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentCode {
    number: EnrolmentNumber,
    secret: u64,
    pin: RootPin,
}

/// Why a text is no enrolment code; for whoever types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// There are not 40 characters.
    #[error("code has {0} characters of 40")]
    Length(usize),
    /// A character that is in no code.
    #[error("group {0} of the code has a character that no code has")]
    Character(usize),
    /// A group, counted from 1, was mistyped.
    #[error("group {0} of the code is mistyped")]
    Group(usize),
}

/// How far a code that is being typed is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Right so far; this many whole groups.
    Groups(usize),
    /// All of it is there.
    Whole,
    /// This group, counted from 1, is wrong.
    Wrong(usize),
}

impl EnrolmentNumber {
    /// The number's low 20 bits.
    pub fn new(number: u32) -> Self {
        Self(number & low(NUMBER_BITS))
    }

    /// As central keeps it.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EnrolmentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u128::from(self.0);
        (0..NUMBER_BITS / BITS)
            .rev()
            .try_for_each(|place| write!(f, "{}", letter(value >> (place * BITS))))
    }
}

impl FromStr for EnrolmentNumber {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let values = text
            .bytes()
            .map(|byte| value(byte).ok_or(CodeError::Character(1)))
            .collect::<Result<Vec<_>, _>>()?;
        if values.len() != GROUP - 1 {
            return Err(CodeError::Length(values.len()));
        }
        let number = values
            .iter()
            .fold(0, |number, value| number << BITS | u32::from(*value));
        Ok(Self(number))
    }
}

impl RootPin {
    /// Of the root with this SHA-256.
    pub fn of(sha256: &[u8; 32]) -> Self {
        let first = sha256
            .iter()
            .take(16)
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        Self(first >> (128 - PIN_BITS))
    }
}

impl EnrolmentCode {
    /// A code; of `secret` the low 50 bits are used, which must be random.
    pub fn new(number: EnrolmentNumber, secret: u64, pin: RootPin) -> Self {
        let mask = (1 << SECRET_BITS) - 1;
        Self {
            number,
            secret: secret & mask,
            pin,
        }
    }

    /// Which enrolment it belongs to.
    pub fn number(&self) -> EnrolmentNumber {
        self.number
    }

    /// The root it pins.
    pub fn pin(&self) -> RootPin {
        self.pin
    }

    /// As it is printed and typed, in groups. This is the secret itself.
    pub fn grouped(&self) -> String {
        self.text("-")
    }

    /// As it is sent and hashed: 40 characters. This is the secret itself.
    pub fn plain(&self) -> String {
        self.text("")
    }

    fn text(&self, between: &str) -> String {
        let head = u128::from(self.number.0) << SECRET_BITS | u128::from(self.secret);
        let bits = |place: u32| {
            // 70 bits of number and secret stand before the 90 of the pin.
            let from_end = GROUPS as u32 * 4 - 1 - place;
            let pin_places = PIN_BITS / BITS;
            if from_end < pin_places {
                self.pin.0 >> (from_end * BITS)
            } else {
                head >> ((from_end - pin_places) * BITS)
            }
        };
        let mut text = String::with_capacity(GROUPS * (GROUP + 1));
        for group in 0..GROUPS as u32 {
            if group > 0 {
                text.push_str(between);
            }
            let values = [0, 1, 2, 3].map(|place| bits(group * 4 + place) as u8 & 31);
            text.extend(values.map(|value| letter(u128::from(value))));
            text.push(letter(u128::from(check(group as usize, values))));
        }
        text
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentCode")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl FromStr for EnrolmentCode {
    type Err = CodeError;

    /// Reads a code, with or without hyphens and spaces.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let values = read(text)?;
        let (groups, rest) = values.as_chunks::<GROUP>();
        if groups.len() != GROUPS || !rest.is_empty() {
            return Err(CodeError::Length(values.len()));
        }
        let mut bits = [0_u128; 2];
        let mut place = 0;
        for (index, [a, b, c, d, said]) in groups.iter().enumerate() {
            if check(index, [*a, *b, *c, *d]) != *said {
                return Err(CodeError::Group(index + 1));
            }
            for value in [a, b, c, d] {
                let [head, pin] = &mut bits;
                let into = if place < (NUMBER_BITS + SECRET_BITS) / BITS {
                    head
                } else {
                    pin
                };
                *into = *into << BITS | u128::from(*value);
                place += 1;
            }
        }
        let [head, pin] = bits;
        let secret = head & ((1 << SECRET_BITS) - 1);
        Ok(Self {
            number: EnrolmentNumber((head >> SECRET_BITS) as u32),
            secret: secret as u64,
            pin: RootPin(pin),
        })
    }
}

/// Judges a code while it is typed, group by group.
pub fn judge(text: &str) -> Typed {
    let values = match read(text) {
        Ok(values) => values,
        Err(CodeError::Character(group) | CodeError::Group(group)) => return Typed::Wrong(group),
        Err(CodeError::Length(_)) => return Typed::Wrong(GROUPS),
    };
    let (groups, rest) = values.as_chunks::<GROUP>();
    for (index, [a, b, c, d, said]) in groups.iter().enumerate() {
        if check(index, [*a, *b, *c, *d]) != *said {
            return Typed::Wrong(index + 1);
        }
    }
    if groups.len() == GROUPS && rest.is_empty() {
        Typed::Whole
    } else {
        Typed::Groups(groups.len())
    }
}

/// What a scanned code says beside the code: where central is. One line of capitals, digits and
/// `$%*+-./:`, which makes the smallest QR code.
///
/// ```text
/// DAYROOM1/8Q2MT…/CENTRAL.CEDAR.EXAMPLE/8443
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentScan {
    /// The code.
    pub code: EnrolmentCode,
    /// Host name or address of central, in small letters.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Before everything else in a scanned code; another number is another form.
const SCAN: &str = "DAYROOM1";

/// Why a scanned text is no enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Another barcode, most often.
    #[error("scanned text is no enrolment")]
    Form,
    /// The code in it.
    #[error(transparent)]
    Code(#[from] CodeError),
}

impl EnrolmentScan {
    /// As it stands in a barcode. This is the secret itself.
    pub fn text(&self) -> String {
        let host = self.host.to_ascii_uppercase();
        format!("{SCAN}/{}/{host}/{}", self.code.plain(), self.port)
    }
}

impl FromStr for EnrolmentScan {
    type Err = ScanError;

    fn from_str(text: &str) -> Result<Self, ScanError> {
        if text.len() > limits::ENROLMENT_SCAN_BYTES {
            return Err(ScanError::Form);
        }
        let mut parts = text.trim().split('/');
        let mut next = || parts.next().ok_or(ScanError::Form);
        let (form, code, host, port) = (next()?, next()?, next()?, next()?);
        let host_fits = !host.is_empty()
            && host.len() <= limits::HOST_BYTES
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
        if form != SCAN || parts.next().is_some() || !host_fits {
            return Err(ScanError::Form);
        }
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|port| digits && *port > 0);
        Ok(Self {
            code: code.parse()?,
            host: host.to_ascii_lowercase(),
            port: port.ok_or(ScanError::Form)?,
        })
    }
}

/// The values of all characters but hyphens and spaces; at most 40 of them.
fn read(text: &str) -> Result<Vec<u8>, CodeError> {
    let whole = GROUPS * GROUP;
    let mut values = Vec::with_capacity(whole);
    let typed = text
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '\u{2013}' | '\n' | '\r' | '\t'));
    for letter in typed {
        if values.len() == whole {
            return Err(CodeError::Length(whole + 1));
        }
        let value = u8::try_from(letter).ok().and_then(value);
        values.push(value.ok_or(CodeError::Character(values.len() / GROUP + 1))?);
    }
    Ok(values)
}

/// What a character stands for; look-alikes as Crockford reads them.
fn value(byte: u8) -> Option<u8> {
    let byte = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let place = ALPHABET.iter().position(|letter| *letter == byte)?;
    u8::try_from(place).ok()
}

fn letter(bits: u128) -> char {
    let place = (bits & 31) as usize;
    ALPHABET.get(place).map_or('0', |byte| char::from(*byte))
}

fn low(bits: u32) -> u32 {
    (1 << bits) - 1
}

/// The check of a group at its place: a sum in which each part has a weight of its own, so that
/// one wrong part, or two in the wrong order, change it.
fn check(group: usize, values: [u8; 4]) -> u8 {
    let place = (group as u8).wrapping_add(1);
    let mut weight = 1;
    let mut sum = 0;
    for part in values.into_iter().chain([place]) {
        weight = times(weight, 2);
        sum ^= times(weight, part);
    }
    sum
}

/// Multiplication in GF(32) with x^5 + x^2 + 1.
fn times(mut a: u8, b: u8) -> u8 {
    let mut product = 0;
    for bit in 0..BITS {
        if b >> bit & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 0b10_0000 != 0 {
            a ^= 0b10_0101;
        }
    }
    product
}

#[cfg(test)]
#[path = "enrolment_code_tests.rs"]
mod tests;
