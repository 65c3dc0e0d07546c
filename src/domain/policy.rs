use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cents, NoticeId, UtcMillis};

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
    /// What goes for messages that residents write.
    pub messages: MessageRules,
    /// The argon2id verifier of the technicians' code in PHC form; `None`: no technician page.
    pub technician_verifier: Option<String>,
}

/// What goes for messages that residents write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRules {
    /// What one costs.
    pub price: Cents,
    /// Characters it may have.
    pub characters: u32,
    /// Whether staff read it before it goes out; privileged lanes never wait.
    pub review: bool,
    /// In what time the facility promises to have decided on one that is on hold.
    pub review_promise: Duration,
    /// Whether the price comes back when it is not allowed.
    pub refund: bool,
}

impl Default for MessageRules {
    fn default() -> Self {
        Self {
            price: Cents(0),
            characters: 6_000,
            review: true,
            review_promise: Duration::from_secs(3 * 24 * 60 * 60),
            refund: true,
        }
    }
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
            messages: MessageRules::default(),
            technician_verifier: None,
        }
    }
}

impl Policy {
    /// The monitoring and consent text in `language`; empty if the facility has none.
    pub fn consent_text(&self, language: &str) -> &str {
        self.consent.in_language(language)
    }
}

/// What a notice is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A notice on the wall, or another page that everybody may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// Counts up when it has to be read again.
    pub version: u32,
    /// Whether every resident has to say that they have read it.
    pub must_acknowledge: bool,
    /// Its place among its kind, the lowest first.
    pub order: u32,
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
