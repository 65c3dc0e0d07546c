//! Which software a kiosk should run, and what came of it.
//!
//! What is signed travels as files of The Update Framework beside this: see
//! [`crate::route::RELEASE_METADATA`]. An offer is a hint that says when; that a release is genuine,
//! and newer, the kiosk finds out by itself.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

/// The version of a release: three numbers such as `1.4.0`, ordered as numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ReleaseVersion {
    /// Changes what people or operators have to learn.
    pub major: u32,
    /// Adds to it.
    pub minor: u32,
    /// Mends it.
    pub patch: u32,
}

/// The text is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version of three numbers such as 1.4.0")]
pub struct ReleaseVersionError;

impl ReleaseVersion {
    /// The name of its bundle among the signed targets.
    pub fn bundle_name(self) -> String {
        format!("dayroom-{self}.bundle")
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl fmt::Debug for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleaseVersion({self})")
    }
}

impl FromStr for ReleaseVersion {
    type Err = ReleaseVersionError;

    /// One text for each version: no sign, no leading zero, nothing behind it.
    fn from_str(text: &str) -> Result<Self, ReleaseVersionError> {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        let mut next = || parts.next().flatten().ok_or(ReleaseVersionError);
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        if version.to_string() == text {
            Ok(version)
        } else {
            Err(ReleaseVersionError)
        }
    }
}

impl From<ReleaseVersion> for String {
    fn from(version: ReleaseVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for ReleaseVersion {
    type Error = ReleaseVersionError;

    fn try_from(text: String) -> Result<Self, ReleaseVersionError> {
        text.parse()
    }
}

/// Which release central wants on the kiosk that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseOffer {
    /// This one; absent while its turn has not come, or the rollout stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ReleaseVersion>,
}

/// What a kiosk runs, and how far it is with what it was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseReport {
    /// What it runs now.
    pub running: ReleaseVersion,
    /// What it was offered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<ReleaseVersion>,
    /// How far it is with that.
    pub stage: ReleaseStage,
}

/// How far a kiosk is with a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ReleaseStage {
    /// Nothing is on its way.
    Idle,
    /// The bundle is coming.
    Fetching {
        /// Bytes that are here.
        have: u64,
        /// Bytes of the bundle.
        of: u64,
    },
    /// Checked twice and in its place; the next start runs it.
    Staged,
    /// Not what it says it is, or not to be installed here.
    Refused {
        /// Why, for an operator.
        why: String,
    },
    /// Genuine, but it could not be put in its place.
    Failed {
        /// Why, for an operator.
        why: String,
    },
    /// It ran, was not healthy, and the one before is back.
    RolledBack,
    /// Something only a newer kiosk says.
    #[serde(other)]
    Unknown,
}

impl ReleaseReport {
    /// Whether its texts keep their limits.
    pub fn is_within_limits(&self) -> bool {
        match &self.stage {
            ReleaseStage::Refused { why } | ReleaseStage::Failed { why } => {
                why.len() <= limits::NAME_BYTES
            }
            ReleaseStage::Idle
            | ReleaseStage::Fetching { .. }
            | ReleaseStage::Staged
            | ReleaseStage::RolledBack
            | ReleaseStage::Unknown => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_text_and_is_ordered_by_numbers() {
        let version = |text: &str| text.parse::<ReleaseVersion>();
        assert!(version("1.10.0").unwrap() > version("1.9.99").unwrap());
        assert_eq!(version("0.1.0").unwrap().to_string(), "0.1.0");
        for odd in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-rc1",
            "+1.2.3",
            " 1.2.3",
            "1.2.3\n",
            "1..3",
            "1.2.4294967296",
            "../../x",
            "1.2.٣",
        ] {
            assert_eq!(version(odd), Err(ReleaseVersionError), "{odd:?}");
        }
    }
}
