//! Who this kiosk is: its key behind the signing seam, and the chains that are for it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use dayroom_client::plan::RenewalConfig;
use dayroom_client::transport::{
    Certificate, DeviceIdentity, Identity as _, IdentityError, RevocationList, SignError, Signer,
};

use super::SyncError;
use crate::domain::UtcMillis;
use crate::domain::identity::Standing;
use crate::store::{IdentityFiles, StoreKey};

/// The signature over a message, or why there is none.
pub type Sign = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync;

/// The kiosk's key, which lives elsewhere: in a file, or in a TPM.
#[derive(Clone)]
pub struct SyncKey {
    /// The public key, a DER `SubjectPublicKeyInfo` of P-256.
    pub public_key: Vec<u8>,
    /// Signs: a DER `Ecdsa-Sig-Value` with SHA-256.
    pub sign: Arc<Sign>,
}

/// Where the kiosk's key is had from; asked anew when the kiosk was provisioned again.
#[derive(Clone)]
pub struct Keys(Arc<dyn Fn() -> Result<SyncKey, String> + Send + Sync>);

impl Keys {
    /// Opened by this whenever it is needed.
    pub fn opened_by(open: impl Fn() -> Result<SyncKey, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`SyncError::Key`]: why it cannot be used.
    pub fn open(&self) -> Result<SyncKey, SyncError> {
        (self.0)().map_err(SyncError::Key)
    }
}

impl From<SyncKey> for Keys {
    /// Always this one.
    fn from(key: SyncKey) -> Self {
        Self::opened_by(move || Ok(key.clone()))
    }
}

impl Signer for SyncKey {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (self.sign)(message).map_err(SignError)
    }
}

impl fmt::Debug for SyncKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncKey").finish_non_exhaustive()
    }
}

/// The chains in `identity/` that can be used with the key; there is at least one.
#[derive(Clone, Debug)]
pub struct Chains {
    current: Option<Arc<DeviceIdentity>>,
    next: Option<Arc<DeviceIdentity>>,
}

impl Chains {
    /// Reads them.
    ///
    /// # Errors
    /// When none can be used: what is wrong with the one that should be in use.
    pub fn read(state: &Path, key: &SyncKey) -> Result<Self, SyncError> {
        let files = IdentityFiles::of(state);
        let file = |path, source| SyncError::File { path, source };
        let current = files.read_cert().map_err(|e| file(files.cert(), e))?;
        let next = files
            .read_next_cert()
            .map_err(|e| file(files.next_cert(), e))?;
        let usable = |chain: &[u8]| DeviceIdentity::new(chain, Arc::new(key.clone())).map(Arc::new);
        let next = next.and_then(|chain| match usable(&chain) {
            Ok(next) => Some(next),
            Err(error) => {
                tracing::warn!(event = "identity.next_unusable", %error);
                None
            }
        });
        let current = current.map_or(Err(IdentityError::Missing), |chain| usable(&chain));
        match (current, &next) {
            (Ok(current), _) => Ok(Self {
                current: Some(current),
                next,
            }),
            (Err(error), None) => Err(error.into()),
            (Err(error), Some(_)) => {
                tracing::error!(event = "identity.unusable", %error);
                Ok(Self {
                    current: None,
                    next,
                })
            }
        }
    }

    /// The chain in use, if it can be used.
    pub fn current(&self) -> Option<&Arc<DeviceIdentity>> {
        self.current.as_ref()
    }

    /// A renewed chain that central has not answered to yet.
    pub fn next(&self) -> Option<&Arc<DeviceIdentity>> {
        self.next.as_ref()
    }

    /// A renewed chain has come, and is kept.
    pub(super) fn set_next(&mut self, next: Arc<DeviceIdentity>) {
        self.next = Some(next);
    }

    /// The renewed chain is put aside.
    pub(super) fn drop_next(&mut self) {
        self.next = None;
    }

    /// The renewed chain is the one in use.
    pub(super) fn use_next(&mut self) {
        if let Some(next) = self.next.take() {
            self.current = Some(next);
        }
    }

    /// The one to connect with: the one in use, but for one that has ended where a renewed one has
    /// not.
    pub fn in_use(&self, now: UtcMillis) -> Option<&Arc<DeviceIdentity>> {
        let ended = |one: &Arc<DeviceIdentity>| one.validity().until.0 < now.0;
        let current = self.current.as_ref().filter(|one| !ended(one));
        let next = self.next.as_ref().filter(|one| !ended(one));
        current
            .or(next)
            .or(self.current.as_ref())
            .or(self.next.as_ref())
    }
}

/// The store's key in this state folder.
///
/// # Errors
/// When the file is not there or not of its form.
pub fn store_key(state: &Path) -> Result<StoreKey, SyncError> {
    let files = IdentityFiles::of(state);
    let path = files.store_key_path();
    match files.read_store_key() {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(SyncError::StoreKey(path)),
        Err(source) => Err(SyncError::File { path, source }),
    }
}

/// How the identity in a state folder stands at `now`, as far as the folder itself says. Nothing is
/// asked over the network, and the key is not used; `public_key` is compared, if it is given.
pub fn look(state: &Path, root_pem: &str, public_key: Option<&[u8]>, now: UtcMillis) -> Standing {
    let files = IdentityFiles::of(state);
    let chain = match files.read_cert() {
        Ok(Some(chain)) => chain,
        Ok(None) => return Standing::Missing,
        Err(_) => return Standing::Broken,
    };
    let Some((own, _)) = Certificate::chain(&chain) else {
        return Standing::Broken;
    };
    if public_key.is_some_and(|key| key != own.public_key) {
        return Standing::Broken;
    }
    let list = files.read_list().ok().flatten();
    let list = list.and_then(|list| RevocationList::verify(&list, root_pem).ok());
    standing(&own, list.as_ref(), now)
}

/// How a certificate stands at `now`.
pub(super) fn standing(
    own: &Certificate,
    list: Option<&RevocationList>,
    now: UtcMillis,
) -> Standing {
    let utc = |at: dayroom_protocol::UtcMillis| UtcMillis(at.0);
    let (from, until) = (utc(own.validity.from), utc(own.validity.until));
    let renews = utc(RenewalConfig::default().begins(own.validity));
    if let Some(at) = list.and_then(|list| list.revoked(own)) {
        Standing::Revoked { since: utc(at) }
    } else if now < from {
        Standing::NotYetValid { from }
    } else if now > until {
        Standing::Expired { since: until }
    } else if now >= renews {
        Standing::RenewalDue {
            since: renews,
            until,
        }
    } else {
        Standing::Good { renews, until }
    }
}
