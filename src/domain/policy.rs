use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{NoticeId, UtcMillis};

/// A text in several languages, by BCP 47 tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What this kiosk goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The facility's name on the wall.
    pub facility: String,
    /// The unit's name on the wall.
    pub unit: String,
    /// The clock on the wall, an IANA time zone.
    pub time_zone: String,
    /// Languages offered, BCP 47 tags, the first the default.
    pub languages: Vec<String>,
    /// Counts up when the consent text changes.
    pub consent_version: u32,
    /// The monitoring and consent text.
    pub consent: LocalText,
    /// Quiet time until the warning.
    pub idle_warning: Duration,
    /// Quiet time until the screen is covered.
    pub idle_lock: Duration,
    /// How long this kiosk may be out of contact before sign-in closes.
    pub lease: Duration,
}

impl Default for Policy {
    /// What holds until central has said otherwise: the safe side of the design's numbers.
    fn default() -> Self {
        Self {
            facility: String::new(),
            unit: String::new(),
            time_zone: "UTC".to_owned(),
            languages: vec!["en".to_owned(), "es".to_owned()],
            consent_version: 0,
            consent: LocalText::default(),
            idle_warning: Duration::from_secs(100),
            idle_lock: Duration::from_secs(120),
            lease: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }
}

impl Policy {
    /// The monitoring and consent text in `language`; empty if the facility has none.
    pub fn consent_text(&self, language: &str) -> &str {
        self.consent.in_language(language)
    }
}

/// A public notice on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Heading, cleaned for display.
    pub title: LocalText,
    /// Text, cleaned for display.
    pub text: LocalText,
    /// Put up at.
    pub from: UtcMillis,
    /// Taken down at, if that is known.
    pub until: Option<UtcMillis>,
}
