//! What follows when the screen fails: it ends at once, black, and begins anew; if it fails again and
//! again it says so instead of flickering. What it counts is in a file of its own, for the store may be
//! the cause.

use std::fs;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::domain::{BootId, BootMoment, Now, UtcMillis};

/// Starts within [`WINDOW`] after which the screen is out of order.
pub const STARTS: usize = 5;
/// The span in which starts add up.
pub const WINDOW: Duration = Duration::from_secs(2 * 60);
/// How long it is out of order before it tries again.
pub const REST: Duration = Duration::from_secs(10 * 60);

const FILE: &str = "screen-faults.json";
/// What a process ends with that has panicked, as Rust's own.
const PANICKED: i32 = 101;
/// The largest such file.
const MOST_BYTES: u64 = 16 * 1024;

/// What is remembered of the screen's faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// Starts that were not followed by a good end or a good while.
    starts: Vec<BootMoment>,
    /// How often it ended unasked in this start of the machine.
    unasked: Option<Unasked>,
    /// Of the last panic.
    pub last: Option<Fault>,
}

/// Ends that nobody asked for: a panic, the watchdog, a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unasked {
    /// In which start of the machine.
    boot: BootId,
    times: u32,
    /// Whether it has ended as it should, so that the next start follows from no fault.
    ended_well: bool,
}

/// A panic: where in the source, and never what it said, for that may be somebody's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Four hexadecimal digits that a technician reads out and central looks up.
    pub code: String,
    /// File and line, or what could not be opened.
    pub place: String,
    /// When.
    pub at: UtcMillis,
}

/// Whether the screen starts as usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It does.
    Usual,
    /// It has failed too often: only this is shown.
    OutOfOrder(Fault),
}

impl Faults {
    /// What is remembered; a file that cannot be read is nothing, for a damaged count must not keep the
    /// screen dark.
    pub fn read(state: &Path) -> Self {
        let path = state.join(FILE);
        let small = fs::metadata(&path).is_ok_and(|about| about.len() <= MOST_BYTES);
        let text = small.then(|| fs::read_to_string(&path).ok()).flatten();
        text.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Counts a start, on disk before anything else happens, and says whether there were too many. A
    /// moment of another start of the machine counts as now: a reboot does not mend a fault.
    pub fn count_start(state: &Path, now: Now) -> Start {
        let mut faults = Self::read(state);
        faults
            .starts
            .retain(|at| at.boot != now.boot.boot || now.boot.at.since(at.at) < WINDOW);
        faults.starts.push(now.boot);
        let before = faults
            .unasked
            .filter(|unasked| unasked.boot == now.boot.boot);
        faults.unasked = Some(Unasked {
            boot: now.boot.boot,
            times: before.map_or(0, |before| before.times + u32::from(!before.ended_well)),
            ended_well: false,
        });
        let excess = faults.starts.len().saturating_sub(STARTS + 1);
        faults.starts.drain(..excess);
        let start = if faults.starts.len() > STARTS {
            Start::OutOfOrder(faults.last.clone().unwrap_or_else(|| Fault {
                code: "0000".to_owned(),
                place: "unknown: ended without a panic".to_owned(),
                at: now.utc,
            }))
        } else {
            Start::Usual
        };
        faults.write(state);
        start
    }

    /// The screen has been up for a good while: what was counted is over.
    pub fn forget_starts(state: &Path) {
        let mut faults = Self::read(state);
        faults.starts.clear();
        faults.write(state);
    }

    /// The screen has ended as it should.
    pub fn end_well(state: &Path) {
        let mut faults = Self::read(state);
        faults.starts.clear();
        if let Some(unasked) = &mut faults.unasked {
            unasked.ended_well = true;
        }
        faults.write(state);
    }

    /// How often the screen ended unasked since the machine started; `None` where its starts are not counted.
    pub fn ended_unasked(state: &Path, boot: BootId) -> Option<u32> {
        let unasked = Self::read(state).unasked?;
        (unasked.boot == boot).then_some(unasked.times)
    }

    /// Notes why the screen did not start or went on no longer, for the page "out of order".
    pub fn note(state: &Path, place: String, at: UtcMillis) {
        let mut faults = Self::read(state);
        faults.last = Some(Fault {
            code: code(&place),
            place,
            at,
        });
        faults.write(state);
    }

    fn write(&self, state: &Path) {
        let (path, new) = (state.join(FILE), state.join(format!("{FILE}.new")));
        let written = serde_json::to_vec(self)
            .map_err(std::io::Error::from)
            .and_then(|text| {
                let mut file = fs::File::create(&new)?;
                file.write_all(&text)?;
                file.sync_all()?;
                fs::rename(&new, &path)
            });
        if let Err(error) = written {
            tracing::error!(%error, path = %path.display(), "faults.not_written");
        }
    }
}

/// Four digits for a place in this version of the source.
fn code(place: &str) -> String {
    let text = format!("{} {place}", env!("CARGO_PKG_VERSION"));
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref()
        .iter()
        .take(2)
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// From here on a panic on any thread but a picture decoder's ends the process: a screen of which a
/// part is gone would stand before people as if it worked.
pub fn end_on_panic(state: PathBuf, utc: impl Fn() -> UtcMillis + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        let place = info.location().map_or_else(
            || "unknown".to_owned(),
            |location| format!("{}:{}", location.file(), location.line()),
        );
        tracing::error!(place, code = code(&place), "screen.panicked");
        if std::thread::current().name() == Some(MAY_PANIC) {
            return;
        }
        Faults::note(&state, place, utc());
        std::process::exit(PANICKED);
    }));
}

