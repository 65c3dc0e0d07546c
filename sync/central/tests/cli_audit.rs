//! The audit and the rosters from the operators' command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod desk;
mod edge;

use desk::{Desk, err, out};

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn commands_are_noted_before_they_are_done_and_reading_the_audit_leaves_a_mark() {
    let desk = Desk::set_up();
    desk.houses_luis();
    // One that is not done is noted too.
    assert!(!desk.run(&["unit", "create", "North"]).status.success());
    let shown = lines(&desk.done(&["audit", "show", "--event", "operator", "--json"]));
    let said: Vec<String> = shown
        .iter()
        .map(|line| {
            let fields = &line["fields"];
            assert!(fields["uid"].is_u64());
            format!("{} {}", line["event"], fields["command"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        said,
        [
            "operator.command facility.create",
            "operator.command unit.create",
            "operator.command unit.create",
            "operator.command kiosk.create",
            "operator.command roster.import",
            "operator.command unit.create",
            "operator.not_done unit.create",
        ]
    );
    // Looked for in what an entry says, not in its hash, its times and the account that ran it:
    // those can hold any four digits.
    let all: Vec<String> = lines(&desk.done(&["audit", "show", "--json"]))
        .into_iter()
        .map(|mut line| {
            line["fields"].as_object_mut().unwrap().remove("uid");
            format!("{} {}", line["event"], line["fields"])
        })
        .collect();
    for canary in ["Luis", "Ortiz", "1001", "Cedar", "North"] {
        for entry in &all {
            assert!(!entry.contains(canary), "{canary} is in the audit: {entry}");
        }
    }
    let reads = lines(&desk.done(&["audit", "show", "--event", "audit.read", "--json"]));
    assert_eq!(reads.len(), 2);
    assert_eq!(reads[0]["fields"]["entries"], 7);
    let words = desk.done(&["audit", "show", "--since", "1h", "--level", "review"]);
    assert!(words.contains("central, central 2: operator.command * command=facility.create uid="));
    assert!(
        desk.done(&["audit", "kinds"])
            .contains("| `roster.apply` | review |")
    );
}

#[test]
fn the_first_bad_entry_is_named_and_what_holds_and_a_kept_head_finds_the_rest() {
    let desk = Desk::set_up();
    desk.houses_luis();
    let head = desk.done(&["audit", "head"]);
    let sound = desk.done(&["audit", "verify", "--head", head.trim()]);
    assert_eq!(sound, "central, central: entries 1 to 7 hold\n");
    let open = || rusqlite::Connection::open(desk.path("state/central.db")).unwrap();
    for trigger in ["audit_entry_is_not_changed", "audit_entry_is_not_deleted"] {
        open()
            .execute_batch(&format!("DROP TRIGGER {trigger}"))
            .unwrap();
    }
    // Somebody takes the last of what they did away, and the count with it.
    let sql = open();
    sql.execute_batch(
        "DELETE FROM audit_entry WHERE number > 5;
         UPDATE audit_chain SET number = 5, hash = (SELECT hash FROM audit_entry WHERE number = 5);",
    )
    .unwrap();
    let unseen = desk.run(&["audit", "verify"]);
    assert!(
        unseen.status.success(),
        "by itself nobody can know: {}",
        out(&unseen)
    );
    let found = desk.run(&["audit", "verify", "--head", head.trim(), "--json"]);
    assert_eq!(found.status.code(), Some(1));
    let report = &lines(&out(&found))[0];
    assert_eq!(report["fault"]["is"], "cut_off", "{report}");
    // An edit needs no head.
    sql.execute_batch("UPDATE audit_entry SET utc_ms = utc_ms - 1 WHERE number = 3")
        .unwrap();
    let found = desk.run(&["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(
        out(&found),
        "central, central: BROKEN: entry 3 is not what was written, or does not follow the one \
         before it; entries 1 to 2 hold\n"
    );
}

#[test]
fn a_roster_is_shown_then_put_in_force_and_taken_back() {
    let desk = Desk::set_up();
    let write = |name: &str, text: &str| std::fs::write(desk.path(name), text).unwrap();
    write(
        "first.json",
        r#"[{"number": "1001", "name": "Luis Ortiz", "unit": "North"},
            {"number": "1002", "name": "Vera Kay", "unit": "South"}]"#,
    );
    write(
        "second.csv",
        "number,name,unit\n1001,Luis Ortiz,South\n1003,Ben Okafor,South\n",
    );
    let pins = desk.done(&["roster", "import", "first.json", "--complete"]);
    assert_eq!(
        pins.lines().count(),
        3,
        "nothing is taken away, so nobody is asked"
    );
    let second = ["roster", "import", "second.csv", "--complete"];
    let preview = desk.done(&[&second[..], &["--dry-run", "--json"]].concat());
    let preview = &lines(&preview)[0];
    assert_eq!(preview["arrivals"][0]["number"], "1003");
    assert_eq!(preview["moves"][0]["number"], "1001");
    assert_eq!(preview["departures"][0]["number"], "1002");
    let asked = desk.run(&second);
    assert_eq!(asked.status.code(), Some(1));
    assert!(err(&asked).contains("> 1001 Luis Ortiz, North to South"));
    assert!(err(&asked).contains("nobody is here to say yes"));
    assert!(
        desk.done(&["roster", "history"]).lines().count() == 1,
        "nothing was changed"
    );
    let beside = desk.run(&[&second[..], &["--yes", "--json"]].concat());
    assert!(err(&beside).contains("PINs do not go beside JSON"));
    let done = desk.run(&[&second[..], &["--yes"]].concat());
    assert!(err(&done).contains("1 arrived, 1 moved, 0 renamed, 1 left, 0 unchanged"));
    let undone = desk.run(&["roster", "undo", "--yes"]);
    assert!(err(&undone).contains("1 arrived, 1 moved, 0 renamed, 1 left, 0 unchanged"));
    assert!(out(&undone).is_empty(), "nobody gets another PIN");
    let history = lines(&desk.done(&["roster", "history", "--json"]));
    let what: Vec<_> = history
        .iter()
        .map(|line| line["what"].as_str().unwrap())
        .collect();
    assert_eq!(what, ["undo", "import", "import"]);
    assert_eq!(history[1]["undone_by"], 3);
    // The same file again changes nothing, and asks nobody.
    let again = desk.run(&["roster", "import", "first.json", "--complete"]);
    assert!(again.status.success() && err(&again).contains("Nothing was changed."));
}
