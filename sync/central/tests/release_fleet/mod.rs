//! A repository of releases on central's disk, and a kiosk that believes in it.
#![allow(dead_code, reason = "each test file uses its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dayroom_central::releases::Releases;
use dayroom_client::releases::{
    Catalogue, Fetching, Incoming, MetadataSource, SourceError, Trust, TrustError,
};
use dayroom_protocol::{ReleaseVersion, UtcMillis};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The moment at which every repository begins: 2026-11-28.
pub const START: UtcMillis = UtcMillis(1_795_824_000_000);
pub const DAY: i64 = 24 * 3_600_000;

pub type Files = BTreeMap<String, Vec<u8>>;

pub fn version(text: &str) -> ReleaseVersion {
    text.parse().unwrap()
}

/// Central's state folder and the folder with the offline keys.
pub struct Repo {
    pub state: TempDir,
    pub keys: TempDir,
    pub releases: Releases,
}

impl Repo {
    pub fn begin() -> Self {
        let state = TempDir::new().unwrap();
        let keys = TempDir::new().unwrap();
        let releases = Releases::new(state.path());
        releases.begin(keys.path(), START).unwrap();
        Self {
            state,
            keys,
            releases,
        }
    }

    pub fn dirs(&self) -> Vec<PathBuf> {
        vec![self.keys.path().to_owned()]
    }

    pub fn add(&self, text: &str, bundle: &[u8], now: UtcMillis) {
        let file = self.keys.path().join("bundle");
        std::fs::write(&file, bundle).unwrap();
        let done = self.releases.add(version(text), &file, &self.dirs(), now);
        done.unwrap();
    }

    /// The metadata as it is served.
    pub fn files(&self) -> Files {
        read_folder(&self.state.path().join("releases/metadata"))
    }

    /// A folder that holds only the keys of these names.
    pub fn only_keys(&self, names: &[&str]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for name in names {
            let file = format!("{name}.key.pem");
            std::fs::copy(self.keys.path().join(&file), folder.path().join(&file)).unwrap();
        }
        folder
    }

    /// A kiosk that was given the first root.
    pub fn kiosk(&self) -> Believer {
        Believer::with_root(&self.releases.first_root().unwrap())
    }
}

pub fn read_folder(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read(&path).unwrap());
    }
    files
}

/// A kiosk's folder, as far as releases go.
pub struct Believer {
    pub folder: TempDir,
    pub trust: Trust,
}

impl Believer {
    pub fn with_root(root: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let first = folder.path().join("releases-root.json");
        std::fs::write(&first, root).unwrap();
        let trust = Trust::new(folder.path().join("kept.json"), first);
        Self { folder, trust }
    }

    pub async fn asks(&self, files: Files, now: UtcMillis) -> Result<Catalogue, TrustError> {
        self.trust.update(Arc::new(Given::new(files)), now).await
    }

    pub fn incoming(&self) -> Incoming {
        Incoming::open(self.folder.path().join("incoming")).unwrap()
    }
}

/// Metadata from memory, whatever it is; asks that were made are remembered.
#[derive(Debug)]
pub struct Given {
    files: Files,
    pub asked: Mutex<Vec<String>>,
}

impl Given {
    pub fn new(files: Files) -> Self {
        Self {
            files,
            asked: Mutex::default(),
        }
    }
}

impl MetadataSource for Given {
    fn fetch<'a>(&'a self, name: &'a str, _: u64) -> Fetching<'a> {
        // A hostile source keeps to no limit.
        let found = self.files.get(name).cloned();
        self.asked.lock().unwrap().push(name.to_owned());
        Box::pin(async move { found.ok_or(SourceError::NotFound) })
    }
}

/// Changes what a file of metadata says and leaves its signatures as they are.
pub fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), value.to_string().into_bytes());
}

/// Signs a file of metadata anew with a key from a file, as whoever has that key could.
pub fn forge(files: &mut Files, name: &str, key: &Path, key_id: &str) {
    let pem = std::fs::read(key).unwrap();
    let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).unwrap();
    let rng = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        der.secret_pkcs8_der(),
        &rng,
    )
    .unwrap();
    edit(files, name, |value| {
        // Sorted, without spaces: for texts of this kind that is the canonical form.
        let canonical = value["signed"].to_string();
        let sig = pair.sign(&rng, canonical.as_bytes()).unwrap();
        let hex: String = sig.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        value["signatures"] = json!([{ "keyid": key_id, "sig": hex }]);
    });
}

/// The id of the first key of a role, as the newest root names it.
pub fn key_id(files: &Files, role: &str) -> String {
    let newest = (1..)
        .map(|number| format!("{number}.root.json"))
        .take_while(|name| files.contains_key(name))
        .last()
        .unwrap();
    let root: Value = serde_json::from_slice(&files[&newest]).unwrap();
    root["signed"]["roles"][role]["keyids"][0]
        .as_str()
        .unwrap()
        .to_owned()
}

/// How a metadata file is named by another one.
pub fn name_file(files: &mut Files, by: &str, entry: &str, file: &str) {
    let bytes = files[file].clone();
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    edit(files, by, |value| {
        value["signed"]["meta"][entry]["length"] = bytes.len().into();
        value["signed"]["meta"][entry]["hashes"]["sha256"] = hex.into();
    });
}
