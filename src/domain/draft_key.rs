//! The facility's draft key: how a kiosk comes by it, and the code a technician compares.
//!
//! Unsent words travel sealed under one key of the facility, which central never has. It is born on
//! the facility's first kiosk; a kiosk that has it wraps it to a new kiosk's public key once a
//! technician has seen the same code on both screens. Pure: the keys themselves are elsewhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::UtcMillis;

/// 32 public bytes: a public key, or what tells draft keys apart.
pub type PublicBytes = [u8; 32];

/// What the screen has sync ask central. The answer to each is a [`DraftKeyState`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum DraftKeyCall {
    /// How does it stand?
    Look,
    /// This kiosk wants it, wrapped for this key.
    Ask {
        /// Its public key.
        public_key: PublicBytes,
    },
    /// This kiosk has made it and holds it durably.
    Made(DraftKeyName),
    /// This kiosk has unwrapped it and holds it durably.
    Held(DraftKeyName),
    /// This kiosk has wrapped it for another.
    Wrap {
        /// Which key of the facility.
        generation: u32,
        /// For which kiosk.
        kiosk: Uuid,
        /// For which public key of it.
        public_key: PublicBytes,
        /// The key, wrapped: base64.
        wrapped: String,
    },
}

impl std::fmt::Debug for DraftKeyCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Look => "Look",
            Self::Ask { .. } => "Ask",
            Self::Made(_) => "Made",
            Self::Held(_) => "Held",
            Self::Wrap { .. } => "Wrap",
        })
    }
}

/// Which key of the facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftKeyName {
    /// Counts from 1; drafts of an older one cannot be opened any more.
    pub generation: u32,
    /// Tells keys of one generation apart.
    pub id: PublicBytes,
}

/// How the draft key of this kiosk's facility stands, as central says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftKeyState {
    /// Which key of the facility.
    pub generation: u32,
    /// What of it this kiosk has, by central's books.
    pub you: DraftKeyStanding,
    /// Who waits for it, the longest first; told to its holders only.
    pub waiting: Vec<DraftKeyWaiting>,
}

/// What a kiosk has of the draft key, by central's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DraftKeyStanding {
    /// Nothing, and it has not asked.
    Nothing,
    /// It alone of the facility may make it, because nobody has it.
    MayMakeIt,
    /// It has asked.
    Waiting,
    /// A kiosk that has it has wrapped it.
    Wrapped {
        /// For which public key.
        public_key: PublicBytes,
        /// The key, wrapped: base64.
        wrapped: String,
    },
    /// It has it.
    Holder,
}

/// A kiosk that waits for the draft key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftKeyWaiting {
    /// Which.
    pub kiosk: Uuid,
    /// Its label, cleaned for display.
    pub label: String,
    /// Its public key, to be compared before anything is wrapped for it.
    pub public_key: PublicBytes,
    /// When it asked, by central's clock.
    pub since: UtcMillis,
}

/// What a technician is shown of the draft key. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShown {
    /// Whether this kiosk has it.
    pub has_key: bool,
    /// The code of this kiosk's public key.
    pub code: String,
    /// Who waits for it, the longest first.
    pub waiting: Vec<WaitingShown>,
}

/// A kiosk that waits, with the code it shows on its own screen if nobody has lied on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingShown {
    /// What people call it.
    pub label: String,
    /// The code of its public key.
    pub code: String,
    /// The public key.
    pub public_key: PublicBytes,
}

/// What a kiosk does next.
#[derive(Clone, PartialEq, Eq)]
pub enum DraftKeyStep {
    /// Nothing; look again later.
    Wait,
    /// Say this.
    Say(DraftKeyCall),
    /// Make the key, hold it durably, and say so.
    Make {
        /// As which key of the facility.
        generation: u32,
    },
    /// Unwrap it, hold it durably, and say so. If it cannot be unwrapped, ask anew.
    Unwrap {
        /// As which key of the facility.
        generation: u32,
        /// What was wrapped: base64.
        wrapped: String,
    },
}

