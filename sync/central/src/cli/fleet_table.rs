//! The fleet in words: a table that fits its terminal, and all about one kiosk.

use console::{Color, Style as Paint, Term, measure_text_width, truncate_str};
use dayroom_protocol::UtcMillis;
use dayroom_protocol::health::Verdict;

use super::fleet::mark;
use super::show::at;
use crate::rules::Plug;
use crate::{FleetLine, FleetSummary, HealthEntry, KioskState};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A narrower terminal gets lines that wrap.
const NARROWEST: usize = 40;
/// Between two columns.
const GAP: usize = 2;

/// How what is written looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Columns of the terminal; none where it is no terminal.
    pub width: Option<usize>,
    /// Whether words have colours.
    pub colour: bool,
}

impl Style {
    /// What standard output can show.
    pub fn of_stdout() -> Self {
        let term = Term::stdout();
        Self {
            width: term
                .is_term()
                .then(|| usize::from(term.size().1).max(NARROWEST)),
            colour: term.is_term() && console::colors_enabled(),
        }
    }

    fn paint(self, text: &str, verdict: Verdict) -> String {
        let colour = match verdict {
            Verdict::Ok => Color::Green,
            Verdict::Warn | Verdict::Unknown => Color::Yellow,
            Verdict::Fail => Color::Red,
        };
        if self.colour {
            Paint::new()
                .fg(colour)
                .force_styling(true)
                .apply_to(text)
                .to_string()
        } else {
            text.to_owned()
        }
    }
}

/// A column, and how soon it goes when there is no room for all; 0 stays.
struct Column {
    head: &'static str,
    goes: u8,
    cell: fn(&FleetLine, UtcMillis) -> String,
}

const COLUMNS: [Column; 10] = [
    Column {
        head: "",
        goes: 0,
        cell: |line, _| mark(line.verdict).to_owned(),
    },
    Column {
        head: "KIOSK",
        goes: 0,
        cell: |line, _| plain(&line.label),
    },
    Column {
        head: "UNIT",
        goes: 4,
        cell: |line, _| plain(&line.unit_name),
    },
    Column {
        head: "HEARD",
        goes: 0,
        cell: |line, now| {
            let heard = line.last_contact;
            heard.map_or_else(|| "never".to_owned(), |then| ago(now.millis_since(then)))
        },
    },
    Column {
        head: "CERT",
        goes: 3,
        cell: |line, _| {
            line.certificate_days
                .map_or_else(none, |days| format!("{days} d"))
        },
    },
    Column {
        head: "WAITING",
        goes: 2,
        cell: |line, _| {
            let waiting = line
                .report
                .as_ref()
                .and_then(|report| report.outbox.waiting);
            waiting.map_or_else(none, |waiting| waiting.to_string())
        },
    },
    Column {
        head: "VERSION",
        goes: 5,
        cell: |line, _| {
            line.report.as_ref().map_or_else(none, |report| {
                let release = report.versions.release.as_ref();
                release.unwrap_or(&report.versions.program).to_string()
            })
        },
    },
    Column {
        head: "STORE",
        goes: 6,
        cell: |line, _| {
            line.report
                .as_ref()
                .map_or_else(none, |report| bytes(report.store.bytes))
        },
    },
    Column {
        head: "CLOCK",
        goes: 7,
        cell: |line, _| line.clock_ahead_millis.map_or_else(none, clock),
    },
    Column {
        head: "STATE",
        goes: 0,
        cell: words,
    },
];

/// The list, its heading first.
pub(super) fn table(lines: &[FleetLine], now: UtcMillis, style: Style) -> Vec<String> {
    let cells: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            COLUMNS
                .iter()
                .map(|column| (column.cell)(line, now))
                .collect()
        })
        .collect();
    let widths: Vec<usize> = COLUMNS
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let longest = cells.iter().filter_map(|row| row.get(at));
            let longest = longest.map(|cell| measure_text_width(cell)).max();
            longest.unwrap_or(0).max(column.head.len())
        })
        .collect();
    let shown = fitting(&widths, style.width);
    let row = |texts: &[String], verdict: Option<Verdict>| {
        let mut text = String::new();
        for (at, width) in widths.iter().enumerate() {
            let Some(cell) = texts.get(at).filter(|_| shown.contains(&at)) else {
                continue;
            };
            let last = at + 1 == COLUMNS.len();
            let pad = if last {
                0
            } else {
                (width + GAP).saturating_sub(measure_text_width(cell))
            };
            match verdict.filter(|_| at == 0) {
                Some(verdict) => text.push_str(&style.paint(cell, verdict)),
                None => text.push_str(cell),
            }
            text.push_str(&" ".repeat(pad));
        }
        match style.width {
            Some(width) => truncate_str(&text, width, "…").into_owned(),
            None => text,
        }
    };
    let heads: Vec<String> = COLUMNS
        .iter()
        .map(|column| column.head.to_owned())
        .collect();
    std::iter::once(row(&heads, None))
        .chain(
            cells
                .iter()
                .zip(lines)
                .map(|(texts, line)| row(texts, Some(line.verdict))),
        )
        .collect()
}

