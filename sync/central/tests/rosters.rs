//! Rosters: what is previewed is what is done, and what is undone is as before.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod support;

use std::collections::BTreeMap;

use dayroom_central::{
    Central, Oddity, OperatorError, RosterImport, RosterLine, RosterOutcome, RosterPreview,
};
use dayroom_protocol::{Access, FacilityId, UnitId};
use proptest::prelude::*;
use support::{NOW, World};

fn line(number: &str, name: &str, unit: UnitId) -> RosterLine {
    RosterLine {
        number: number.to_owned(),
        name: name.to_owned(),
        unit,
    }
}

/// Everybody on the roster: number, name, unit, whether they may sign in, and their PIN's verifier as
/// kiosks are told it.
fn roster(central: &Central, facility: FacilityId) -> BTreeMap<String, (String, UnitId, Access)> {
    central
        .residents(facility)
        .unwrap()
        .into_iter()
        .filter_map(|row| {
            let access = central.access(row.id).unwrap();
            Some((row.number, (row.name, row.unit?, access)))
        })
        .collect()
}

fn import(
    world: &mut World,
    lines: Vec<RosterLine>,
    complete: bool,
) -> (RosterPreview, RosterOutcome) {
    let preview = world
        .central
        .preview_roster(world.facility, lines.clone(), complete)
        .unwrap();
    let import = RosterImport {
        lines,
        complete,
        accept_departures: preview.many_leave().map(|(left, _)| left),
        preview: Some(preview.clone()),
    };
    let outcome = world
        .central
        .import_roster(world.facility, import, NOW, &mut world.rng)
        .unwrap();
    (preview, outcome)
}

fn counts(outcome: &RosterOutcome) -> [usize; 5] {
    [
        outcome.arrived.len() + outcome.returned.len(),
        outcome.moved.len(),
        outcome.renamed.len(),
        outcome.departed.len(),
        outcome.unchanged,
    ]
}

fn foreseen(preview: &RosterPreview) -> [usize; 5] {
    [
        preview.arrivals.len(),
        preview.moves.len(),
        preview.renames.len(),
        preview.departures.len(),
        preview.unchanged,
    ]
}

