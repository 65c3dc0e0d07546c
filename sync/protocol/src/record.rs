use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    AccountBody, ConnectionBody, DraftBody, MessageBody, NoticeBody, PolicyBody, RecordId,
    ResidentBody, ResidentId, Settlement, SignIn, SignedKeySet, SignedOrder,
};

/// Something central tells a kiosk, its body not yet looked into.
///
/// One body that cannot be read spoils neither the page nor the rest: it goes to quarantine and
/// its count to central (R14).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RawRecord {
    /// What the body is; see [`Kind`]. A text, so that a newer central can say more.
    pub kind: String,
    /// Unique within the kind.
    pub id: RecordId,
    /// The commit at central that made this version; a later one replaces it.
    pub version: u64,
    /// Whose record it is; absent for the facility's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentId>,
    /// Whether a kiosk that does not know the kind must keep it in quarantine (R26).
    #[serde(default)]
    pub critical: bool,
    /// The body, in the form the kind says.
    #[schemars(with = "serde_json::Value")]
    pub body: Box<RawValue>,
}

/// The kinds of record this version knows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`PolicyBody`]; its id is the unit's.
    Policy,
    /// [`ResidentBody`]; one line of the roster.
    Resident,
    /// [`ConnectionBody`].
    Connection,
    /// [`MessageBody`].
    Message,
    /// [`NoticeBody`].
    Notice,
    /// Empty body; its id is the resident's. Rows, index entries and blobs go.
    Forget,
    /// [`Settlement`]; its id is the intent's.
    Settlement,
    /// [`SignIn`]; the latest sign-in of a resident anywhere in the facility, id the resident's.
    SignIn,
    /// [`AccountBody`]; its id is the resident's.
    Account,
    /// [`DraftBody`].
    Draft,
    /// [`SignedKeySet`]; each version is a record of its own, so that the chain has no hole.
    OperatorKeys,
    /// [`SignedOrder`]; for one kiosk alone.
    Order,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Policy,
        Self::Resident,
        Self::Connection,
        Self::Message,
        Self::Notice,
        Self::Forget,
        Self::Settlement,
        Self::SignIn,
        Self::Account,
        Self::Draft,
        Self::OperatorKeys,
        Self::Order,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Resident => "resident",
            Self::Connection => "connection",
            Self::Message => "message",
            Self::Notice => "notice",
            Self::Forget => "forget",
            Self::Settlement => "settlement",
            Self::SignIn => "sign_in",
            Self::Account => "account",
            Self::Draft => "draft",
            Self::OperatorKeys => "operator_keys",
            Self::Order => "order",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A record's body, read.
#[derive(Clone, PartialEq, Eq)]
pub enum RecordBody {
    /// See [`Kind::Policy`].
    Policy(Box<PolicyBody>),
    /// See [`Kind::Resident`].
    Resident(Box<ResidentBody>),
    /// See [`Kind::Connection`].
    Connection(Box<ConnectionBody>),
    /// See [`Kind::Message`].
    Message(Box<MessageBody>),
    /// See [`Kind::Notice`].
    Notice(Box<NoticeBody>),
    /// See [`Kind::Forget`].
    Forget,
    /// See [`Kind::Settlement`].
    Settlement(Settlement),
    /// See [`Kind::SignIn`].
    SignIn(Box<SignIn>),
    /// See [`Kind::Account`].
    Account(Box<AccountBody>),
    /// See [`Kind::Draft`].
    Draft(Box<DraftBody>),
    /// See [`Kind::OperatorKeys`].
    OperatorKeys(Box<SignedKeySet>),
    /// See [`Kind::Order`].
    Order(Box<SignedOrder>),
}

