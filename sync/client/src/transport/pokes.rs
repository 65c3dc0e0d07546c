use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use dayroom_protocol::route;
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt, stream};
use reqwest::Response;

use super::{AnswerError, Deadlines, TransportError, answer};

/// Bytes of an event; a poke has some twenty.
const EVENT_BYTES: usize = 4 * 1024;

type Events = dyn Stream<Item = Result<Event, EventStreamError<TransportError>>> + Send;

/// What comes on the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PokeEvent {
    /// There may be something to pull.
    Poke,
    /// Central is about to close the connection, and the revocation list says why.
    Revoked,
}

/// The stream of pokes.
pub struct Pokes {
    events: Pin<Box<Events>>,
}

impl Pokes {
    pub(super) const MEDIA_TYPE: &str = "text/event-stream";

    pub(super) fn new(response: Response, deadlines: Deadlines) -> Result<Self, AnswerError> {
        answer::expect_type(&response, Self::MEDIA_TYPE)?;
        // Silence is judged on the bytes, because comments are no events but prove life.
        let bytes = stream::try_unfold(
            (response, Open::default()),
            move |(mut response, open)| async move {
                let chunk = tokio::time::timeout(deadlines.silence, response.chunk())
                    .await
                    .map_err(|elapsed| TransportError::Unreachable(elapsed.into()))?
                    .map_err(TransportError::of_body)?;
                let Some(chunk) = chunk else {
                    return Ok(None);
                };
                let open = open.after(&chunk);
                if open.event > EVENT_BYTES {
                    return Err(AnswerError::TooLarge.into());
                }
                Ok(Some((chunk, (response, open))))
            },
        );
        Ok(Self {
            events: Box::pin(bytes.eventsource()),
        })
    }

    /// Waits for the next event; `None` when central ends the stream.
    ///
    /// # Errors
    /// When the stream breaks off, falls silent or is not of its form.
    pub async fn next(&mut self) -> Result<Option<PokeEvent>, TransportError> {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(event) if event.event == route::POKE_EVENT => return Ok(Some(PokeEvent::Poke)),
                Ok(event) if event.event == route::REVOKED_EVENT => {
                    return Ok(Some(PokeEvent::Revoked));
                }
                // Another event is a newer central's (R26).
                Ok(_) => {}
                Err(EventStreamError::Transport(error)) => return Err(error),
                Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => {
                    return Err(AnswerError::Stream.into());
                }
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Pokes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pokes").finish_non_exhaustive()
    }
}

/// What has come of the event and of the line that are not yet ended.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    event: usize,
    line: usize,
}

impl Open {
    fn after(mut self, chunk: &Bytes) -> Self {
        for byte in chunk {
            self.event += 1;
            match byte {
                // An empty line ends the event.
                b'\n' if self.line == 0 => self = Self::default(),
                b'\n' => self.line = 0,
                b'\r' => {}
                _ => self.line += 1,
            }
        }
        self
    }
}
