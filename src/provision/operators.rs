//! Whose orders the kiosk is to carry out: the operators' key set, learnt once with the one-time file
//! or from central, and from then on only from the operators themselves.

use std::fs;
use std::io;
use std::path::Path;

use dayroom_protocol::{KeySet, SignedKeySet};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::source::grouped;
use crate::domain::provisioning::Problem;

/// The chain a kiosk was provisioned with.
const CHAIN: &str = "identity/operators.json";
/// What followed it, as sync keeps it beside the store.
const FOLLOWED: &str = "identity/orders.json";

/// The key set this machine goes by; `None` on a new one.
///
/// # Errors
/// [`Problem::Signature`] when what lies there is none: nobody is believed then.
pub(super) fn known(state: &Path) -> Result<Option<KeySet>, Problem> {
    #[derive(Deserialize)]
    struct Followed {
        chain: Vec<SignedKeySet>,
    }
    let Some(chain) = read::<Vec<SignedKeySet>>(&state.join(CHAIN))? else {
        return Ok(None);
    };
    let set = KeySet::of_chain(&chain).map_err(|_| Problem::Signature)?;
    let followed = read::<Followed>(&state.join(FOLLOWED))?.map_or(Vec::new(), |kept| kept.chain);
    let newer = |next: &&SignedKeySet| {
        KeySet::read(&next.0.text).is_ok_and(|next| next.version > set.version)
    };
    followed
        .iter()
        .filter(newer)
        .try_fold(set.clone(), |set, next| set.follow(next))
        .map(Some)
        .map_err(|_| Problem::Signature)
}

/// A set as `identity/operators.json` holds it, and its fingerprint. `central` vouches for it with a
/// root that the code pins; that nobody exchanged it there, the fingerprint shows.
///
/// # Errors
/// [`Problem::BadAnswer`] when it is none.
pub(super) fn of_central(central: &SignedKeySet) -> Result<(String, String), Problem> {
    KeySet::read(&central.0.text).map_err(|_| Problem::BadAnswer)?;
    let chain = serde_json::to_string(&[central]).map_err(|_| Problem::BadAnswer)?;
    Ok((chain, fingerprint(central)))
}

/// The beginning of the SHA-256 of a set as it was signed, as `dayroom-central operator-key show` has
/// it: short enough to be compared by somebody who stands at a wall.
pub(super) fn fingerprint(set: &SignedKeySet) -> String {
    let digits = grouped(digest(&SHA256, set.0.text.as_bytes()).as_ref());
    digits.split(' ').take(5).collect::<Vec<_>>().join("-")
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Problem> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|_| Problem::Signature),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            tracing::error!(event = "provision.operators_unreadable", %error);
            Err(Problem::Signature)
        }
    }
}
