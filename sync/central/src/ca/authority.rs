use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use dayroom_protocol::{KioskId, UtcMillis, route};
use rcgen::{Issuer, KeyPair, SubjectPublicKeyInfo};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

use super::files::{Readers, private_folder, read_text, write_atomic};
use super::ledger::{KioskEntry, Ledger, Serial};
use super::sign::{after, kiosk_params, revocation_list, root_params, server_params};
use super::{CRL_LIFE, CaError, KIOSK_LIFE, ROOT_LIFE, SERVER_LIFE};

const ROOT: &str = "root.pem";
const ROOT_KEY: &str = "root.key.pem";
/// Certificate and key in one file, so that they are always of one another.
const SERVER: &str = "server.pem";
const SERVER_NOTE: &str = "server.json";
const LEDGER: &str = "ledger.json";
const LOCK: &str = "lock";

/// The certificate authority in its folder.
#[derive(Clone, Debug)]
pub struct Authority {
    folder: PathBuf,
    root_pem: String,
}

/// A certificate that was just made, with its key.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, PEM.
    pub cert_pem: String,
    /// Its private key, PKCS #8 PEM.
    pub key_pem: String,
    /// Its serial number.
    pub serial: Serial,
    /// When it ends.
    pub ends: UtcMillis,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("serial", &self.serial)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// A certificate that was just made for a key whose private half is elsewhere.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its serial number.
    pub serial: Serial,
    /// When it ends.
    pub ends: UtcMillis,
}

/// The server's certificate and key.
pub struct ServerIdentity {
    /// The certificate.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
    /// When it ends.
    pub ends: UtcMillis,
}

/// The newest revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    /// As it is signed.
    pub der: CertificateRevocationListDer<'static>,
    /// Counts up.
    pub number: u64,
    /// When it ends.
    pub ends: UtcMillis,
    /// Whose certificates it takes back.
    pub revoked: BTreeSet<Serial>,
}

#[derive(Serialize, Deserialize)]
struct ServerNote {
    names: Vec<String>,
    /// Under which EST is spoken; authorities of an earlier release have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    est: Option<String>,
    ends: UtcMillis,
}

impl ServerNote {
    fn new(names: &[String], est: String) -> Self {
        Self {
            names: names.to_vec(),
            est: Some(est),
            ends: UtcMillis::default(),
        }
    }

    fn est_name(&self) -> String {
        self.est
            .clone()
            .unwrap_or_else(|| default_est_name(&self.names))
    }
}

impl Authority {
    /// Makes a new authority in `folder`, with a server certificate for `names` (host names and
    /// addresses) and an empty revocation list. EST gets the name [`default_est_name`].
    ///
    /// # Errors
    /// [`CaError::Exists`] when there is one; else when files or certificates cannot be made.
    pub fn create(folder: &Path, names: &[String], now: UtcMillis) -> Result<Self, CaError> {
        Self::create_with_est(folder, names, &default_est_name(names), now)
    }

    /// The same, with a name for EST.
    ///
    /// # Errors
    /// [`CaError::EstName`] when it is one of central's own names; else as [`Authority::create`].
    pub fn create_with_est(
        folder: &Path,
        names: &[String],
        est: &str,
        now: UtcMillis,
    ) -> Result<Self, CaError> {
        free_est_name(names, est)?;
        private_folder(folder)?;
        let _held = lock(folder)?;
        if folder.join(ROOT_KEY).exists() {
            return Err(CaError::Exists(folder.to_owned()));
        }
        let key = KeyPair::generate()?;
        let root_pem = root_params(now, after(now, ROOT_LIFE))?
            .self_signed(&key)?
            .pem();
        let authority = Self {
            folder: folder.to_owned(),
            root_pem,
        };
        write_atomic(
            &folder.join(ROOT),
            authority.root_pem.as_bytes(),
            Readers::Everyone,
        )?;
        let issuer = Issuer::from_ca_cert_pem(&authority.root_pem, key)?;
        let mut note = ServerNote::new(names, est.to_owned());
        authority.make_server(&issuer, &mut note, now)?;
        authority.make_list(&issuer, Ledger::default(), now)?;
        // Last, because an authority is there when its key is there.
        write_atomic(
            &folder.join(ROOT_KEY),
            issuer.key().serialize_pem().as_bytes(),
            Readers::Owner,
        )?;
        Ok(authority)
    }