/// A roster file of a few people out of a small house: place in the alphabet, name, unit.
fn some_lines() -> impl Strategy<Value = Vec<(u8, u8, bool)>> {
    prop::collection::btree_map(0..30_u8, (0..4_u8, any::<bool>()), 0..30).prop_map(|all| {
        all.into_iter()
            .map(|(number, (name, unit))| (number, name, unit))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_previewed_is_what_is_done_and_what_is_undone_is_as_before(
        files in prop::collection::vec((some_lines(), any::<bool>()), 1..6),
    ) {
        let mut world = World::new();
        let facility = world.facility;
        let names = ["Luis Ortiz", "Luis A. Ortiz", "Ben Okafor", "Vera Kay"];
        let mut before = vec![roster(&world.central, facility)];
        for (file, complete) in &files {
            let (a, b) = (world.a, world.b);
            let lines: Vec<RosterLine> = file
                .iter()
                .map(|(number, name, unit)| {
                    let unit = if *unit { a } else { b };
                    line(&format!("10{number:02}"), names[usize::from(*name)], unit)
                })
                .collect();
            let (preview, outcome) = import(&mut world, lines.clone(), *complete);
            prop_assert_eq!(foreseen(&preview), counts(&outcome));
            // And the roster is that of the file.
            let now = roster(&world.central, facility);
            for line in &lines {
                let (name, unit, _) = &now[&line.number];
                prop_assert_eq!((name, unit), (&line.name, &line.unit));
            }
            let gone = before.last().unwrap().keys().filter(|number| !now.contains_key(*number));
            prop_assert_eq!(gone.count(), preview.departures.len());
            if *complete {
                prop_assert_eq!(now.len(), lines.len());
            }
            before.push(now);
        }
        // Undone one by one, each as it was; then there is nothing left to undo.
        before.pop();
        while let Some(was) = before.pop() {
            let (_, preview) = world.central.preview_undo(facility).unwrap();
            let outcome = world.central.undo_roster(facility, Some(&preview), NOW).unwrap();
            prop_assert_eq!(foreseen(&preview), counts(&outcome));
            prop_assert!(outcome.arrived.is_empty(), "nobody gets another PIN");
            prop_assert_eq!(roster(&world.central, facility), was);
        }
        let nothing = world.central.undo_roster(facility, None, NOW);
        prop_assert!(matches!(nothing, Err(OperatorError::NotFound("roster to undo"))));
        let history = world.central.roster_history(facility).unwrap();
        prop_assert_eq!(history.len(), files.len() * 2);
        prop_assert!(history.iter().all(|change| (change.what == "undo") != change.undone_by.is_some()));
        let audit = world.central.verify_audit(None, None).unwrap();
        prop_assert!(audit.iter().all(|report| report.fault.is_none()));
    }
}

#[test]
fn who_comes_back_by_an_undo_is_as_frozen_as_they_were() {
    let mut world = World::new();
    let (a, facility) = (world.a, world.facility);
    let all = vec![line("1001", "Luis Ortiz", a), line("1002", "Vera Kay", a)];
    import(&mut world, all, true);
    let luis = world.who("1001");
    world.central.set_access(luis, Access::Frozen).unwrap();
    import(&mut world, vec![line("1002", "Vera Kay", a)], true);
    assert!(!roster(&world.central, facility).contains_key("1001"));
    world.central.undo_roster(facility, None, NOW).unwrap();
    let (name, _, access) = &roster(&world.central, facility)["1001"];
    assert_eq!((name.as_str(), *access), ("Luis Ortiz", Access::Frozen));
    assert_eq!(
        world.who("1001"),
        luis,
        "the same person, with their history"
    );
}

#[test]
fn half_a_roster_takes_nobody_off_until_somebody_says_how_many() {
    let mut world = World::new();
    let (a, facility) = (world.a, world.facility);
    let all: Vec<RosterLine> = (0..40)
        .map(|n| line(&format!("{}", 1000 + n), &format!("Person {n}"), a))
        .collect();
    import(&mut world, all.clone(), true);
    let half = all[..20].to_vec();
    let preview = world
        .central
        .preview_roster(facility, half.clone(), true)
        .unwrap();
    assert_eq!(preview.many_leave(), Some((20, 40)));
    assert!(preview.asks());
    let mut try_with = |accept_departures| {
        let import = RosterImport {
            lines: half.clone(),
            complete: true,
            preview: Some(preview.clone()),
            accept_departures,
        };
        world
            .central
            .import_roster(facility, import, NOW, &mut world.rng)
    };
    for wrong in [None, Some(19), Some(40)] {
        let refused = try_with(wrong);
        assert!(matches!(
            refused,
            Err(OperatorError::ManyLeave { left: 20, of: 40 })
        ));
    }
    assert_eq!(try_with(Some(20)).unwrap().departed.len(), 20);
}

#[test]
fn a_preview_does_not_hold_once_the_roster_has_changed() {
    let mut world = World::new();
    let (a, b, facility) = (world.a, world.b, world.facility);
    import(&mut world, vec![line("1001", "Luis Ortiz", a)], true);
    let lines = vec![line("1001", "Luis Ortiz", b)];
    let preview = world
        .central
        .preview_roster(facility, lines.clone(), true)
        .unwrap();
    // Somebody else is faster.
    import(
        &mut world,
        vec![line("1001", "Luis Ortiz", a), line("1002", "Vera Kay", a)],
        true,
    );
    let stale = RosterImport {
        lines,
        complete: true,
        preview: Some(preview),
        accept_departures: None,
    };
    let refused = world
        .central
        .import_roster(facility, stale, NOW, &mut world.rng);
    assert!(matches!(refused, Err(OperatorError::RosterChanged)));
    assert_eq!(roster(&world.central, facility).len(), 2);
}

#[test]
fn what_is_odd_is_said() {
    let mut world = World::new();
    let (a, b, facility) = (world.a, world.b, world.facility);
    let first = vec![
        line("1001", "Luis Ortiz", a),
        line("1002", "Vera Kay", b),
        line("1003", "Ben Okafor", b),
    ];
    let preview = world
        .central
        .preview_roster(facility, first.clone(), true)
        .unwrap();
    assert!(preview.oddities.is_empty() && !preview.asks());
    import(&mut world, first, true);
    let second = vec![
        line("1001", "Ira Feld", a),
        line("1002", "Vera Kay-Lind", a),
        line("1003", "Ben Okafor", a),
        line("1004", "BEN OKAFOR", a),
    ];
    let preview = world
        .central
        .preview_roster(facility, second, true)
        .unwrap();
    let number = |number: &str| number.to_owned();
    assert_eq!(
        preview.oddities,
        [
            Oddity::UnitEmptied { unit: b, people: 2 },
            Oddity::OtherPerson {
                number: number("1001")
            },
            Oddity::SameName {
                numbers: vec![number("1003"), number("1004")]
            },
        ]
    );
    assert_eq!(preview.renames.len(), 2);
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!(json["oddities"][0]["is"], "unit_emptied");
    assert_eq!(json["arrivals"][0]["returns"], false);
    assert_eq!(json["moves"][0]["number"], "1002");
}
