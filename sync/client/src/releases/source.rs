use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use dayroom_protocol::limits;
use futures_util::stream;
use reqwest::Url;
use tough::{TransportError, TransportErrorKind, TransportStream, async_trait};

use super::SourceError;
use super::files::read_at_most;

/// A file on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SourceError>> + Send + 'a>>;

/// Where metadata comes from. It is trusted in nothing.
pub trait MetadataSource: Debug + Send + Sync {
    /// The file of that name, of at most `limit` bytes.
    fn fetch<'a>(&'a self, name: &'a str, limit: u64) -> Fetching<'a>;
}

/// Metadata that another process has left in a folder.
#[derive(Clone, Debug)]
pub struct FolderSource(pub PathBuf);

impl MetadataSource for FolderSource {
    fn fetch<'a>(&'a self, name: &'a str, limit: u64) -> Fetching<'a> {
        let path = self.0.join(name);
        Box::pin(async move {
            let plain = std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file());
            if !plain {
                return Err(SourceError::NotFound);
            }
            read_at_most(&path, limit).map_err(|error| {
                if error.kind() == std::io::ErrorKind::FileTooLarge {
                    SourceError::TooLarge
                } else {
                    SourceError::Failed(error.into())
                }
            })
        })
    }
}

/// Where `tough` believes the metadata is; only the last part of it is looked at.
pub(super) const METADATA_URL: &str = "release:///metadata/";
pub(super) const TARGETS_URL: &str = "release:///targets/";

/// A source as `tough` takes it, that remembers what it brought.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    source: Arc<dyn MetadataSource>,
    seen: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    failed: Arc<Mutex<Option<SourceError>>>,
}

impl Fetched {
    pub(super) fn new(source: Arc<dyn MetadataSource>) -> Self {
        Self {
            source,
            seen: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// Every file that came, by name.
    pub(super) fn seen(&self) -> BTreeMap<String, Vec<u8>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    /// What stopped it, if it was the way here and not what came.
    pub(super) fn failure(&self) -> Option<SourceError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }
}

#[async_trait]
impl tough::Transport for Fetched {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let name = url.path_segments().and_then(|mut parts| parts.next_back());
        let name = name.unwrap_or_default().to_owned();
        let fetched = self.source.fetch(&name, limits::RELEASE_METADATA_BYTES);
        let piece = match fetched.await {
            Ok(bytes) => {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.insert(name, bytes.clone());
                Ok(Bytes::from(bytes))
            }
            Err(error) => {
                let kind = match &error {
                    SourceError::NotFound => TransportErrorKind::FileNotFound,
                    SourceError::TooLarge | SourceError::Failed(_) => TransportErrorKind::Other,
                };
                if let SourceError::Failed(_) = &error {
                    let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                    *failed = Some(error);
                }
                Err(TransportError::new(kind, url))
            }
        };
        // Within the stream, because `tough` takes an error before it as "there is no newer root".
        Ok(Box::pin(stream::iter([piece])))
    }
}
