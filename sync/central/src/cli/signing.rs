//! Operators' private keys: files of their own, sealed by a passphrase (PKCS#8, scrypt and AES-256;
//! `openssl pkey -in FILE` opens one). The service never has one.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dayroom_protocol::{OperatorKey, OperatorPublicKey, OperatorSignature, Purpose, Signed};
use pkcs8::der::pem::LineEnding;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::Failure;
use super::order_args::{Passphrase, SignWith};

/// What such a file begins with.
const SEALED: &str = "ENCRYPTED PRIVATE KEY";
/// Before the 32 bytes of an Ed25519 key in a PKCS#8 `PrivateKeyInfo` (RFC 8410, 7).
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// The fewest characters of a passphrase.
const PASSPHRASE: usize = 12;
/// A key file is no longer than this.
const KEY_BYTES: u64 = 16 * 1024;

/// An operator's key, open.
pub(super) struct Signer {
    pair: Ed25519KeyPair,
    public: OperatorPublicKey,
}

impl Signer {
    /// Signs a text for a purpose.
    pub(super) fn sign(&self, purpose: Purpose, text: &str) -> OperatorSignature {
        let signature = self.pair.sign(&purpose.message(text));
        OperatorSignature::new(self.public, signature.as_ref())
    }

    /// Adds its signature, or puts it in place of an earlier one of the same key.
    pub(super) fn add_to(&self, purpose: Purpose, signed: &mut Signed) {
        signed.signatures.retain(|by| by.key != self.public);
        signed.signatures.push(self.sign(purpose, &signed.text));
    }

    fn of_pkcs8(der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
        let public = OperatorPublicKey(pair.public_key().as_ref().try_into().ok()?);
        Some(Self { pair, public })
    }
}

/// Makes a key, sealed, and writes its public half beside it.
pub(super) fn new_key(
    out: &Path,
    name: &str,
    passphrase: &Passphrase,
) -> Result<(PathBuf, OperatorKey), Failure> {
    let passphrase = passphrase.read(Typed::Twice)?;
    if passphrase.chars().count() < PASSPHRASE {
        return Err(Failure::new(
            format!("the passphrase has fewer than {PASSPHRASE} characters"),
            "take four or five words that nobody would put together",
        ));
    }
    let mut der = Zeroizing::new(ED25519_PKCS8.to_vec());
    let mut seed = Zeroizing::new([0; 32]);
    let failed = || Failure::new("the machine has no randomness", "run it again");
    SystemRandom::new()
        .fill(seed.as_mut_slice())
        .map_err(|_| failed())?;
    der.extend_from_slice(seed.as_slice());
    let signer = Signer::of_pkcs8(&der).ok_or_else(failed)?;
    let sealed = PrivateKeyInfoRef::try_from(der.as_slice())
        .and_then(|key| key.encrypt(passphrase.as_bytes()))
        .and_then(|sealed| Ok(sealed.to_pem(SEALED, LineEnding::LF)?))
        .map_err(|error| Failure::because(&error, "run it again"))?;
    let key = OperatorKey {
        name: name.trim().to_owned(),
        key: signer.public,
    };
    let public = out.with_extension("pub");
    let text = serde_json::to_string_pretty(&key)
        .map_err(|error| Failure::because(&error, "run it again"))?;
    write_new(out, sealed.as_bytes(), 0o600)?;
    write_new(&public, format!("{text}\n").as_bytes(), 0o644)?;
    Ok((public, key))
}

/// Reads a public key that somebody handed over.
pub(super) fn public_key(file: &Path) -> Result<OperatorKey, Failure> {
    let next = "give the .pub file that `operator-key new` wrote";
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::because(&error, "check the name of the file").of(file.display())
    })?;
    serde_json::from_str(&text).map_err(|error| Failure::because(&error, next).of(file.display()))
}

impl SignWith {
    /// Opens the keys.
    pub(super) fn open(&self) -> Result<Vec<Signer>, Failure> {
        open_all(&self.keys, &self.passphrase)
    }
}

/// Opens these keys.
pub(super) fn open_all(keys: &[PathBuf], passphrase: &Passphrase) -> Result<Vec<Signer>, Failure> {
    keys.iter().map(|file| open(file, passphrase)).collect()
}

fn open(file: &Path, passphrase: &Passphrase) -> Result<Signer, Failure> {
    let not_one = || {
        Failure::new(
            "is no operator's key",
            "give the file that `operator-key new` wrote",
        )
        .of(file.display())
    };
    let pem = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| {
            Failure::because(&error, "check the name of the file").of(file.display())
        })?;
    let (label, sealed) = SecretDocument::from_pem(&pem).map_err(|_| not_one())?;
    if label != SEALED {
        return Err(not_one());
    }
    let sealed = EncryptedPrivateKeyInfoRef::try_from(sealed.as_bytes()).map_err(|_| not_one())?;
    let passphrase = passphrase.read(Typed::Once(file))?;
    let key = sealed.decrypt(passphrase.as_bytes()).map_err(|_| {
        Failure::new("the passphrase does not open it", "try again").of(file.display())
    })?;
    Signer::of_pkcs8(key.as_bytes()).ok_or_else(not_one)
}

/// How a passphrase is asked for.
#[derive(Clone, Copy)]
enum Typed<'a> {
    /// Of a key that is there.
    Once(&'a Path),
    /// Of a new one.
    Twice,
}

impl Passphrase {
    fn read(&self, typed: Typed<'_>) -> Result<Zeroizing<String>, Failure> {
        if let Some(file) = &self.passphrase_file {
            let text = fs::read_to_string(file)
                .map(Zeroizing::new)
                .map_err(|error| {
                    Failure::because(&error, "check the name of the file").of(file.display())
                })?;
            return Ok(Zeroizing::new(
                text.lines().next().unwrap_or_default().to_owned(),
            ));
        }
        let ask = |words: String| {
            rpassword::prompt_password(words)
                .map(Zeroizing::new)
                .map_err(|error| Failure::because(&error, "give --passphrase-file"))
        };
        match typed {
            Typed::Once(file) => ask(format!("Passphrase of {}: ", file.display())),
            Typed::Twice => {
                let first = ask("New passphrase: ".to_owned())?;
                if *first == *ask("The same again: ".to_owned())? {
                    return Ok(first);
                }
                Err(Failure::new("the two are not the same", "run it again"))
            }
        }
    }
}

/// Writes a file that is not there yet.
pub(super) fn write_new(file: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(file)
        .and_then(|mut open| open.write_all(bytes).and_then(|()| open.sync_all()));
    written.map_err(|error| {
        Failure::because(&error, "give another name; nothing is written over").of(file.display())
    })
}

/// An operator's private key in one of these folders or right below it, if there is one.
pub(super) fn find_private_key(folders: &[&Path]) -> Option<PathBuf> {
    folders.iter().find_map(|folder| look(folder, 1))
}

fn look(folder: &Path, below: u8) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let Ok(about) = entry.metadata() else {
            continue;
        };
        let found = if about.is_dir() {
            below.checked_sub(1).and_then(|below| look(&path, below))
        } else if about.len() <= KEY_BYTES {
            let text = fs::read_to_string(&path).unwrap_or_default();
            text.contains(SEALED).then_some(path)
        } else {
            None
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
