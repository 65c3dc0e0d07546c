//! What residents write: messages, appeals, stars.

use dayroom_protocol::{Intent, Refusal};

use super::intents::{Halt, Push};
use crate::store::Tx;

/// Does what the intent says.
pub(super) fn act(_push: &Push<'_>, _tx: &mut Tx<'_>, _intent: &Intent) -> Result<(), Halt> {
    Err(Halt::Refuse(Refusal::Unsupported))
}