    /// Opens the authority in `folder`.
    ///
    /// # Errors
    /// [`CaError::Missing`] when there is none; else when its files cannot be read.
    pub fn open(folder: &Path) -> Result<Self, CaError> {
        if !folder.join(ROOT_KEY).exists() {
            return Err(CaError::Missing(folder.to_owned()));
        }
        Ok(Self {
            folder: folder.to_owned(),
            root_pem: read_text(&folder.join(ROOT))?,
        })
    }

    /// The root certificate, PEM.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The root certificate.
    ///
    /// # Errors
    /// When the file is not a certificate.
    pub fn root(&self) -> Result<CertificateDer<'static>, CaError> {
        CertificateDer::from_pem_slice(self.root_pem.as_bytes())
            .map_err(|error| self.damaged(ROOT, error))
    }

    /// The server's certificate; a new one if less than a third of its life is left.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn server_identity(&self, now: UtcMillis) -> Result<ServerIdentity, CaError> {
        let _held = lock(&self.folder)?;
        let mut note = self.server_note()?;
        let third = i64::try_from(SERVER_LIFE.as_millis() / 3).unwrap_or(i64::MAX);
        if note.ends.millis_since(now) < third || note.est.is_none() {
            self.make_server(&self.issuer()?, &mut note, now)?;
        }
        let pem = read_text(&self.folder.join(SERVER))?;
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| self.damaged(SERVER, error))?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| self.damaged(SERVER, error))?;
        Ok(ServerIdentity {
            chain,
            key,
            ends: note.ends,
        })
    }

    /// The names in the server's certificate.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn server_names(&self) -> Result<Vec<String>, CaError> {
        Ok(self.server_note()?.names)
    }

    /// The name under which EST is spoken, beside [`route::EST_COMMON_NAME`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn est_name(&self) -> Result<String, CaError> {
        Ok(self.server_note()?.est_name())
    }

    /// Gives EST another name, and the server a certificate with it.
    ///
    /// # Errors
    /// [`CaError::EstName`] when it is one of central's own names; else when files or the
    /// certificate cannot be made.
    pub fn set_est_name(&self, est: &str, now: UtcMillis) -> Result<(), CaError> {
        let _held = lock(&self.folder)?;
        let mut note = self.server_note()?;
        free_est_name(&note.names, est)?;
        note.est = Some(est.to_owned());
        self.make_server(&self.issuer()?, &mut note, now)
    }

    /// Makes a key and a certificate for `kiosk`.
    ///
    /// # Errors
    /// When files or the certificate cannot be made.
    pub fn issue_kiosk(&self, kiosk: KioskId, now: UtcMillis) -> Result<Issued, CaError> {
        let key = KeyPair::generate()?;
        let made = self.certify(kiosk, &key, now)?;
        Ok(Issued {
            cert_pem: made.pem,
            key_pem: key.serialize_pem(),
            serial: made.certified.serial,
            ends: made.certified.ends,
        })
    }

    /// Makes a certificate for `kiosk` and a key whose public half, a DER `SubjectPublicKeyInfo`,
    /// is all that is known here.
    ///
    /// # Errors
    /// When files or the certificate cannot be made, or it is no key.
    pub fn issue_kiosk_for(
        &self,
        kiosk: KioskId,
        public_key: &[u8],
        now: UtcMillis,
    ) -> Result<Certified, CaError> {
        let key = SubjectPublicKeyInfo::from_der(public_key)?;
        Ok(self.certify(kiosk, &key, now)?.certified)
    }

    /// Whether this is a certificate of this kiosk that was issued here and not taken back.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn counts(&self, kiosk: KioskId, serial: &Serial) -> Result<bool, CaError> {
        let ledger = self.ledger()?;
        let entry = ledger.kiosks.get(serial);
        Ok(entry.is_some_and(|entry| entry.kiosk == kiosk && entry.revoked.is_none()))
    }

    fn certify(
        &self,
        kiosk: KioskId,
        key: &impl rcgen::PublicKeyData,
        now: UtcMillis,
    ) -> Result<Made, CaError> {
        let _held = lock(&self.folder)?;
        let serial = Serial::random()?;
        let ends = after(now, KIOSK_LIFE);
        let certificate =
            kiosk_params(kiosk, &serial, now, ends)?.signed_by(key, &self.issuer()?)?;
        let mut ledger = self.ledger()?;
        let entry = KioskEntry {
            kiosk,
            ends,
            revoked: None,
        };
        ledger.kiosks.insert(serial.clone(), entry);
        ledger.write(&self.folder.join(LEDGER))?;
        Ok(Made {
            pem: certificate.pem(),
            certified: Certified {
                certificate: certificate.into(),
                serial,
                ends,
            },
        })
    }

    /// Takes back the certificate with this serial number; false if it was not issued here or is
    /// revoked already.
    ///
    /// # Errors
    /// When files or the list cannot be made.
    pub fn revoke(&self, serial: &Serial, now: UtcMillis) -> Result<bool, CaError> {
        let revoked = self.revoke_where(now, |candidate, _| candidate == serial)?;
        Ok(!revoked.is_empty())
    }

    /// Takes back every certificate of `kiosk` and says which.
    ///
    /// # Errors
    /// [`CaError::NoCertificate`] when the kiosk never had one; else when files or the list cannot
    /// be made.
    pub fn revoke_kiosk(&self, kiosk: KioskId, now: UtcMillis) -> Result<Vec<Serial>, CaError> {
        if !self.ledger()?.kiosks.values().any(|e| e.kiosk == kiosk) {
            return Err(CaError::NoCertificate(kiosk));
        }
        self.revoke_where(now, |_, entry| entry.kiosk == kiosk)
    }

    /// Takes back every certificate of `kiosk` but this one and says which.
    ///
    /// # Errors
    /// When files or the list cannot be made.
    pub fn revoke_kiosk_but(
        &self,
        kiosk: KioskId,
        kept: &Serial,
        now: UtcMillis,
    ) -> Result<Vec<Serial>, CaError> {
        self.revoke_where(now, |serial, entry| {
            entry.kiosk == kiosk && serial != kept && entry.ends >= now
        })
    }

    /// The newest revocation list.
    ///
    /// # Errors
    /// When files cannot be read.
    pub fn revocation_list(&self) -> Result<RevocationList, CaError> {
        let _held = lock(&self.folder)?;
        let ledger = self.ledger()?;
        let der = CertificateRevocationListDer::from_pem_slice(ledger.crl_pem.as_bytes())
            .map_err(|error| self.damaged(LEDGER, error))?;
        Ok(RevocationList {
            der,
            number: ledger.crl_number,
            ends: ledger.crl_ends,
            revoked: ledger
                .revoked(ledger.crl_made)
                .map(|(serial, _)| serial.clone())
                .collect(),
        })
    }

    /// Makes a new revocation list if half the life of the newest has passed; says whether it did.
    ///
    /// # Errors
    /// When files or the list cannot be made.
    pub fn renew_revocation_list(&self, now: UtcMillis) -> Result<bool, CaError> {
        let _held = lock(&self.folder)?;
        let ledger = self.ledger()?;
        let half = i64::try_from(CRL_LIFE.as_millis() / 2).unwrap_or(i64::MAX);
        let due = ledger.crl_ends.millis_since(now) <= half;
        if due {
            self.make_list(&self.issuer()?, ledger, now)?;
        }
        Ok(due)
    }

    /// The files that are replaced with each new revocation list or certificate of the server.
    pub fn changing_paths(&self) -> [PathBuf; 2] {
        [LEDGER, SERVER_NOTE].map(|file| self.folder.join(file))
    }

    fn revoke_where(
        &self,
        now: UtcMillis,
        which: impl Fn(&Serial, &KioskEntry) -> bool,
    ) -> Result<Vec<Serial>, CaError> {
        let _held = lock(&self.folder)?;
        let mut ledger = self.ledger()?;
        let mut revoked = Vec::new();
        for (serial, entry) in &mut ledger.kiosks {
            if entry.revoked.is_none() && which(serial, entry) {
                entry.revoked = Some(now);
                revoked.push(serial.clone());
            }
        }
        if !revoked.is_empty() {
            self.make_list(&self.issuer()?, ledger, now)?;
        }
        Ok(revoked)
    }

    /// The list stands in the ledger it was made from: both are new or neither is.
    fn make_list(
        &self,
        issuer: &Issuer<'_, KeyPair>,
        mut ledger: Ledger,
        now: UtcMillis,
    ) -> Result<(), CaError> {
        ledger.crl_number = ledger.crl_number.saturating_add(1);
        ledger.crl_made = now;
        ledger.crl_ends = after(now, CRL_LIFE);
        ledger.crl_pem = revocation_list(issuer, &ledger)?;
        ledger.write(&self.folder.join(LEDGER))
    }

    fn make_server(
        &self,
        issuer: &Issuer<'_, KeyPair>,
        note: &mut ServerNote,
        now: UtcMillis,
    ) -> Result<(), CaError> {
        let est = note.est_name();
        let mut names = note.names.clone();
        for name in [est.as_str(), route::EST_COMMON_NAME] {
            if !names.iter().any(|held| held == name) {
                names.push(name.to_owned());
            }
        }
        note.est = Some(est);
        note.ends = after(now, SERVER_LIFE);
        let key = KeyPair::generate()?;
        let certificate = server_params(&names, now, note.ends)?.signed_by(&key, issuer)?;
        let note = serde_json::to_vec_pretty(note).map_err(|e| self.damaged(SERVER_NOTE, e))?;
        let pem = certificate.pem() + &key.serialize_pem();
        write_atomic(&self.folder.join(SERVER), pem.as_bytes(), Readers::Owner)?;
        write_atomic(&self.folder.join(SERVER_NOTE), &note, Readers::Everyone)
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, CaError> {
        let key = KeyPair::from_pem(&read_text(&self.folder.join(ROOT_KEY))?)?;
        Ok(Issuer::from_ca_cert_pem(&self.root_pem, key)?)
    }

    fn ledger(&self) -> Result<Ledger, CaError> {
        Ledger::read(&self.folder.join(LEDGER))
    }

    fn server_note(&self) -> Result<ServerNote, CaError> {
        serde_json::from_str(&read_text(&self.folder.join(SERVER_NOTE))?)
            .map_err(|error| self.damaged(SERVER_NOTE, error))
    }

    fn damaged(&self, file: &str, what: impl fmt::Display) -> CaError {
        CaError::Damaged {
            path: self.folder.join(file),
            what: what.to_string(),
        }
    }
}

/// A certificate in both forms.
struct Made {
    certified: Certified,
    pem: String,
}

/// The name of EST unless another is chosen: `est.` before central's first host name.
pub fn default_est_name(names: &[String]) -> String {
    let host = names
        .iter()
        .find(|name| *name != "localhost" && name.parse::<IpAddr>().is_err());
    let name = format!("est.{}", host.map_or("localhost", String::as_str));
    if names.contains(&name) {
        route::EST_COMMON_NAME.to_owned()
    } else {
        name
    }
}

/// Under a name of its own alone is a client certificate optional.
fn free_est_name(names: &[String], est: &str) -> Result<(), CaError> {
    let taken = names.iter().any(|name| name.eq_ignore_ascii_case(est));
    if taken || est.is_empty() || est.parse::<IpAddr>().is_ok() {
        return Err(CaError::EstName(est.to_owned()));
    }
    Ok(())
}

/// Held until it is dropped, also across processes.
fn lock(folder: &Path) -> Result<File, CaError> {
    let path = folder.join(LOCK);
    let attempt = || {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        file.lock()?;
        Ok(file)
    };
    attempt().map_err(|source| CaError::File {
        path: path.clone(),
        source,
    })
}
