use std::num::NonZeroU32;

use dayroom_protocol::EnrolmentCode;
use ring::pbkdf2;

/// What a code of 50 random bits costs whoever has the database and wants to try them all: some
/// 2^67 hashes within the day it is good.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(99_999);

/// Hash of a code, all that is kept of it.
pub(crate) fn hash(salt: &[u8], code: &EnrolmentCode) -> [u8; 32] {
    let mut out = [0; 32];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, ROUNDS, salt, code.plain().as_bytes(), &mut out);
    out
}

/// Whether this is the code that was hashed, in a time that does not depend on how much of it is.
pub(super) fn matches(salt: &[u8], hash: &[u8], code: &EnrolmentCode) -> bool {
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::verify(algorithm, ROUNDS, salt, code.plain().as_bytes(), hash).is_ok()
}