/// Why a record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A newer central's kind that this kiosk may pass over.
    #[error("record kind is not known here and not critical")]
    Ignorable,
    /// A newer central's kind that matters.
    #[error("record kind is not known here")]
    UnknownKind,
    /// The body is not of its kind's form.
    #[error("record body is not of its kind")]
    Body(#[source] serde_json::Error),
    /// A part of the body passes its limit.
    #[error("record passes the limit of {0}")]
    TooLarge(&'static str),
}

impl RawRecord {
    /// Reads the body and checks its limits.
    ///
    /// # Errors
    /// See [`RecordError`]; only [`RecordError::Ignorable`] may be passed over.
    pub fn parse(&self) -> Result<RecordBody, RecordError> {
        let Some(kind) = Kind::from_name(&self.kind) else {
            return Err(if self.critical {
                RecordError::UnknownKind
            } else {
                RecordError::Ignorable
            });
        };
        let body = match kind {
            Kind::Policy => RecordBody::Policy(self.body()?),
            Kind::Resident => RecordBody::Resident(self.body()?),
            Kind::Connection => RecordBody::Connection(self.body()?),
            Kind::Message => RecordBody::Message(self.body()?),
            Kind::Notice => RecordBody::Notice(self.body()?),
            Kind::Forget => RecordBody::Forget,
            Kind::Settlement => RecordBody::Settlement(self.body()?),
            Kind::SignIn => RecordBody::SignIn(self.body()?),
            Kind::Account => RecordBody::Account(self.body()?),
            Kind::Draft => RecordBody::Draft(self.body()?),
            Kind::OperatorKeys => RecordBody::OperatorKeys(self.body()?),
            Kind::Order => RecordBody::Order(self.body()?),
        };
        body.check_limits()?;
        Ok(body)
    }

    fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, RecordError> {
        serde_json::from_str(self.body.get()).map_err(RecordError::Body)
    }
}

impl RecordBody {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Policy(_) => Kind::Policy,
            Self::Resident(_) => Kind::Resident,
            Self::Connection(_) => Kind::Connection,
            Self::Message(_) => Kind::Message,
            Self::Notice(_) => Kind::Notice,
            Self::Forget => Kind::Forget,
            Self::Settlement(_) => Kind::Settlement,
            Self::SignIn(_) => Kind::SignIn,
            Self::Account(_) => Kind::Account,
            Self::Draft(_) => Kind::Draft,
            Self::OperatorKeys(_) => Kind::OperatorKeys,
            Self::Order(_) => Kind::Order,
        }
    }

    /// Its form on the wire.
    ///
    /// # Errors
    /// When a body cannot be written as JSON, which no type here can cause.
    pub fn to_raw(&self) -> Result<Box<RawValue>, serde_json::Error> {
        match self {
            Self::Policy(body) => serde_json::value::to_raw_value(body),
            Self::Resident(body) => serde_json::value::to_raw_value(body),
            Self::Connection(body) => serde_json::value::to_raw_value(body),
            Self::Message(body) => serde_json::value::to_raw_value(body),
            Self::Notice(body) => serde_json::value::to_raw_value(body),
            Self::Forget => RawValue::from_string("{}".to_owned()),
            Self::Settlement(body) => serde_json::value::to_raw_value(body),
            Self::SignIn(body) => serde_json::value::to_raw_value(body),
            Self::Account(body) => serde_json::value::to_raw_value(body),
            Self::Draft(body) => serde_json::value::to_raw_value(body),
            Self::OperatorKeys(body) => serde_json::value::to_raw_value(body),
            Self::Order(body) => serde_json::value::to_raw_value(body),
        }
    }

    fn check_limits(&self) -> Result<(), RecordError> {
        use crate::limits::{
            ACKNOWLEDGED, ATTACHMENTS, MESSAGE_BYTES, NAME_BYTES, NOTE_BYTES, SEALED_BYTES,
            SIGN_INS,
        };
        let within = |text: &str, limit: usize, what| {
            if text.len() <= limit {
                Ok(())
            } else {
                Err(RecordError::TooLarge(what))
            }
        };
        match self {
            Self::Message(message) => {
                within(
                    message.text.as_deref().unwrap_or_default(),
                    MESSAGE_BYTES,
                    "message text",
                )?;
                if message.attachments.len() > ATTACHMENTS {
                    return Err(RecordError::TooLarge("attachments"));
                }
                message
                    .attachments
                    .iter()
                    .try_for_each(|a| within(&a.name, NAME_BYTES, "file name"))
            }
            Self::Connection(connection) => {
                within(&connection.note, NOTE_BYTES, "note")?;
                within(&connection.contact.name, NAME_BYTES, "contact name")?;
                within(&connection.contact.relationship, NAME_BYTES, "relationship")
            }
            Self::Resident(resident) => {
                within(&resident.name, NAME_BYTES, "resident name")?;
                within(&resident.pin_verifier, 2 * NAME_BYTES, "PIN verifier")?;
                let badge = resident.badge.as_deref().unwrap_or_default();
                within(badge, 2 * NAME_BYTES, "badge")
            }
            Self::Notice(notice) => notice
                .text
                .0
                .values()
                .try_for_each(|text| within(text, MESSAGE_BYTES, "notice text")),
            Self::Account(account) => {
                if account.sign_ins.len() > SIGN_INS {
                    return Err(RecordError::TooLarge("sign-ins"));
                }
                if account.acknowledged.len() > ACKNOWLEDGED {
                    return Err(RecordError::TooLarge("acknowledged notices"));
                }
                account
                    .sign_ins
                    .iter()
                    .try_for_each(|entry| within(&entry.kiosk, NAME_BYTES, "kiosk label"))
            }
            Self::Draft(draft) => {
                within(&draft.kiosk, NAME_BYTES, "kiosk label")?;
                let sealed = draft.sealed.as_deref().unwrap_or_default();
                within(sealed, SEALED_BYTES, "draft")
            }
            // What of these is too large is refused by name, and the refusal answered.
            Self::OperatorKeys(_) | Self::Order(_) => Ok(()),
            Self::Policy(_) | Self::Forget | Self::Settlement(_) | Self::SignIn(_) => Ok(()),
        }
    }
}
