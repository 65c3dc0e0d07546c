//! How the kiosk's nouns stand in columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::domain::{
    Access, ApprovalRule, AttachmentKind, BlobHash, ConnectionId, ConnectionState, Direction,
    DraftId, Identity, IntentId, JournalId, Lane, MediaType, MessageId, MessageState, NoticeId,
    NoticeKind, Outcome, RecordId, Refusal, ResidentId, UtcMillis,
};

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = <[u8; 16]>::column_result(value)?;
                Ok(Self(Uuid::from_bytes(bytes)))
            }
        }
    )*};
}

ids! { ResidentId ConnectionId MessageId DraftId NoticeId IntentId JournalId RecordId }

impl ToSql for BlobHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for BlobHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self)
    }
}

impl ToSql for UtcMillis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for UtcMillis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

macro_rules! codes {
    ($($name:ident { $($variant:ident = $code:literal)* })*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let code: i64 = match self { $(Self::$variant => $code,)* };
                Ok(ToSqlOutput::from(code))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match i64::column_result(value)? {
                    $($code => Ok(Self::$variant),)*
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    )*};
}

// The numbers are on disks: a variant keeps its number for ever.
codes! {
    Access { Open = 0 Frozen = 1 }
    Lane { Ordinary = 0 Attorney = 1 Clergy = 2 }
    ApprovalRule { AfterResident = 0 ResidentAlone = 1 }
    Direction { Incoming = 0 Outgoing = 1 }
    MediaType { Jpeg = 0 Png = 1 Webp = 2 }
    AttachmentKind { Photo = 0 Card = 1 MailPage = 2 DocumentPage = 3 }
    NoticeKind { Notice = 0 Handbook = 1 Hotline = 2 Rights = 3 Prea = 4 Reporting = 5 }
    Refusal {
        Withdrawn = 1 AlreadyAnswered = 2 NotAllowed = 3 NotFound = 4 Unsupported = 5
        NoFunds = 6 TooLong = 7 NotActive = 8 AlreadyDecided = 9
    }
}

impl ToSql for Outcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Applied => Ok(ToSqlOutput::from(0_i64)),
            Self::Refused { reason } => reason.to_sql(),
        }
    }
}

impl FromSql for Outcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match i64::column_result(value)? {
            0 => Ok(Self::Applied),
            _ => Refusal::column_result(value).map(|reason| Self::Refused { reason }),
        }
    }
}

/// A state in three columns: which, since when, why.
pub(super) struct StateColumns<'a> {
    pub(super) state: i64,
    pub(super) at: Option<UtcMillis>,
    pub(super) reason: Option<&'a str>,
}

/// The code of [`ConnectionState::Asked`].
pub(super) const ASKED: i64 = 0;
/// The code of [`ConnectionState::Active`].
pub(super) const ACTIVE: i64 = 2;
/// The code of [`MessageState::Delivered`].
pub(super) const DELIVERED: i64 = 0;
/// The code of [`Direction::Outgoing`].
pub(super) const OUTGOING: i64 = 1;
/// The code of [`MessageState::OnHold`]; the index `messages_on_hold` knows it.
pub(super) const ON_HOLD: i64 = 1;

/// The columns of a connection's state.
pub(super) fn connection_columns(state: &ConnectionState) -> StateColumns<'_> {
    let (state, at, reason) = match state {
        ConnectionState::Asked => (ASKED, None, None),
        ConnectionState::AwaitFacility { since } => (1, Some(*since), None),
        ConnectionState::Active { since } => (ACTIVE, Some(*since), None),
        ConnectionState::Declined { at } => (3, Some(*at), None),
        ConnectionState::Blocked { at } => (4, Some(*at), None),
        ConnectionState::Withdrawn { at } => (5, Some(*at), None),
        ConnectionState::Removed { at } => (7, Some(*at), None),
        ConnectionState::Refused { at, reason } => (6, Some(*at), Some(reason.as_str())),
    };
    StateColumns { state, at, reason }
}

/// The connection's state of these columns; `None` if they are of no state.
pub(super) fn connection_state(
    state: i64,
    at: Option<UtcMillis>,
    reason: Option<String>,
) -> Option<ConnectionState> {
    Some(match state {
        ASKED => ConnectionState::Asked,
        1 => ConnectionState::AwaitFacility { since: at? },
        ACTIVE => ConnectionState::Active { since: at? },
        3 => ConnectionState::Declined { at: at? },
        4 => ConnectionState::Blocked { at: at? },
        5 => ConnectionState::Withdrawn { at: at? },
        7 => ConnectionState::Removed { at: at? },
        6 => ConnectionState::Refused {
            at: at?,
            reason: reason?,
        },
        _ => return None,
    })
}

/// The columns of a message's state.
pub(super) fn message_columns(state: &MessageState) -> StateColumns<'_> {
    let (state, at, reason) = match state {
        MessageState::Delivered => (DELIVERED, None, None),
        MessageState::OnHold { since, .. } => (ON_HOLD, Some(*since), None),
        MessageState::Rejected { at, reason, .. } => (2, Some(*at), Some(reason.as_str())),
    };
    StateColumns { state, at, reason }
}

/// The message's state of these columns; `None` if they are of no state.
pub(super) fn message_state(
    state: i64,
    at: Option<UtcMillis>,
    reason: Option<String>,
) -> Option<MessageState> {
    Some(match state {
        DELIVERED => MessageState::Delivered,
        ON_HOLD => MessageState::OnHold {
            since: at?,
            promised_by: None,
        },
        2 => MessageState::Rejected {
            at: at?,
            reason: reason?,
            decision: Box::default(),
        },
        _ => return None,
    })
}

/// The column of an identity: when it was checked.
pub(super) fn checked_at(identity: Identity) -> Option<UtcMillis> {
    match identity {
        Identity::Checked(at) => Some(at),
        Identity::Unchecked => None,
    }
}

/// The error for a row that no version of this program writes.
pub(super) fn bad_row(column: usize) -> rusqlite::Error {
    let why = "holds what no version of this program writes";
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Null, why.into())
}

/// A number on disk that is never negative.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A count on disk, held within what the screen counts with.
pub(super) fn count(value: i64) -> u32 {
    u32::try_from(value.max(0)).unwrap_or(u32::MAX)
}

/// `text` within `limit` bytes: the screen bounds rows again, whoever wrote them (T33).
pub(super) fn bounded(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// The most bytes of a name, relationship or place that are shown.
pub(super) const NAME: usize = 256;
/// The most bytes of a PIN verifier.
pub(super) const VERIFIER: usize = 512;
/// The most bytes of a note or a reason that are shown.
pub(super) const NOTE: usize = 2 * 1024;
/// The most bytes of a message or a notice that are shown.
pub(super) const LONG_TEXT: usize = 64 * 1024;
/// The most pictures of a message that are shown.
pub(super) const ATTACHMENTS: i64 = 20;
