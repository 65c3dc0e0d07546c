use bytes::Bytes;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};

use super::deadlines::Pace;
use super::{AnswerError, Deadlines, TransportError, answer};

/// A blob or a file on its way, piece by piece, from the offset that was asked for.
#[derive(Debug)]
pub struct BlobStream {
    response: Response,
    pace: Pace,
    total: u64,
    /// Bytes to pass over, when central sent the whole although a part was asked for.
    skip: u64,
    /// Bytes still to come, passed over ones included.
    left: u64,
}

impl BlobStream {
    pub(super) fn new(
        response: Response,
        offset: u64,
        limit: u64,
        deadlines: Deadlines,
    ) -> Result<Self, AnswerError> {
        answer::expect_type(&response, "application/octet-stream")?;
        let length = answer::length(response.headers()).ok_or(AnswerError::Range)?;
        let (start, total) = if response.status() == StatusCode::PARTIAL_CONTENT {
            answer::text(response.headers(), CONTENT_RANGE.as_str())
                .and_then(content_range)
                .ok_or(AnswerError::Range)?
        } else {
            (0, length)
        };
        if total > limit {
            return Err(AnswerError::TooLarge);
        }
        if start > offset || offset > total || start.checked_add(length) != Some(total) {
            return Err(AnswerError::Range);
        }
        Ok(Self {
            response,
            pace: Pace::new(deadlines),
            total,
            skip: offset - start,
            left: length,
        })
    }

    /// The length of the whole.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When it comes too slowly, breaks off, or is longer than it said.
    pub async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(mut chunk) = self.pace.next(&mut self.response).await? {
            self.left = self
                .left
                .checked_sub(chunk.len() as u64)
                .ok_or(AnswerError::TooLarge)?;
            let pass = self.skip.min(chunk.len() as u64);
            self.skip -= pass;
            let rest = chunk.split_off(usize::try_from(pass).unwrap_or(usize::MAX));
            if !rest.is_empty() {
                return Ok(Some(rest));
            }
        }
        if self.left > 0 {
            return Err(AnswerError::Range.into());
        }
        Ok(None)
    }
}

/// Start and total of `bytes start-end/total`, whose end is the last byte.
fn content_range(value: &str) -> Option<(u64, u64)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end, total): (u64, u64, u64) =
        (start.parse().ok()?, end.parse().ok()?, total.parse().ok()?);
    (end.checked_add(1)? == total && start <= end).then_some((start, total))
}
