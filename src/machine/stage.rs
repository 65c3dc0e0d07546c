//! Stages a release: verifies it by what `machine` itself believes, copies it out of the folder that
//! `sync` writes, and hands it to the machine's updater. It can be done again from any point.

use std::path::Path;

use dayroom_client::releases::{FolderPlatform, NoCut, Stage, StageError, StageWish, Trust};
use dayroom_protocol::{ReleaseVersion, UtcMillis};

use super::{Machine, slots};
use crate::domain::machine::MachineRefusal;

/// The first root of an image that was built for one installation.
const IMAGE_ROOT: &str = "/usr/share/dayroom/releases-root.json";

/// What `machine` believes of releases, in a file that only it writes. It begins with the root of the
/// image, or else with that of the provisioning, and from then on follows its own chain: what is
/// written into `identity/` later changes nothing.
fn trust(state: &Path) -> Trust {
    let of_image = Path::new(IMAGE_ROOT);
    let first = if of_image.exists() {
        of_image.to_owned()
    } else {
        state.join("identity/releases-root.json")
    };
    Trust::new(state.join("machine/releases.json"), first)
}

/// Stages it for the updater that looks into `releases/staged`.
///
/// # Errors
/// Why it did not; what was staged before stays.
pub(super) fn stage(
    machine: &Machine<'_>,
    version: &str,
    may_be_older: bool,
) -> Result<(), MachineRefusal> {
    let version: ReleaseVersion = version.parse().map_err(|_| MachineRefusal::Malformed)?;
    if let Some(slots) = slots::look(machine.kernels) {
        slots.takes(version)?;
    }
    let state = machine.state;
    let mut platform = FolderPlatform::new(state.join("releases/staged"));
    let stage = Stage {
        trust: trust(state),
        incoming: state.join("releases/incoming"),
        staged: state.join("releases/staged"),
        running: machine.running,
    };
    let wish = StageWish {
        version,
        may_be_older,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|_| MachineRefusal::NotStaged)?;
    let mut no_cut = NoCut;
    let now = UtcMillis(machine.now.utc.0);
    let staging = stage.stage(wish, now, &mut no_cut, &mut platform);
    match runtime.block_on(staging) {
        Ok(staged) => {
            tracing::info!(event = "release.staged", %version, sha256 = %staged.sha256);
            Ok(())
        }
        Err(error) => {
            let mut causes = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(next) = cause {
                causes.push_str(": ");
                causes.push_str(&next.to_string());
                cause = next.source();
            }
            tracing::error!(event = "release.not_staged", %version, error = causes);
            Err(map_error(&error))
        }
    }
}

fn map_error(error: &StageError) -> MachineRefusal {
    match error {
        StageError::NotNewer { .. } => MachineRefusal::NotNewer,
        other if other.is_refusal() => MachineRefusal::Release,
        StageError::Trust(_)
        | StageError::NotListed(_)
        | StageError::Bundle(_)
        | StageError::File { .. }
        | StageError::Platform(_) => MachineRefusal::NotStaged,
    }
}