/// What follows from how it stands, for a kiosk with this public key and perhaps the key.
pub fn next_step(
    public_key: PublicBytes,
    held: Option<DraftKeyName>,
    state: &DraftKeyState,
) -> DraftKeyStep {
    let ask = || DraftKeyStep::Say(DraftKeyCall::Ask { public_key });
    let held = held.filter(|held| held.generation == state.generation);
    match (&state.you, held) {
        (DraftKeyStanding::Holder, Some(_)) => DraftKeyStep::Wait,
        // Central has forgotten that this kiosk has it, or this kiosk said so into a dead line.
        (DraftKeyStanding::MayMakeIt, Some(name)) => DraftKeyStep::Say(DraftKeyCall::Made(name)),
        (_, Some(name)) => DraftKeyStep::Say(DraftKeyCall::Held(name)),
        (DraftKeyStanding::MayMakeIt, None) => DraftKeyStep::Make {
            generation: state.generation,
        },
        (
            DraftKeyStanding::Wrapped {
                public_key: of,
                wrapped,
            },
            None,
        ) if *of == public_key => DraftKeyStep::Unwrap {
            generation: state.generation,
            wrapped: wrapped.clone(),
        },
        (DraftKeyStanding::Waiting, None) => DraftKeyStep::Wait,
        (
            DraftKeyStanding::Nothing | DraftKeyStanding::Wrapped { .. } | DraftKeyStanding::Holder,
            None,
        ) => ask(),
    }
}

/// Sixteen digits of a hash of a public key, in groups of four: 53 bits, so that nobody finds a second
/// key with the same code in the time a technician stands there.
pub fn code(hash: &[u8; 32]) -> String {
    const GROUP: u64 = 10_000;
    let (head, _) = hash.split_at(8);
    let mut number = head
        .iter()
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let mut groups = [0; 4];
    for group in groups.iter_mut().rev() {
        *group = number % GROUP;
        number /= GROUP;
    }
    groups.map(|group| format!("{group:04}")).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: PublicBytes = [1; 32];
    const NAME: DraftKeyName = DraftKeyName {
        generation: 2,
        id: [7; 32],
    };

    fn state(you: DraftKeyStanding) -> DraftKeyState {
        DraftKeyState {
            generation: 2,
            you,
            waiting: Vec::new(),
        }
    }

    fn step(held: Option<DraftKeyName>, you: DraftKeyStanding) -> DraftKeyStep {
        next_step(OWN, held, &state(you))
    }

    fn wrapped(public_key: PublicBytes) -> DraftKeyStanding {
        DraftKeyStanding::Wrapped {
            public_key,
            wrapped: "d3JhcHBlZA==".to_owned(),
        }
    }

    #[test]
    fn a_new_kiosk_asks_waits_and_unwraps() {
        let ask = DraftKeyStep::Say(DraftKeyCall::Ask { public_key: OWN });
        assert!(step(None, DraftKeyStanding::Nothing) == ask);
        assert!(step(None, DraftKeyStanding::Waiting) == DraftKeyStep::Wait);
        assert!(matches!(
            step(None, wrapped(OWN)),
            DraftKeyStep::Unwrap { generation: 2, .. }
        ));
    }

    #[test]
    fn what_was_wrapped_for_a_key_this_kiosk_has_lost_is_asked_for_again() {
        let ask = DraftKeyStep::Say(DraftKeyCall::Ask { public_key: OWN });
        assert!(step(None, wrapped([2; 32])) == ask);
        assert!(step(None, DraftKeyStanding::Holder) == ask);
    }

    #[test]
    fn only_who_may_makes_it_and_only_once() {
        assert!(step(None, DraftKeyStanding::MayMakeIt) == DraftKeyStep::Make { generation: 2 });
        let said = DraftKeyStep::Say(DraftKeyCall::Made(NAME));
        assert!(step(Some(NAME), DraftKeyStanding::MayMakeIt) == said);
    }

    #[test]
    fn a_holder_that_central_forgot_says_so_and_one_of_an_older_key_asks() {
        assert!(step(Some(NAME), DraftKeyStanding::Holder) == DraftKeyStep::Wait);
        let said = DraftKeyStep::Say(DraftKeyCall::Held(NAME));
        assert!(step(Some(NAME), DraftKeyStanding::Waiting) == said);
        let old = DraftKeyName {
            generation: 1,
            ..NAME
        };
        let ask = DraftKeyStep::Say(DraftKeyCall::Ask { public_key: OWN });
        assert!(step(Some(old), DraftKeyStanding::Nothing) == ask);
    }

    #[test]
    fn the_code_is_sixteen_digits_and_another_key_has_another() {
        let one = code(&[0xff; 32]);
        assert_eq!(one.len(), 19);
        assert!(one.bytes().all(|b| b.is_ascii_digit() || b == b' '));
        assert_ne!(one, code(&[0xfe; 32]));
        assert_eq!(code(&[0; 32]), "0000 0000 0000 0000");
    }
}
