//! What of a message or a policy stands in one column of JSON: rarely set, never searched for.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::domain::{Decision, Message, MessageRules, MessageState, Passage, Policy, UtcMillis};

/// What of a message stands there.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MessageMore {
    #[serde(skip_serializing_if = "Option::is_none")]
    promised_by: Option<UtcMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    passage: Passage,
}

impl MessageMore {
    pub(super) fn of(message: &Message) -> Self {
        let (promised_by, decision) = match &message.state {
            MessageState::Delivered => (None, None),
            MessageState::OnHold { promised_by, .. } => (*promised_by, None),
            MessageState::Rejected { decision, .. } => (None, Some((**decision).clone())),
        };
        // A column of its own, to be found by.
        let passage = Passage {
            starred: false,
            ..message.passage.clone()
        };
        Self {
            promised_by,
            decision,
            passage,
        }
    }

    /// Puts it back.
    pub(super) fn into(self, message: &mut Message) {
        match &mut message.state {
            MessageState::Delivered => {}
            MessageState::OnHold { promised_by, .. } => *promised_by = self.promised_by,
            MessageState::Rejected { decision, .. } => {
                **decision = self.decision.unwrap_or_default();
            }
        }
        message.passage = Passage {
            starred: message.passage.starred,
            ..self.passage
        };
    }
}

/// What of a policy stands there.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PolicyMore {
    pub(super) messages: MessageRules,
    pub(super) technician_verifier: Option<String>,
}

impl PolicyMore {
    pub(super) fn of(policy: &Policy) -> Self {
        Self {
            messages: policy.messages.clone(),
            technician_verifier: policy.technician_verifier.clone(),
        }
    }
}

/// `NULL` for what goes without saying.
fn to_column<T: Serialize + Default + PartialEq>(
    value: &T,
) -> rusqlite::Result<ToSqlOutput<'static>> {
    if *value == T::default() {
        return Ok(ToSqlOutput::from(rusqlite::types::Null));
    }
    serde_json::to_string(value)
        .map(ToSqlOutput::from)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn from_column<T: serde::de::DeserializeOwned + Default>(value: ValueRef<'_>) -> FromSqlResult<T> {
    match value {
        ValueRef::Null => Ok(T::default()),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = value.as_str()?;
            serde_json::from_str(text)
                .map_err(|error| rusqlite::types::FromSqlError::Other(error.into()))
        }
    }
}

impl ToSql for MessageMore {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        to_column(self)
    }
}

impl FromSql for MessageMore {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        from_column(value)
    }
}

impl ToSql for PolicyMore {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        to_column(self)
    }
}

impl FromSql for PolicyMore {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        from_column(value)
    }
}
