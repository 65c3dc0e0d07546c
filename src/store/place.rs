use std::fmt;
use std::path::PathBuf;

use ring::digest;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The device key of the store. Without `Debug`, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// Takes the key's bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the key from its file's text: 64 hexadecimal digits; `None` if it is not that.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The statement that hands raw key and salt to SQLCipher, which then derives nothing.
    ///
    /// The salt is told rather than left to the file: there it stands in the first sector only,
    /// and a torn write of that sector would make the whole file unreadable
    /// (`tests/power_loss/traps.rs`).
    pub(super) fn pragma(&self, file: StoreFile) -> Zeroizing<String> {
        // Room for all of it at once: a string that grows leaves copies behind.
        let mut pragma = Zeroizing::new(String::with_capacity(128));
        pragma.push_str("PRAGMA key = \"x'");
        push_hex(&mut pragma, &self.0);
        let salt = self.salt(file);
        push_hex(
            &mut pragma,
            salt.as_ref().get(..SALT_BYTES).unwrap_or_default(),
        );
        pragma.push_str("'\"");
        pragma
    }

    /// Public by nature, as it stands in clear at the beginning of the file.
    fn salt(&self, file: StoreFile) -> digest::Digest {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"dayroom store salt");
        context.update(&self.0);
        context.update(file.name().as_bytes());
        context.finish()
    }
}

/// Bytes of SQLCipher's salt.
const SALT_BYTES: usize = 16;

fn push_hex(text: &mut String, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            let digit = HEX.get(usize::from(digit)).copied().unwrap_or(b'0');
            text.push(char::from(digit));
        }
    }
}

/// Where the store is, and how carefully it is kept.
#[derive(Clone, Debug)]
pub struct StorePlace {
    /// The folder of the three files. The kiosk's is 2770, shared by both processes.
    pub folder: PathBuf,
    /// The SQLite VFS to use; `None` for the platform's.
    pub vfs: Option<String>,
    /// Whether SQLCipher wipes and locks the memory SQLite uses; slower.
    pub memory_security: bool,
    /// What a commit waits for.
    pub synchronous: Synchronous,
}

impl StorePlace {
    /// The store of a kiosk in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            vfs: None,
            memory_security: false,
            synchronous: Synchronous::Full,
        }
    }

    pub(super) fn path(&self, file: StoreFile) -> PathBuf {
        self.folder.join(file.name())
    }
}

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// The disk. The only choice for a kiosk.
    Full,
    /// Nothing: a power cut loses commits. For the simulation's positive control.
    Normal,
}

impl Synchronous {
    pub(super) fn level(self) -> i64 {
        match self {
            Self::Full => 2,
            Self::Normal => 1,
        }
    }
}

/// One of the three files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFile {
    /// What central said.
    Cache,
    /// Pictures.
    Blobs,
    /// What people did here.
    Journal,
}

impl StoreFile {
    /// Its name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache.db",
            Self::Blobs => "blobs.db",
            Self::Journal => "journal.db",
        }
    }

    /// The name of the file whose lock its writer holds.
    pub(super) fn lock_name(self) -> &'static str {
        match self {
            Self::Cache => "cache.lock",
            Self::Blobs => "blobs.lock",
            Self::Journal => "journal.lock",
        }
    }
}

impl fmt::Display for StoreFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
