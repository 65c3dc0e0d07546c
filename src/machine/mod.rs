//! `dayroom machine`: the only process that may restart, erase or stage a release. Runs as root and without network,
//! is started by a path unit when something lies in `machine/requests/`, and ends when nothing does.
//!
//! Every request goes the same way, and each step is durable before the next:
//!
//! 1. looked at: a plain file of a known owner, short, of a known form (`intake`);
//! 2. its proof verified, whatever the writer says it verified (`proof`);
//! 3. `begun` in `machine/results/`;
//! 4. carried out, which can be done again from any point (`erase`);
//! 5. `done` in `machine/results/`, and the request removed.
//!
//! A power cut after 3 goes on at 4, from the result and not from the request: only `machine` writes
//! there. A restart counts as done when another start of the machine finds it begun.

mod audit;
mod erase;
pub mod firewall;
mod intake;
mod operators;
mod owners;
mod proof;
mod slots;
mod stage;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom_protocol::ReleaseVersion;
pub use owners::{Owners, OwnersError};
use uuid::Uuid;

use audit::Audit;

use crate::devices::power::{Power, PowerError};
use crate::domain::Now;
use crate::domain::audit::{Word, kinds};
use crate::domain::machine::{
    BootText, MachineAct, MachineRefusal, MachineRequest, MachineRequestId, MachineResult,
    MachineState,
};
use crate::store::MachineFolder;

/// How long the other processes have to say goodbye before a restart.
const BEFORE_RESTART: Duration = Duration::from_secs(2);
/// The same after an erasure: sync still has its connection, and tells central that it is done.
const AFTER_ERASE: Duration = Duration::from_secs(20);

/// Why `machine` gave up for now; what it had begun is carried on at the next start.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// A folder or file of the state folder.
    #[error("cannot work on {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine does not start anew.
    #[error(transparent)]
    Power(#[from] PowerError),
}

/// `dayroom machine`.
pub struct Machine<'a> {
    /// The kiosk's state folder.
    pub state: &'a Path,
    /// Who may ask.
    pub owners: Owners,
    /// What starts it anew.
    pub power: &'a mut dyn Power,
    /// What the clocks say.
    pub now: Now,
    /// What runs.
    pub running: ReleaseVersion,
    /// Where the boot loader has its kernels; nothing is there on a machine without an image.
    pub kernels: &'a Path,
}

impl Machine<'_> {
    /// Carries on what was begun, then takes every request there is.
    ///
    /// # Errors
    /// See [`MachineError`]. Whatever could be done has been.
    pub fn run(self) -> Result<(), MachineError> {
        let audit = Audit::of(self.state);
        Work { of: self, audit }.run()
    }
}

/// It at work.
struct Work<'a> {
    of: Machine<'a>,
    audit: Audit,
}

