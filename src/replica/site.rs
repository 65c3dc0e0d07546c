use std::path::Path;

use dayroom_client::transport::{Endpoint, FileIdentity};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::SyncError;
use crate::store::StoreKey;

/// Which central a kiosk belongs to: `site.json` in its state folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Site {
    /// Host name or address to connect to.
    pub central_host: String,
    /// Port to connect to.
    pub central_port: u16,
    /// The name that must stand in the server's certificate.
    pub server_name: String,
    /// The one root that is trusted, PEM.
    pub root_pem: String,
    /// Which kiosk this is; orders are addressed by it.
    #[serde(default)]
    pub kiosk: Option<Uuid>,
    /// Which facility it is of.
    #[serde(default)]
    pub facility: Option<Uuid>,
}

impl Site {
    /// Reads it.
    ///
    /// # Errors
    /// When the file is not there or not of its form.
    pub fn read(state: &Path) -> Result<Self, SyncError> {
        let path = state.join("site.json");
        serde_json::from_slice(&read(&path)?).map_err(|error| SyncError::Site(path, error))
    }

    /// Where the transport connects to.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            host: self.central_host.clone(),
            port: self.central_port,
            server_name: self.server_name.clone(),
            root_pem: self.root_pem.clone(),
        }
    }
}

/// Who this kiosk is, and the key of its store: `identity/` in its state folder.
pub struct Identity {
    /// Certificate and key for TLS.
    pub tls: FileIdentity,
    /// The store's key.
    pub store: StoreKey,
}

impl Identity {
    /// Reads both.
    ///
    /// # Errors
    /// When a file is not there or not of its form.
    pub fn read(state: &Path) -> Result<Self, SyncError> {
        let folder = state.join("identity");
        let chain = read(&folder.join("cert.pem"))?;
        let key = Zeroizing::new(read(&folder.join("key.pem"))?);
        let path = folder.join("store.key");
        let digits = Zeroizing::new(read(&path)?);
        Ok(Self {
            tls: FileIdentity::from_pem(&chain, &key)?,
            store: store_key(&digits).ok_or(SyncError::StoreKey(path))?,
        })
    }
}

/// 32 bytes as 64 hexadecimal digits; white space around them does no harm.
fn store_key(digits: &[u8]) -> Option<StoreKey> {
    let (pairs, rest) = digits.trim_ascii().as_chunks::<2>();
    let mut bytes = Zeroizing::new([0; 32]);
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(StoreKey::new(*bytes))
}

fn read(path: &Path) -> Result<Vec<u8>, SyncError> {
    std::fs::read(path).map_err(|source| SyncError::File {
        path: path.to_owned(),
        source,
    })
}
