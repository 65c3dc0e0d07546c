use std::path::Path;

use dayroom_client::transport::Endpoint;
use dayroom_protocol::KioskId;
use serde::Deserialize;
use uuid::Uuid;

use super::SyncError;

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
    /// The name under which central speaks EST on the same port, where it asks for no certificate.
    /// Without it certificates are not renewed and a revocation is not told from a failure.
    #[serde(default)]
    pub est_name: Option<String>,
    /// Which kiosk this is.
    #[serde(default)]
    pub kiosk: Option<KioskId>,
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
        let text = std::fs::read(&path).map_err(|source| SyncError::File {
            path: path.clone(),
            source,
        })?;
        serde_json::from_slice(&text).map_err(|error| SyncError::Site(path, error))
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

    /// The same under the name for EST, if this kiosk knows it.
    pub fn est_endpoint(&self) -> Option<Endpoint> {
        let est_name = self.est_name.clone()?;
        Some(Endpoint {
            server_name: est_name,
            ..self.endpoint()
        })
    }
}
