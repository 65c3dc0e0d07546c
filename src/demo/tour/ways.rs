//! Who goes which way: the legs of the tour.

use anyhow::bail;

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

/// The legs that are walked, in order: what one leaves behind is there for the next.
///
/// # Errors
/// When a name in `only` is no leg's. Empty is every leg.
pub(super) fn ways(only: &[String]) -> anyhow::Result<Vec<Way>> {
    let mut ways = every_way();
    let names: Vec<&str> = ways.iter().map(|way| way.name).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!(
            "there is no leg {unknown}: give one of {}",
            names.join(", ")
        );
    }
    ways.retain(|way| only.is_empty() || only.iter().any(|name| name == way.name));
    Ok(ways)
}

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
