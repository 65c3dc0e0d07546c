use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of user and password together.
const BYTES: usize = 256;

/// User and password of HTTP Basic (RFC 7617). Without `Debug`: one of them is a secret.
pub(super) struct Basic {
    pub user: String,
    pub password: String,
}

impl Basic {
    /// Reads them; `None` when there are none, or they are not of their form.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let said = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = said.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") || token.len() > BYTES * 2 {
            return None;
        }
        let bytes = STANDARD.decode(token.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        (text.len() <= BYTES).then(|| Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}
