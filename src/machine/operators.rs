//! Whose orders count for `machine`: a chain of key sets in a file that only it writes. It begins with
//! the one of the provisioning, the first time anything is asked of `machine`, and from then on goes
//! only where the operators themselves have signed it: what is written into `identity/` later changes
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};

use dayroom_protocol::{KeySet, SignedKeySet};

use crate::store::files::{Readers, write_atomic};

/// Where the chain lies; an erasure takes it away.
pub(super) const KEPT: &str = "machine/operators.json";
/// Where provisioning has left the first one.
const BROUGHT: &str = "identity/operators.json";

/// The chain that `machine` believes, and what it can follow from there.
pub(super) struct Operators {
    path: PathBuf,
    chain: Vec<SignedKeySet>,
    set: KeySet,
    kept: usize,
}

impl Operators {
    /// What is believed in this state folder; `None` where nobody's orders count.
    pub(super) fn of(state: &Path) -> Option<Self> {
        let path = state.join(KEPT);
        let brought = read(&state.join(BROUGHT));
        let (chain, kept) = if path.exists() {
            let chain = read(&path)?;
            let kept = chain.len();
            (chain, kept)
        } else {
            (brought.clone()?, 0)
        };
        let set = KeySet::of_chain(&chain).ok()?;
        let mut operators = Self {
            path,
            chain,
            set,
            kept,
        };
        operators.follow(&brought.unwrap_or_default());
        Some(operators)
    }

    /// Goes along these sets as far as they follow.
    pub(super) fn follow(&mut self, sets: &[SignedKeySet]) {
        for next in sets {
            if let Ok(set) = self.set.follow(next) {
                self.set = set;
                self.chain.push(next.clone());
            }
        }
    }

    /// The set that is in force.
    pub(super) fn set(&self) -> &KeySet {
        &self.set
    }

    /// Keeps how far it has come. Where the disk does not take it, the same way is gone again next
    /// time.
    pub(super) fn keep(&self) {
        if self.chain.len() == self.kept {
            return;
        }
        let kept = serde_json::to_vec(&self.chain)
            .map_err(std::io::Error::other)
            .and_then(|text| write_atomic(&self.path, &text, Readers::Owner));
        if let Err(error) = kept {
            tracing::error!(event = "machine.operators_not_kept", %error);
        }
    }
}

fn read(path: &Path) -> Option<Vec<SignedKeySet>> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
