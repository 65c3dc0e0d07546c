use std::path::Path;

use dayroom_protocol::{FacilityId, KioskId, SignedKeySet, UnitId};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::files::{Readers, private_folder, write_atomic};
use super::{CaError, Issued};

/// Where a kiosk stands and which central it speaks to: `site.json` in its state folder.
///
/// ```json
/// {
///   "central_host": "127.0.0.1",
///   "central_port": 8443,
///   "server_name": "localhost",
///   "est_name": "est.localhost",
///   "root_pem": "-----BEGIN CERTIFICATE-----\n...",
///   "facility": "0198b0c4-...",
///   "unit": "0198b0c4-...",
///   "kiosk": "0198b0c4-..."
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Host name or address to connect to.
    pub central_host: String,
    /// Port to connect to.
    pub central_port: u16,
    /// The name that must stand in the server's certificate.
    pub server_name: String,
    /// The name under which central speaks EST.
    pub est_name: String,
    /// The one root the kiosk trusts, PEM.
    pub root_pem: String,
    /// Which facility.
    pub facility: FacilityId,
    /// Which unit, when the bundle was made; central may move the kiosk.
    pub unit: UnitId,
    /// Which kiosk.
    pub kiosk: KioskId,
}

/// Writes what a kiosk needs into its state folder: `site.json`, `identity/key.pem`,
/// `identity/cert.pem` and `identity/store.key` (32 random bytes as 64 hexadecimal digits).
///
/// A store key that is there already is kept: without it the kiosk's files cannot be read again.
///
/// # Errors
/// When a file cannot be written.
pub fn write_kiosk_bundle(folder: &Path, site: &Site, issued: &Issued) -> Result<(), CaError> {
    let identity = folder.join("identity");
    private_folder(&identity)?;
    let store_key = identity.join("store.key");
    if !store_key.exists() {
        write_atomic(&store_key, new_store_key()?.as_bytes(), Readers::Owner)?;
    }
    write_atomic(
        &identity.join("key.pem"),
        issued.key_pem.as_bytes(),
        Readers::Owner,
    )?;
    write_atomic(
        &identity.join("cert.pem"),
        issued.cert_pem.as_bytes(),
        Readers::Everyone,
    )?;
    let path = folder.join("site.json");
    let text = serde_json::to_vec_pretty(site).map_err(|error| CaError::Damaged {
        path: path.clone(),
        what: error.to_string(),
    })?;
    write_atomic(&path, &text, Readers::Everyone)
}

/// Writes whose orders the kiosk carries out: the chain of operators' key sets, `identity/operators.json`.
///
/// # Errors
/// When the file cannot be written.
pub fn write_operators(folder: &Path, chain: &[SignedKeySet]) -> Result<(), CaError> {
    // Without a set there is nobody to learn; what a kiosk has learnt before stays.
    if chain.is_empty() {
        return Ok(());
    }
    let path = folder.join("identity").join("operators.json");
    let text = serde_json::to_vec_pretty(chain).map_err(|error| CaError::Damaged {
        path: path.clone(),
        what: error.to_string(),
    })?;
    write_atomic(&path, &text, Readers::Everyone)
}

fn new_store_key() -> Result<String, CaError> {
    let mut key = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| CaError::Randomness)?;
    Ok(key.iter().map(|byte| format!("{byte:02x}")).collect())
}
