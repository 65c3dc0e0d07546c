//! Sync's end of the local socket: frames of four bytes of length, big endian, and JSON.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::domain::local::{FRAME_BYTES, ToScreen, ToSync};

/// Frames that wait for a screen that does not read; one more and it is dropped.
const WAITING: usize = 256;

/// Why a peer's frame cannot be read. It is hung up on; the screen connects anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// The stream.
    #[error("local socket broke off")]
    Io(#[from] io::Error),
    /// Longer than any frame.
    #[error("frame of {0} bytes is too long")]
    TooLong(usize),
    /// Not of its form.
    #[error("frame is not of its form")]
    Form(#[from] serde_json::Error),
}

/// Reads a frame; `None` when the peer has hung up between two.
pub(super) async fn read_frame<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > FRAME_BYTES {
        return Err(FrameError::TooLong(length));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Writes a frame.
pub(super) async fn write_frame(
    to: &mut (impl AsyncWrite + Unpin),
    frame: &impl Serialize,
) -> Result<(), FrameError> {
    let body = serde_json::to_vec(frame)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= FRAME_BYTES)
        .ok_or(FrameError::TooLong(body.len()))?;
    let frame = [&length.to_be_bytes(), body.as_slice()].concat();
    Ok(to.write_all(&frame).await?)
}

/// Listens at `path`, in place of a socket that an earlier process left there.
pub(super) fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    UnixListener::bind(path)
}

/// The screen at the other end. Dropping it hangs up.
pub(super) struct Screen {
    say: mpsc::Sender<ToScreen>,
    _task: JoinSet<()>,
}

impl Screen {
    /// Serves a connection; what the screen says goes to `hear`, which may make it wait. `gone` is
    /// called when the screen hangs up, and not when it is hung up on.
    pub(super) fn serve<H, F>(
        stream: UnixStream,
        first: Option<ToSync>,
        hear: Arc<H>,
        gone: impl FnOnce() + Send + 'static,
    ) -> Self
    where
        H: Fn(ToSync) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        let (mut reading, mut writing) = stream.into_split();
        let (say, mut said) = mpsc::channel::<ToScreen>(WAITING);
        let reader = async move {
            if let Some(first) = first {
                hear(first).await;
            }
            loop {
                match read_frame(&mut reading).await {
                    Ok(Some(frame)) => hear(frame).await,
                    Ok(None) => return,
                    Err(error) => {
                        tracing::warn!(event = "screen.frame_refused", %error);
                        return;
                    }
                }
            }
        };
        let writer = async move {
            while let Some(frame) = said.recv().await {
                if let Err(error) = write_frame(&mut writing, &frame).await {
                    tracing::debug!(event = "screen.gone", %error);
                    return;
                }
            }
        };
        let mut task = JoinSet::new();
        // Whichever ends first ends the other, and hangs up.
        task.spawn(async move {
            tokio::select! {
                () = reader => {}
                () = writer => {}
            }
            gone();
        });
        Self { say, _task: task }
    }

    /// Says something; false when the screen has gone, or does not read.
    pub(super) fn say(&self, frame: ToScreen) -> bool {
        self.say.try_send(frame).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_through_one_by_one() {
        let (mut here, mut there) = tokio::io::duplex(64 * 1024);
        write_frame(&mut here, &ToSync::IntentsWaiting)
            .await
            .unwrap();
        write_frame(&mut here, &ToSync::PersonWaiting)
            .await
            .unwrap();
        drop(here);
        assert_eq!(
            read_frame(&mut there).await.unwrap(),
            Some(ToSync::IntentsWaiting)
        );
        assert_eq!(
            read_frame(&mut there).await.unwrap(),
            Some(ToSync::PersonWaiting)
        );
        assert_eq!(read_frame::<ToSync>(&mut there).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_frame_past_the_limit_is_refused_before_it_is_read() {
        let (mut here, mut there) = tokio::io::duplex(64);
        here.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
        let error = read_frame::<ToSync>(&mut there).await.unwrap_err();
        assert!(matches!(error, FrameError::TooLong(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_frame_of_another_form_is_refused() {
        for body in ["{\"say\":\"shutdown\"}", "[[[[", "", "\u{0}"] {
            let (mut here, mut there) = tokio::io::duplex(1024);
            here.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes())
                .await
                .unwrap();
            here.write_all(body.as_bytes()).await.unwrap();
            let error = read_frame::<ToSync>(&mut there).await.unwrap_err();
            assert!(matches!(error, FrameError::Form(_)), "{body}: {error:?}");
        }
    }
}
