use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use dayroom_protocol::limits;

use super::Releases;

/// Which folder a file is asked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseFileKind {
    /// Metadata.
    Metadata,
    /// Bundles.
    Target,
}

/// A file of the repository, open for reading.
#[derive(Debug)]
pub struct ReleaseFile {
    file: File,
    /// Its length.
    pub total: u64,
}

impl Releases {
    /// Opens a file by the name a kiosk asked for; `None` when there is none such.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    pub fn open(&self, kind: ReleaseFileKind, name: &str) -> io::Result<Option<ReleaseFile>> {
        let (folder, ending) = match kind {
            ReleaseFileKind::Metadata => (self.metadata(), ".json"),
            ReleaseFileKind::Target => (self.targets(), ".bundle"),
        };
        if !is_plain(name) || !name.ends_with(ending) {
            return Ok(None);
        }
        let file = match File::open(folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let about = file.metadata()?;
        Ok(about.is_file().then_some(ReleaseFile {
            total: about.len(),
            file,
        }))
    }
}

impl ReleaseFile {
    /// Up to `length` bytes from `start` on; fewer only at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn part(&mut self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::with_capacity(length);
        (&mut self.file)
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Letters, digits, dots and hyphens, no dot first: nothing that could lead out of the folder.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    (1..=limits::RELEASE_FILE_NAME_BYTES).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_its_folder() {
        let state = tempfile::tempdir().unwrap();
        let releases = Releases::new(state.path());
        std::fs::create_dir_all(releases.metadata()).unwrap();
        std::fs::create_dir_all(releases.targets()).unwrap();
        std::fs::write(releases.metadata().join("timestamp.json"), "{}").unwrap();
        std::fs::write(state.path().join("releases/secret.json"), "no").unwrap();
        std::fs::write(releases.timestamp_key(), "no").unwrap();
        let open = |name: &str| releases.open(ReleaseFileKind::Metadata, name).unwrap();
        assert_eq!(open("timestamp.json").unwrap().total, 2);
        for name in [
            "",
            ".",
            "..",
            "../secret.json",
            "..%2fsecret.json",
            "/etc/passwd.json",
            "a/../../secret.json",
            ".hidden.json",
            "timestamp.json\0",
            "timestamp",
            "timestamp.key.pem",
            &format!("{}.json", "a".repeat(200)),
        ] {
            assert!(open(name).is_none(), "{name:?}");
        }
    }
}