/// The columns there is room for. The last one may be cut to a third of the terminal before
/// another goes.
fn fitting(widths: &[usize], width: Option<usize>) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..widths.len()).collect();
    let Some(width) = width else {
        return shown;
    };
    let needed = |shown: &[usize]| -> usize {
        shown
            .iter()
            .filter_map(|at| {
                let own = widths.get(*at)?;
                let last = at + 1 == widths.len();
                Some(if last {
                    (*own).min(width / 3)
                } else {
                    own + GAP
                })
            })
            .sum()
    };
    while needed(&shown) > width {
        let next = shown
            .iter()
            .copied()
            .filter(|at| COLUMNS.get(*at).is_some_and(|column| column.goes > 0))
            .max_by_key(|at| COLUMNS.get(*at).map_or(0, |column| column.goes));
        let Some(next) = next else {
            break;
        };
        shown.retain(|at| *at != next);
    }
    shown
}

/// What to know first about a kiosk, in a few words.
pub(super) fn words(line: &FleetLine, now: UtcMillis) -> String {
    let state = match line.state {
        KioskState::Silent { since } => {
            let closed = line
                .closed()
                .map(|reason| format!(", then closed: {reason}"));
            let ago = ago(now.millis_since(since));
            format!(
                "silent since {} ({ago}){}",
                at(since),
                closed.unwrap_or_default()
            )
        }
        KioskState::ScreenGone => "no screen running".to_owned(),
        KioskState::ScreenHung => "screen does nothing".to_owned(),
        KioskState::Closed { reason } => format!("closed: {reason}"),
        KioskState::NeverHere => "never here".to_owned(),
        KioskState::NotReporting => "reports nothing (older program)".to_owned(),
        KioskState::Open => "open".to_owned(),
        KioskState::OutOfService { since } => format!("out of service since {}", at(since)),
    };
    let troubles: Vec<String> = line
        .troubles
        .iter()
        .map(|trouble| format!("{} {}", trouble.check, mark(trouble.verdict)))
        .collect();
    if troubles.is_empty() || matches!(line.state, KioskState::OutOfService { .. }) {
        state
    } else {
        format!("{state}; {}", troubles.join(", "))
    }
}

