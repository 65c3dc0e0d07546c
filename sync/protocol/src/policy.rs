use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cents, UtcMillis};

/// A length of time in whole seconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Seconds(pub u32);

/// A text in several languages, by BCP 47 tag; `en` is always there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LocalText(pub BTreeMap<String, String>);

impl LocalText {
    /// The text in `language`, else in English, else any.
    pub fn in_language(&self, language: &str) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.get("en"))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

/// What a unit's kiosks go by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyBody {
    /// The facility's name on the wall.
    pub facility: String,
    /// The unit's name on the wall.
    pub unit: String,
    /// The kiosk's clock on the wall, an IANA time zone.
    pub time_zone: String,
    /// Languages offered, BCP 47 tags, the first the default.
    pub languages: Vec<String>,
    /// What a person agrees to before their first use of a session.
    pub consent: Consent,
    /// Quiet time until the warning.
    pub idle_warning: Seconds,
    /// Quiet time until the screen is covered.
    pub idle_lock: Seconds,
    /// How long a kiosk may be out of contact before sign-in closes.
    pub lease: Seconds,
    /// What goes for messages that residents write.
    #[serde(default)]
    pub messages: MessageRules,
    /// The argon2id verifier of the technicians' code in PHC form; absent: no technician page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_verifier: Option<String>,
}

/// What goes for messages that residents write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageRules {
    /// What one costs.
    pub price: Cents,
    /// Characters it may have.
    pub characters: u32,
    /// Whether staff read it before it goes out; privileged lanes never wait.
    pub review: bool,
    /// In what time the facility promises to have decided on one that is on hold.
    pub review_promise: Seconds,
    /// Whether the price comes back when it is not allowed.
    pub refund: bool,
}

impl Default for MessageRules {
    fn default() -> Self {
        Self {
            price: Cents(0),
            characters: 6_000,
            review: true,
            review_promise: Seconds(3 * 24 * 60 * 60),
            refund: true,
        }
    }
}

/// The monitoring and consent text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// Counts up when the text changes.
    pub version: u32,
    /// The text.
    pub text: LocalText,
}

/// What a notice is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// News, on the wall.
    #[default]
    Notice,
    /// A page of the handbook.
    Handbook,
    /// A number to call.
    Hotline,
    /// What people here have a right to.
    Rights,
    /// About sexual abuse (28 CFR 115.33).
    Prea,
    /// The way to report to somebody outside (28 CFR 115.51).
    Reporting,
}

impl NoticeKind {
    /// Whether opening such a page leaves no trace anywhere, so that nobody can be asked to say
    /// that they have read it (28 CFR 115.51).
    pub fn leaves_no_trace(self) -> bool {
        match self {
            Self::Notice | Self::Handbook => false,
            Self::Hotline | Self::Rights | Self::Prea | Self::Reporting => true,
        }
    }
}

/// A notice on the wall, or another page that everybody may read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeBody {
    /// What it is.
    #[serde(default)]
    pub kind: NoticeKind,
    /// Counts up when it has to be read again.
    #[serde(default)]
    pub version: u32,
    /// Whether every resident has to say that they have read it.
    #[serde(default)]
    pub must_acknowledge: bool,
    /// Its place among its kind, the lowest first.
    #[serde(default)]
    pub order: u32,
    /// Heading.
    pub title: LocalText,
    /// Text.
    pub text: LocalText,
    /// Put up at.
    pub from: UtcMillis,
    /// Taken down at, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UtcMillis>,
}
