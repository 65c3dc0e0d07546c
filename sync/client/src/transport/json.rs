use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;

use super::AnswerError;

/// Nesting of a JSON body (T17).
const DEPTH: usize = 32;

/// The value of a `Content-Digest` header for these bytes (RFC 9530).
pub(super) fn digest_header(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

/// Compares a body with its `Content-Digest`; other algorithms beside SHA-256 are passed over.
pub(super) fn check_digest(body: &[u8], header: &str) -> Result<(), AnswerError> {
    let named = header
        .split(',')
        .find_map(|part| part.trim().strip_prefix("sha-256="))
        .ok_or(AnswerError::NoDigest)?;
    let named = named
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'))
        .ok_or(AnswerError::NoDigest)?;
    if named == STANDARD.encode(digest(&SHA256, body)) {
        Ok(())
    } else {
        Err(AnswerError::Digest)
    }
}

/// Reads a JSON body that is nested no deeper than [`DEPTH`].
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AnswerError> {
    check_depth(body)?;
    serde_json::from_slice(body).map_err(AnswerError::Form)
}

/// Counts brackets outside strings; what is not JSON at all the parser finds.
fn check_depth(body: &[u8]) -> Result<(), AnswerError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH {
                    return Err(AnswerError::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}0{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn thirty_two_levels_are_read_and_one_more_is_not() {
        assert!(read::<serde_json::Value>(nested(32).as_bytes()).is_ok());
        assert!(matches!(
            read::<serde_json::Value>(nested(33).as_bytes()),
            Err(AnswerError::TooDeep)
        ));
    }

    #[test]
    fn brackets_in_strings_are_no_levels() {
        let body = format!("[\"{}\\\"{}\"]", "[".repeat(50), "{".repeat(50));
        assert!(read::<serde_json::Value>(body.as_bytes()).is_ok());
    }

    #[test]
    fn a_digest_is_checked_among_others() {
        let header = format!("md5=:AAAA:, {}", digest_header(b"words"));
        assert!(check_digest(b"words", &header).is_ok());
        assert!(matches!(
            check_digest(b"other words", &header),
            Err(AnswerError::Digest)
        ));
        assert!(matches!(
            check_digest(b"words", "md5=:AAAA:"),
            Err(AnswerError::NoDigest)
        ));
    }
}
