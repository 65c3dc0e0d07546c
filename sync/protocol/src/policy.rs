use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::UtcMillis;

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
}

/// The monitoring and consent text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// Counts up when the text changes.
    pub version: u32,
    /// The text.
    pub text: LocalText,
}

/// A public notice on the wall.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeBody {
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
