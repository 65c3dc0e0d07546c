//! A scripted person goes through all of it by taps on the real screen process: online, without
//! the network, and online again; then one leg for each thing people do here, in both orientations.

mod account;
mod contacts;
mod find;
mod help;
pub mod leak;
mod leg;
mod more;
mod notices;
mod passport;
mod report;
mod round;
mod visit;
mod ways;
mod write;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use super::driver::log_file;
use super::{Facility, say};
use crate::devices::Clock;
use leg::{Leg, Visitor};
use ways::ways;

/// The screen process that is driven: this very program.
fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("cannot find this program's own file")
}

/// Runs the tour into `folder`; of its legs the ones named, or all.
///
/// # Errors
/// When a step does not come to pass, or central has not recorded what was done.
pub fn run(folder: &Path, only: &[String]) -> anyhow::Result<()> {
    run_with(&program()?, folder, only)
}

/// Runs the tour with another program file, as a test does.
///
/// # Errors
/// As [`run`].
pub fn run_with(program: &Path, folder: &Path, only: &[String]) -> anyhow::Result<()> {
    let ways = ways(only)?;
    make_room(folder)?;
    let clock = Clock::open()?;
    let state = folder.join("state");
    let facility = Facility::open(&state, &clock)?;
    let central = facility.serve(&clock)?;
    let sync = SyncProcess::start(program, &facility.kiosk_folder())?;
    let people = facility.people();
    let mut central = Some(central);
    let mut legs = Vec::new();
    for way in ways {
        let person = people.iter().find(|person| person.number == way.number);
        let person = person.with_context(|| format!("nobody has the number {}", way.number))?;
        let name = way.name;
        let visitor = Visitor {
            person: person.clone(),
            words: (way.words)(),
            panel: way.panel,
            name,
        };
        let mut leg = Leg::start(program, folder, &facility, &clock, visitor, central.take())?;
        // One that fails does not keep the others from being walked.
        if let Err(error) = (way.walk)(&mut leg) {
            leg.fail(&error);
            say(&format!("{name}: {error:#}"))?;
        }
        let (central_again, record) = leg.end()?;
        central = Some(central_again);
        say(&format!("{name}: {} pictures", record.pictures.len()))?;
        legs.push(record);
    }
    drop(sync);
    if let Some(central) = central {
        central.stop();
    }
    let typed: Vec<String> = legs.iter().flat_map(|leg| leg.typed.clone()).collect();
    leak::search(&state, &facility, &typed)?;
    report::write(folder, &facility, &legs)?;
    say(&format!(
        "The pictures and tour.json are in {}.",
        folder.display()
    ))
}

/// Makes the folder ready: what an earlier tour left goes, anything else stays and stops it.
fn make_room(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let state = folder.join("state");
    if state.exists() {
        ensure!(
            state.join("demo.json").exists(),
            "{} is not a tour's: give another folder",
            state.display()
        );
        std::fs::remove_dir_all(&state)?;
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "png") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A running `dayroom sync`.
#[derive(Debug)]
pub struct SyncProcess(Child);

impl SyncProcess {
    /// Starts it on a kiosk's state folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Path, state: &Path) -> anyhow::Result<Self> {
        let child = Command::new(program)
            .args(["sync", "--state"])
            .arg(state)
            .env_remove("RUNTIME_DIRECTORY")
            .stdin(Stdio::null())
            .stderr(log_file(state, "sync")?)
            .spawn()
            .context("cannot start the sync process")?;
        Ok(Self(child))
    }

    /// The process id.
    pub fn process_id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for SyncProcess {
    fn drop(&mut self) {
        // Nothing is owed to a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