/// The line below the list.
pub(super) fn summary(lines: &[FleetLine], style: Style) -> String {
    let sum = FleetSummary::of(lines);
    let parts = [
        (sum.open, "open"),
        (sum.closed, "closed"),
        (sum.no_screen, "without a screen"),
        (sum.silent, "silent"),
        (sum.not_reporting, "not reporting"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let parts = if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    };
    let trouble = if sum.failing > 0 {
        style.paint(&format!("{} failing", sum.failing), Verdict::Fail)
    } else {
        style.paint("none failing", Verdict::Ok)
    };
    let warned = if sum.warned > 0 {
        format!(
            ", {}",
            style.paint(&format!("{} to see to", sum.warned), Verdict::Warn)
        )
    } else {
        String::new()
    };
    let s = if sum.kiosks == 1 { "" } else { "s" };
    format!("{} kiosk{s}{parts}; {trouble}{warned}.", sum.kiosks)
}

/// All about one kiosk.
pub(super) fn details(
    line: &FleetLine,
    history: &[HealthEntry],
    now: UtcMillis,
    style: Style,
) -> Vec<String> {
    let mut out = vec![format!(
        "{}  {}  {}, {}",
        plain(&line.label),
        line.kiosk,
        plain(&line.unit_name),
        plain(&line.facility_name)
    )];
    out.push(format!(
        "{}  {}",
        style.paint(mark(line.verdict), line.verdict),
        words(line, now)
    ));
    let mut say = |what: &str, text: String| out.push(format!("  {what:<13} {text}"));
    let moment = |then: UtcMillis| format!("{} ({})", at(then), ago(now.millis_since(then)));
    say(
        "heard",
        line.last_contact.map_or_else(|| "never".to_owned(), moment),
    );
    if line.quarantined > 0 {
        say(
            "quarantine",
            format!("{} records it cannot read", line.quarantined),
        );
    }
    if let Some(report) = &line.report {
        let never = || "never".to_owned();
        say("reported", line.reported_at.map_or_else(never, moment));
        say(
            "up for",
            span(
                i64::try_from(report.up_seconds)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(SECOND),
            ),
        );
        let crashes = report.screen.crashes;
        let crashes = crashes.filter(|count| *count > 0);
        let crashes = crashes.map_or_else(String::new, |count| {
            format!(", ended unasked {count} times")
        });
        say("screen", format!("{}{crashes}", report.screen.is));
        let versions = &report.versions;
        let release = versions.release.as_ref();
        say("release", release.map_or_else(none, ToString::to_string));
        if let Some(release) = &versions.gave_way {
            say("gave way", format!("{release}, and the one before is back"));
        }
        say(
            "program",
            format!(
                "{}, SQLite {}, SQLCipher {}",
                versions.program, versions.sqlite, versions.sqlcipher
            ),
        );
        let until = report.certificate.until;
        let until = until.map_or_else(String::new, |until| format!(", until {}", at(until)));
        let days = line.certificate_days;
        let days = days.map_or_else(String::new, |days| format!(" ({days} days left)"));
        say(
            "certificate",
            format!("{}{until}{days}", report.certificate.is),
        );
        say("last sync", report.last_sync.map_or_else(never, moment));
        let oldest = report.outbox.oldest_at;
        let oldest =
            oldest.map_or_else(String::new, |then| format!(", the oldest of {}", at(then)));
        let waiting = report.outbox.waiting;
        let waiting = waiting.map_or_else(|| "not known".to_owned(), |count| count.to_string());
        say("waiting", format!("{waiting}{oldest}"));
        let files = [
            ("cache", report.store.cache),
            ("blobs", report.store.blobs),
            ("journal", report.store.journal),
        ];
        let files: Vec<String> = files
            .into_iter()
            .map(|(name, file)| {
                let schema = file.schema;
                let schema =
                    schema.map_or_else(String::new, |schema| format!(" (schema {schema})"));
                format!("{name} {}{schema}", file.is)
            })
            .collect();
        say(
            "store",
            format!("{}; {}", bytes(report.store.bytes), files.join(", ")),
        );
        let disk = report.disk;
        let space = disk.free.zip(disk.total).map_or_else(
            || "not known".to_owned(),
            |(free, total)| format!("{} free of {}", bytes(free), bytes(total)),
        );
        let worn = disk.worn_percent;
        let worn = worn.map_or_else(|| "not known".to_owned(), |percent| format!("{percent} %"));
        say("disk", format!("{space}; wear {worn}"));
        let ahead = line.clock_ahead_millis.map_or_else(none, clock);
        say(
            "clock",
            format!(
                "{} ({ahead}), from {}",
                report.clock.is, report.clock.source
            ),
        );
        let display = report.devices.display;
        let pixels = display
            .pixels
            .map_or_else(String::new, |(w, h)| format!(", {w} x {h}"));
        let size = display.millimetres;
        let size = size.map_or_else(String::new, |(w, h)| format!(" on {w} x {h} mm"));
        say("display", format!("{}{pixels}{size}", display.is));
        say("touch", report.devices.touch.to_string());
        say("badge reader", report.devices.reader.to_string());
        for device in &report.devices.unknown {
            say("plugged in", format!("{} (not on the list)", Plug(device)));
        }
        for service in &report.services {
            say("service", format!("{}: {}", service.name, service.is));
        }
    }
    if !history.is_empty() {
        out.push("What changed, the newest first:".to_owned());
        let entries = history.iter();
        out.extend(entries.map(|entry| format!("  {}  {}", at(entry.at), entry.change)));
    }
    match style.width {
        Some(width) => out
            .iter()
            .map(|text| truncate_str(text, width, "…").into_owned())
            .collect(),
        None => out,
    }
}

fn none() -> String {
    "-".to_owned()
}

/// A name without what a terminal would obey.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

fn ago(millis: i64) -> String {
    if millis < MINUTE {
        "now".to_owned()
    } else {
        format!("{} ago", span(millis))
    }
}

fn span(millis: i64) -> String {
    let (count, unit) = match millis {
        ..MINUTE => (millis / SECOND, "s"),
        MINUTE..HOUR => (millis / MINUTE, "min"),
        HOUR..DAY => (millis / HOUR, "h"),
        DAY.. => (millis / DAY, "d"),
    };
    format!("{count} {unit}")
}

fn clock(ahead_millis: i64) -> String {
    /// A report travels that long at most, on a line that is slow.
    const IN_STEP: i64 = 5 * SECOND;
    let off = span(ahead_millis.saturating_abs());
    if ahead_millis.saturating_abs() <= IN_STEP {
        "in step".to_owned()
    } else if ahead_millis > 0 {
        format!("{off} ahead")
    } else {
        format!("{off} behind")
    }
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let (mut tenths, mut unit) = (count / 100, "KB");
    for next in UNITS {
        unit = next;
        if tenths < 10_000 || next == "TB" {
            break;
        }
        tenths /= 1000;
    }
    if tenths < 100 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", tenths / 10)
    }
}

#[cfg(test)]
#[path = "fleet_table_tests.rs"]
mod tests;
