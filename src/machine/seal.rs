//! `dayroom seal-key`: has systemd seal the store's key under the secret of this machine's `/var`, so that
//! it is root's to hand out, and only to the services that need it. Runs as root at start, before them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::{MachineError, at};
use crate::store::files::{Readers, destroy, write_atomic};
use crate::store::{CREDENTIAL, StoreKeyPlace, new_key};

/// systemd-creds(1).
const SYSTEMD_CREDS: &str = "systemd-creds";

/// Seals the key that is there, or a new one, unless that is done.
///
/// # Errors
/// When a file cannot be written, or systemd does not seal or unseal. A key that is in use is
/// destroyed only when what was sealed has been unsealed again.
pub fn seal_key(state: &Path) -> Result<(), MachineError> {
    seal_key_by(Path::new(SYSTEMD_CREDS), state)
}

fn seal_key_by(program: &Path, state: &Path) -> Result<(), MachineError> {
    let place = StoreKeyPlace::of(state);
    let (file, sealed) = (place.file(), place.sealed());
    let key = match fs::read_to_string(&file).map(Zeroizing::new) {
        Ok(key) => Some(key),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&file)(error)),
        Err(_) if sealed.exists() => None,
        Err(_) => Some(new_key().map_err(at(&sealed))?),
    };
    let Some(key) = key else { return Ok(()) };
    let name = format!("--name={CREDENTIAL}");
    // Not by the TPM once more: that opens `/var`, where all of this lies. A second time it would keep
    // the facility's recovery machine from the drafts of a dead board, and delay each start of the screen.
    let seal = ["encrypt", &name, "--with-key=host"];
    let blob = run(program, &seal, key.as_bytes())?;
    if *run(program, &["decrypt", &name], &blob)? != *key.as_bytes() {
        return Err(MachineError::Sealing("what was sealed came out different"));
    }
    write_atomic(&sealed, &blob, Readers::Owner).map_err(at(&sealed))?;
    destroy(&file).map_err(at(&file))
}

/// Runs it with something on its standard input; what it wrote to its standard output.
fn run(
    program: &Path,
    arguments: &[&str],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, MachineError> {
    let failed = |source| MachineError::File {
        path: PathBuf::from(program),
        source,
    };
    let mut child = Command::new(program)
        .args(arguments)
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // Shorter than a pipe holds; dropped, so that the program sees its end.
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(input));
    let output = child.wait_with_output().map_err(failed)?;
    let said = Zeroizing::new(output.stdout);
    written.transpose().map_err(failed)?;
    if output.status.success() {
        Ok(said)
    } else {
        Err(MachineError::Sealing("systemd-creds failed"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// In systemd's place: writes each byte as another one, and back; or not back.
    fn sealer(folder: &Path, unseals: bool) -> PathBuf {
        let path = folder.join("sealer");
        let back = if unseals { "tr G-V 0-9a-f" } else { "cat" };
        let script =
            format!("#!/bin/sh\ncase $1 in encrypt) tr 0-9a-f G-V;; decrypt) {back};; esac\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn state_with_key(key: Option<&str>) -> tempfile::TempDir {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(state.path().join("identity")).unwrap();
        if let Some(key) = key {
            fs::write(state.path().join("identity/store.key"), key).unwrap();
        }
        state
    }

    #[test]
    fn an_empty_machine_gets_a_sealed_key_and_keeps_it() {
        let (state, tools) = (state_with_key(None), tempfile::tempdir().unwrap());
        let program = sealer(tools.path(), true);
        seal_key_by(&program, state.path()).unwrap();
        let place = StoreKeyPlace::of(state.path());
        let first = fs::read(place.sealed()).unwrap();
        assert!(first.len() == 64 && first.iter().all(|byte| (b'G'..=b'V').contains(byte)));
        seal_key_by(&program, state.path()).unwrap();
        assert_eq!(fs::read(place.sealed()).unwrap(), first);
        assert!(!place.file().exists() && !place.is_destroyed());
        let mode = fs::metadata(place.sealed()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_is_in_use_is_sealed_and_its_file_goes() {
        let key = "0f".repeat(32);
        let (state, tools) = (state_with_key(Some(&key)), tempfile::tempdir().unwrap());
        let place = StoreKeyPlace::of(state.path());
        // Also after a power cut between the two steps.
        fs::write(place.sealed(), "an older one").unwrap();
        seal_key_by(&sealer(tools.path(), true), state.path()).unwrap();
        assert_eq!(fs::read_to_string(place.sealed()).unwrap(), "GV".repeat(32));
        assert!(!place.file().exists());
    }

    #[test]
    fn a_key_in_use_is_kept_when_what_was_sealed_does_not_come_out_again() {
        let key = "0f".repeat(32);
        let (state, tools) = (state_with_key(Some(&key)), tempfile::tempdir().unwrap());
        let place = StoreKeyPlace::of(state.path());
        seal_key_by(&sealer(tools.path(), false), state.path()).unwrap_err();
        seal_key_by(&tools.path().join("no program"), state.path()).unwrap_err();
        assert_eq!(fs::read_to_string(place.file()).unwrap(), key);
        assert!(!place.sealed().exists());
    }
}
