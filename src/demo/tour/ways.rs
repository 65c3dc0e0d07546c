//! Who goes which way: the legs of the tour.

use super::leg::Leg;
use crate::demo::{Panel, Words};

/// Who goes which way.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) number: &'static str,
    pub(super) panel: Panel,
    pub(super) words: fn() -> Words,
    pub(super) walk: fn(&mut Leg<'_>) -> anyhow::Result<()>,
}

const WIDE: Panel = Panel {
    width: 1280,
    height: 800,
};
const TALL: Panel = Panel {
    width: 800,
    height: 1280,
};

/// How much of the tour is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowFar {
    /// The round of what everybody does, in both languages.
    Round,
    /// Then a leg for each thing people do here.
    Everywhere,
}

/// The legs, in order: what one leaves behind is there for the next.
pub(super) fn ways(how_far: HowFar) -> Vec<Way> {
    let mut ways = every_way();
    if how_far == HowFar::Round {
        ways.truncate(ROUNDS);
    }
    ways
}

/// The first so many legs are the round.
const ROUNDS: usize = 2;

fn every_way() -> Vec<Way> {
    vec![
        Way {
            name: "english-landscape",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.round(),
        },
        Way {
            name: "spanish-portrait",
            number: "10618",
            panel: TALL,
            words: Words::spanish,
            walk: |leg| leg.round(),
        },
        Way {
            name: "help",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.help_without_a_trace(),
        },
        Way {
            name: "write",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.write_and_answer(),
        },
        Way {
            name: "write-tall-spanish",
            number: "10618",
            panel: TALL,
            words: Words::spanish,
            walk: |leg| leg.write_without_the_network(),
        },
        Way {
            name: "appeal",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.appeal_granted(),
        },
        Way {
            name: "overdue-tall",
            number: "10427",
            panel: TALL,
            words: Words::english,
            walk: |leg| leg.overdue_to_read(),
        },
        Way {
            name: "more",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.more_than_text(),
        },
        Way {
            name: "find",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.find(),
        },
        Way {
            name: "contacts",
            number: "10427",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.contacts(),
        },
        Way {
            name: "reading-arabic",
            number: "10811",
            panel: WIDE,
            words: Words::arabic,
            walk: |leg| leg.required_reading(),
        },
        Way {
            name: "account",
            number: "10533",
            panel: WIDE,
            words: Words::english,
            walk: |leg| leg.my_account(),
        },
    ]
}
