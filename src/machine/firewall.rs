//! `dayroom firewall`: writes down the one address that sync may reach, for systemd's filter and for
//! nftables. Runs as root at start and whenever `site.json` changes.
//!
//! Both filters work on addresses, and names are not looked up: a terminal lets no DNS out. A machine that
//! is no kiosk yet holds nothing of anybody; it may reach any address, so that a technician can type one.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::store::files::{Readers, write_atomic};

/// The services that speak with central.
const SERVICES: [&str; 2] = ["dayroom-sync.service", "dayroom-provision.service"];
/// The largest `site.json` that is read.
const MOST_BYTES: u64 = 256 * 1024;

/// Whom sync may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Central alone.
    Central {
        /// Its address.
        address: IpAddr,
        /// Its port.
        port: u16,
    },
    /// This machine is no kiosk yet.
    Anybody,
}

/// Why the filters stay as they are: closed, at start.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    /// A file.
    #[error("cannot work on {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `site.json` is not one.
    #[error("{path} is not understood: provision this terminal again")]
    Site {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Central is named and not addressed.
    #[error(
        "central is called {0}, and a terminal looks no names up: make the one-time code with central's \
         address (--host) and its name (--server-name)"
    )]
    Name(String),
    /// systemd could not be asked.
    #[error("systemd does not take the address: {0}")]
    Systemd(String),
}

impl Reach {
    /// What `site.json` says.
    ///
    /// # Errors
    /// When there is one that cannot be used: then nobody is reached, as before.
    pub fn of(state: &Path) -> Result<Self, FirewallError> {
        #[derive(Deserialize)]
        struct Site {
            central_host: String,
            central_port: u16,
        }
        let path = state.join("site.json");
        let failed = |source| FirewallError::File {
            path: path.clone(),
            source,
        };
        let text = match fs::metadata(&path) {
            Ok(about) if about.len() > MOST_BYTES => {
                return Err(failed(io::ErrorKind::FileTooLarge.into()));
            }
            Ok(_) => fs::read(&path).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Anybody),
            Err(error) => return Err(failed(error)),
        };
        let site: Site =
            serde_json::from_slice(&text).map_err(|source| FirewallError::Site { path, source })?;
        let address = site
            .central_host
            .parse()
            .map_err(|_| FirewallError::Name(site.central_host))?;
        Ok(Self::Central {
            address,
            port: site.central_port,
        })
    }

    /// The rule that `dayroom.nft` includes.
    pub fn rule(self) -> String {
        let to = match self {
            Self::Central { address, port } => {
                let family = if address.is_ipv4() { "ip" } else { "ip6" };
                format!("{family} daddr {address} tcp dport {port}")
            }
            Self::Anybody => "meta l4proto tcp".to_owned(),
        };
        format!("add rule inet dayroom output meta skuid \"dayroom-sync\" {to} accept\n")
    }

    /// The same for systemd's filter of a service.
    fn allowed(self) -> String {
        match self {
            Self::Central { address, .. } => address.to_string(),
            Self::Anybody => "any".to_owned(),
        }
    }
}

/// Writes the rule into `folder`, where only root writes, and tells systemd.
///
/// # Errors
/// See [`FirewallError`]. Whatever fails, nobody is reached who was not before.
pub fn apply(reach: Reach, folder: &Path) -> Result<(), FirewallError> {
    let rule = folder.join("central.nft");
    let written = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| write_atomic(&rule, reach.rule().as_bytes(), Readers::Owner));
    written.map_err(|source| FirewallError::File { path: rule, source })?;
    let allow = format!("IPAddressAllow={}", reach.allowed());
    for service in SERVICES {
        // The first takes back what an earlier call allowed.
        let asked = Command::new("systemctl")
            .args(["set-property", "--runtime", service])
            .args(["IPAddressAllow=", &allow])
            .output()
            .map_err(|error| FirewallError::Systemd(error.to_string()))?;
        if !asked.status.success() {
            let said = String::from_utf8_lossy(&asked.stderr).trim().to_owned();
            return Err(FirewallError::Systemd(said));
        }
    }
    tracing::info!(event = "firewall.set", allowed = reach.allowed());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(site: &str) -> Result<Reach, FirewallError> {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("site.json"), site).unwrap();
        Reach::of(state.path())
    }

    #[test]
    fn a_kiosk_reaches_its_central_and_a_machine_that_is_none_yet_whoever_is_typed() {
        let found = reach(r#"{"central_host":"10.0.0.7","central_port":9000,"unit":1}"#).unwrap();
        assert_eq!(
            found.rule(),
            "add rule inet dayroom output meta skuid \"dayroom-sync\" ip daddr 10.0.0.7 tcp dport 9000 accept\n"
        );
        let found = reach(r#"{"central_host":"2001:db8::7","central_port":8443}"#).unwrap();
        assert!(
            found
                .rule()
                .contains(" ip6 daddr 2001:db8::7 tcp dport 8443 ")
        );
        let none = tempfile::tempdir().unwrap();
        assert_eq!(Reach::of(none.path()).unwrap(), Reach::Anybody);
    }

    #[test]
    fn a_name_or_a_broken_site_opens_nothing() {
        let named = reach(r#"{"central_host":"central; accept","central_port":1}"#).unwrap_err();
        assert!(named.to_string().contains("looks no names up"), "{named}");
        for broken in [
            "",
            "{}",
            r#"{"central_host":"10.0.0.7","central_port":70000}"#,
        ] {
            assert!(
                matches!(reach(broken), Err(FirewallError::Site { .. })),
                "{broken}"
            );
        }
    }
}