impl Work<'_> {
    fn run(mut self) -> Result<(), MachineError> {
        let folder = MachineFolder::of(self.of.state);
        folder.make().map_err(at(&folder.requests()))?;
        // The first set is learnt with whatever is asked first, long before an order comes.
        if let Some(operators) = operators::Operators::of(self.of.state) {
            operators.keep();
        }
        self.look_at_slots(&folder);
        let mut first = Ok(());
        let begun = folder.answered().map_err(at(&folder.results()))?;
        for id in begun {
            let Some(result) = read_result(&folder, id) else {
                continue;
            };
            if let (Some(act), MachineState::Begun { boot }) = (result.act, result.state) {
                first = first.and(self.carry_on(&folder, MachineRequest { id, act }, &boot));
            }
        }
        for found in intake::look(&folder.requests()).map_err(at(&folder.requests()))? {
            first = first.and(self.take(&folder, found));
        }
        first
    }

    /// Notes which release did not hold. Who cannot say it does everything else all the same.
    fn look_at_slots(&mut self, folder: &MachineFolder) {
        let Some(slots) = slots::look(self.of.kernels) else {
            return;
        };
        let gave_way = slots.gave_way().map(|version| version.to_string());
        let known = folder.gave_way().unwrap_or_default();
        if gave_way == known {
            return;
        }
        if let Some(version) = &gave_way {
            tracing::error!(event = "release.gave_way", version);
            // Three numbers and two points are a word.
            if let Ok(version) = Word::parse(version) {
                let event = kinds::release_gave_way(version);
                self.audit.note(event, self.of.now);
            }
        }
        if let Err(error) = folder.set_gave_way(gave_way.as_deref()) {
            tracing::error!(event = "release.gave_way_not_noted", %error);
        }
    }

    /// One file among the requests. Whatever it is, it is gone afterwards.
    fn take(&mut self, folder: &MachineFolder, found: intake::Found) -> Result<(), MachineError> {
        let remove = || intake::remove(&found.path).map_err(at(&found.path));
        let Some(id) = found.id else {
            // No result can be named after it.
            tracing::warn!(event = "machine.refused", why = "name");
            self.refused(MachineRequestId(Uuid::nil()), "name");
            return remove();
        };
        if read_result(folder, id).is_some() {
            tracing::warn!(event = "machine.refused", request = %id, why = "repeated");
            self.refused(id, "repeated");
            return remove();
        }
        let verified = found.request.and_then(|(request, owner)| {
            proof::verify(
                self.of.state,
                &self.of.owners,
                &request.act,
                owner,
                self.of.now,
            )
            .map(|()| request.clone())
            .map_err(|why| (why, Some(request.act)))
        });
        match verified {
            Ok(request) => {
                let state = MachineState::Begun {
                    boot: self.of.now.boot.boot.into(),
                };
                self.write(folder, id, Some(request.act.clone()), state)?;
                tracing::info!(event = "machine.begun", request = %id, act = request.act.name());
                let act = Word::new(request.act.name());
                self.audit
                    .note(kinds::machine_begin(id.0, act), self.of.now);
                self.carry_out(folder, request)?;
            }
            Err((why, act)) => {
                tracing::warn!(event = "machine.refused", request = %id, why = why.name());
                self.refused(id, why.name());
                self.write(folder, id, act, MachineState::Refused { why })?;
            }
        }
        remove()
    }

    /// What an earlier start of this process began.
    fn carry_on(
        &mut self,
        folder: &MachineFolder,
        request: MachineRequest,
        boot: &BootText,
    ) -> Result<(), MachineError> {
        let restarted = *boot != self.of.now.boot.boot.into();
        let id = request.id;
        match request.act {
            MachineAct::Restart { .. } if restarted => self.done(folder, request)?,
            MachineAct::Restart { .. } | MachineAct::Erase { .. } | MachineAct::Stage { .. } => {
                self.carry_out(folder, request)?;
            }
        }
        let path = folder.requests().join(id.file_name());
        intake::remove(&path).map_err(at(&path))
    }

    fn carry_out(
        &mut self,
        folder: &MachineFolder,
        request: MachineRequest,
    ) -> Result<(), MachineError> {
        match &request.act {
            // Done when another start of the machine finds it.
            MachineAct::Restart { .. } => Ok(self.of.power.restart(BEFORE_RESTART)?),
            MachineAct::Stage { version, order } => {
                let staged = stage::stage(&self.of, version, order.is_some());
                match staged {
                    Ok(()) => self.done(folder, request),
                    Err(why) => {
                        self.refused(request.id, why.name());
                        let state = MachineState::Refused { why };
                        self.write(folder, request.id, Some(request.act), state)
                    }
                }
            }
            MachineAct::Erase { .. } => {
                erase::erase(self.of.state)?;
                self.done(folder, request)?;
                // Keys are still in the memory of the other processes.
                Ok(self.of.power.restart(AFTER_ERASE)?)
            }
        }
    }

    fn done(
        &mut self,
        folder: &MachineFolder,
        request: MachineRequest,
    ) -> Result<(), MachineError> {
        tracing::info!(event = "machine.done", request = %request.id, act = request.act.name());
        let event = kinds::machine_done(request.id.0, Word::new(request.act.name()));
        self.write(folder, request.id, Some(request.act), MachineState::Done)?;
        self.audit.note(event, self.of.now);
        Ok(())
    }

    fn refused(&mut self, id: MachineRequestId, why: &'static str) {
        self.audit
            .note(kinds::machine_refuse(id.0, Word::new(why)), self.of.now);
    }

    fn write(
        &self,
        folder: &MachineFolder,
        id: MachineRequestId,
        act: Option<MachineAct>,
        state: MachineState,
    ) -> Result<(), MachineError> {
        let at_time = self.of.now.utc;
        let result = MachineResult {
            id,
            act,
            state,
            at: at_time,
        };
        let path = folder.results().join(id.file_name());
        folder.answer(&result).map_err(at(&path))
    }
}

/// A result that cannot be read counts as none begun: what it was about is not done twice for it.
fn read_result(folder: &MachineFolder, id: MachineRequestId) -> Option<MachineResult> {
    folder.result(id).unwrap_or_else(|error| {
        tracing::error!(event = "machine.result_unreadable", request = %id, %error);
        Some(MachineResult {
            id,
            act: None,
            state: MachineState::Refused {
                why: MachineRefusal::Malformed,
            },
            at: crate::domain::UtcMillis(0),
        })
    })
}

fn at(path: &Path) -> impl Fn(io::Error) -> MachineError {
    let path = path.to_owned();
    move |source| MachineError::File {
        path: path.clone(),
        source,
    }
}