/// The name of the threads whose panic is an answer: they decode pictures from outside.
pub const MAY_PANIC: &str = "picture";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BootMillis;

    fn now(boot: u128, seconds: u64) -> Now {
        Now {
            boot: BootMoment {
                boot: BootId(boot),
                at: BootMillis(seconds * 1_000),
            },
            utc: UtcMillis(0),
        }
    }

    fn starts(state: &Path, at: &[(u128, u64)]) -> usize {
        let start =
            |(boot, seconds): &(u128, u64)| Faults::count_start(state, now(*boot, *seconds));
        at.iter()
            .map(start)
            .filter(|start| *start != Start::Usual)
            .count()
    }

    #[test]
    fn a_screen_that_fails_again_and_again_is_out_of_order() {
        let state = tempfile::tempdir().unwrap();
        let quick: Vec<_> = (0..5).map(|round| (1, round * 2)).collect();
        assert_eq!(starts(state.path(), &quick), 0);
        assert_eq!(starts(state.path(), &[(1, 11)]), 1);
        // After its rest it tries again.
        assert_eq!(starts(state.path(), &[(1, 11 + REST.as_secs())]), 0);
    }

    #[test]
    fn now_and_then_is_no_loop_and_a_good_while_ends_one() {
        let state = tempfile::tempdir().unwrap();
        let seldom: Vec<_> = (0..50).map(|round| (1, round * 31)).collect();
        assert_eq!(starts(state.path(), &seldom), 0);
        Faults::forget_starts(state.path());
        let quick: Vec<_> = (0..5).map(|round| (1, 2_000 + round)).collect();
        assert_eq!(starts(state.path(), &quick), 0);
    }

    #[test]
    fn starting_the_machine_again_does_not_mend_a_fault() {
        let state = tempfile::tempdir().unwrap();
        let boots: Vec<_> = (1..=6).map(|boot| (boot, 5)).collect();
        assert_eq!(starts(state.path(), &boots), 1);
    }

    #[test]
    fn ends_that_nobody_asked_for_are_counted_for_each_start_of_the_machine() {
        let state = tempfile::tempdir().unwrap();
        let unasked = |boot| Faults::ended_unasked(state.path(), BootId(boot));
        assert_eq!(unasked(1), None, "nobody counts");
        for (times, seconds) in [(0, 1), (1, 200), (2, 400)] {
            starts(state.path(), &[(1, seconds)]);
            Faults::forget_starts(state.path());
            assert_eq!(unasked(1), Some(times));
        }
        Faults::end_well(state.path());
        starts(state.path(), &[(1, 600)]);
        assert_eq!(unasked(1), Some(2), "that one was asked for");
        starts(state.path(), &[(2, 1)]);
        assert_eq!((unasked(1), unasked(2)), (None, Some(0)));
    }

    #[test]
    fn a_damaged_count_keeps_no_screen_dark() {
        let state = tempfile::tempdir().unwrap();
        for text in ["", "{", "[1,2]", "{\"starts\":7}"] {
            fs::write(state.path().join(FILE), text).unwrap();
            assert_eq!(Faults::count_start(state.path(), now(1, 1)), Start::Usual);
        }
    }

    #[test]
    fn a_place_has_one_code() {
        assert_eq!(code("src/app/mod.rs:70").len(), 4);
        assert_eq!(code("src/app/mod.rs:70"), code("src/app/mod.rs:70"));
        assert_ne!(code("src/app/mod.rs:70"), code("src/app/mod.rs:71"));
    }
}
