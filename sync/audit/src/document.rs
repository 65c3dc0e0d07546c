use std::fmt::Write as _;

use crate::event::{FieldKind, Kind};
use crate::kinds::KINDS;
use crate::{KEPT_HERE_MILLIS, Process};

/// `AUDIT.md`: the kinds of event for people, by process.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    for process in Process::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n## `{process}`\n\n{}\n", kept(process));
        text.push_str("| event | level | fields | what it means | what to do |\n");
        text.push_str("|---|---|---|---|---|\n");
        for kind in KINDS.iter().filter(|kind| kind.by.contains(&process)) {
            row(&mut text, kind);
        }
    }
    text
}

const HEAD: &str = "\
# What is audited

Written from `src/kinds.rs`; `DAYROOM_ACCEPT=1 cargo test -p dayroom-audit` writes it anew.

An entry is: number, start of the machine and its milliseconds, UTC in milliseconds, event, fields,
and a SHA-256 over all of it, the entry before and the chain's name. Entries name nobody: a field is a
number, an id, a hash, or a word of `a-z 0-9 . _ : + / -`. Opening anything on the wall before
sign-in is no event.

Levels: **routine** belongs to an ordinary day; **review** is read every week; **alarm** wants somebody
now.
";

fn kept(process: Process) -> String {
    let days = KEPT_HERE_MILLIS / (24 * 60 * 60 * 1_000);
    let here = match process {
        Process::Screen => "In `journal.db`.",
        Process::Sync => "In `store/audit-sync.log`.",
        Process::Machine => "In `machine/audit.log`.",
        Process::Central => return "In `central.db`. Kept for good.".to_owned(),
    };
    format!("{here} Kept {days} days after central has it; at central for good.")
}

fn row(text: &mut String, kind: &Kind) {
    let mut fields = String::new();
    for field in kind.fields {
        if !fields.is_empty() {
            fields.push_str("<br>");
        }
        let sort = match field.kind {
            FieldKind::Number => "number",
            FieldKind::Id => "id",
            FieldKind::Hash => "hash",
            FieldKind::Word => "word",
        };
        let _ = write!(fields, "`{}` ({sort}): {}", field.name, field.means.trim());
    }
    let _ = writeln!(
        text,
        "| `{}` | {} | {fields} | {} | {} |",
        kind.name,
        kind.level.name(),
        kind.means.trim(),
        kind.act
    );
}
