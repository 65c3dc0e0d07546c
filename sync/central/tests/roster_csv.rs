//! Rosters as they come: good lines go in, bad ones are named.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs::File;
use std::path::Path;

use dayroom_central::roster::{Column, Roster, RosterError, read_roster};
use proptest::prelude::*;

#[test]
fn a_good_roster_is_read_whole() {
    let roster = fixture("good.csv");
    assert!(roster.errors.is_empty());
    let read: Vec<_> = roster
        .lines
        .iter()
        .map(|line| {
            (
                line.line,
                line.number.as_str(),
                line.name.as_str(),
                line.unit.as_str(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (2, "1001", "Ortiz, Luis", "North"),
            (3, "1002", "Amadou Diallo", "North"),
            (4, "2001", "Rosalind Achterberg", "South"),
        ]
    );
}

#[test]
fn each_bad_line_is_named_with_its_column_and_what_to_do_and_the_rest_goes_in() {
    let roster = fixture("mixed.csv");
    let taken: Vec<_> = roster
        .lines
        .iter()
        .map(|line| line.number.as_str())
        .collect();
    assert_eq!(taken, ["1001", "2001", "2006"]);
    let said: Vec<String> = roster.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 4, column \"number\": not 1 to 12 digits; remove letters, spaces and dashes",
            "line 6, column \"name\": empty; fill it in",
            "line 7: a double quote is not closed; close it or remove it",
            "line 8, column \"name\": not UTF-8; save the file as \"CSV UTF-8\"",
            "line 9: 3 values under 4 headings; put a value with a comma in double quotes",
            "line 10, column \"number\": same as line 2; nothing to do",
            "line 11, column \"number\": number also on line 12 for another name or unit; \
             neither is taken, correct one",
            "line 12, column \"number\": number also on line 11 for another name or unit; \
             neither is taken, correct one",
            "line 13, column \"number\": not 1 to 12 digits; remove letters, spaces and dashes",
        ]
    );
    assert_eq!(roster.ignored_columns, ["Bed"]);
}

#[test]
fn a_file_with_the_wrong_first_line_says_what_it_must_be() {
    let error = |text: &str| read_roster(text.as_bytes()).unwrap_err();
    assert!(matches!(error(""), RosterError::Empty));
    let semicolons = error("number;name;unit\n1;a;b\n").to_string();
    assert!(semicolons.contains("with commas, not semicolons"));
    assert!(matches!(
        error("number,name\n"),
        RosterError::Header {
            column: Column::Unit,
            semicolons: false
        }
    ));
    assert!(matches!(
        error("number,name,unit,Name\n"),
        RosterError::HeaderTwice(Column::Name)
    ));
}

#[test]
fn what_is_said_about_a_line_quotes_nobody() {
    let roster = fixture("mixed.csv");
    let said = format!("{:?} {roster:?}", roster.errors);
    for canary in ["Diallo", "Feld", "Prado", "3001"] {
        assert!(!said.contains(canary));
    }
}

proptest! {
    #[test]
    fn every_line_of_any_file_is_taken_or_named_once(body in "(?s).{0,400}") {
        let text = format!("number,name,unit\n{body}");
        let roster = read_roster(text.as_bytes()).unwrap();
        let mut lines: Vec<u64> = roster.lines.iter().map(|line| line.line).collect();
        lines.extend(roster.errors.iter().map(|error| error.line));
        let count = lines.len();
        lines.sort_unstable();
        lines.dedup();
        prop_assert_eq!(lines.len(), count);
        prop_assert!(lines.iter().all(|line| *line >= 2));
    }
}

fn fixture(name: &str) -> Roster {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/roster")
        .join(name);
    read_roster(File::open(path).unwrap()).unwrap()
}

#[test]
fn json_is_read_as_csv_is_and_its_errors_name_line_and_field() {
    let text = r#"[
  {"number": "1001", "name": "Ortiz, Luis", "unit": "North", "bed": 4},
  {"number": 1002, "name": "Amadou Diallo", "unit": "North"},
  {"number": "1003", "name": "", "unit": "North"},
  {"number": "1004", "unit": "South"},
  {"number": "1005", "name": "Jo\u00e3o Prado",
   "unit": "South"},
  {"number": "1005", "name": "Ida Feld", "unit": "South"},
  {"number": "1006", "number": "1007", "name": "Tove Lind", "unit": "South"},
  ["1008", "Vera Kay", "South"],
  {"number": "10 09", "name": "Ben Okafor", "unit": "South"}
]"#;
    let roster = read_roster(text.as_bytes()).unwrap();
    let taken: Vec<_> = roster
        .lines
        .iter()
        .map(|line| (line.line, line.number.as_str()))
        .collect();
    assert_eq!(taken, [(2, "1001")]);
    let said: Vec<String> = roster.errors.iter().map(ToString::to_string).collect();
    let object = "not an object with number, name and unit, each once; correct it";
    assert_eq!(
        said,
        [
            "line 3, column \"number\": not text; put it in double quotes",
            "line 4, column \"name\": empty; fill it in",
            "line 5, column \"name\": empty; fill it in",
            "line 6, column \"number\": number also on line 8 for another name or unit; \
             neither is taken, correct one",
            "line 8, column \"number\": number also on line 6 for another name or unit; \
             neither is taken, correct one",
            &format!("line 9: {object}"),
            &format!("line 10: {object}"),
            "line 11, column \"number\": not 1 to 12 digits; remove letters, spaces and dashes",
        ]
    );
    assert_eq!(roster.ignored_columns, ["bed"]);
    let wrapped = r#"{"residents": [{"number": "1", "name": "A", "unit": "B"}]}"#;
    assert_eq!(read_roster(wrapped.as_bytes()).unwrap().lines.len(), 1);
    let broken = |text: &str| read_roster(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        broken("[\n{\"number\": \"1\",}\n]"),
        "roster is not JSON: a character that does not belong at line 2, column 16"
    );
    assert!(broken("[{\"number\": \"1\"").contains("it breaks off"));
    assert!(broken("{\"people\": []}").contains("something else than a list"));
}
