use dayroom_protocol::UtcMillis;
use serde::Serialize;

use super::{EnrolmentState, KioskLine, OperatorError};
use crate::central::Central;

/// Where a kiosk is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KioskStage {
    /// It was created, and nothing more.
    Created,
    /// There is a one-time code that can be used.
    CodeWaiting,
    /// It bought its certificate, and has not been here with it.
    Enrolled,
    /// It has been here.
    InService,
    /// A technician takes it out of service; it has sent everything, and not said that it is erased.
    Retiring,
    /// An operator took it out of service. Whether anything is left on it nobody here knows.
    Retired,
    /// It has destroyed its keys and said so.
    Erased,
}

impl KioskStage {
    /// In words, for an operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::CodeWaiting => "code waiting",
            Self::Enrolled => "enrolled",
            Self::InService => "in service",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
            Self::Erased => "erased",
        }
    }

    /// What is known of a kiosk says; `codes` are the states of its one-time codes.
    fn of(kiosk: &KioskLine, codes: &[EnrolmentState]) -> Self {
        if kiosk.erased_at.is_some() {
            Self::Erased
        } else if kiosk.retired_at.is_some() {
            Self::Retired
        } else if kiosk.leaving_at.is_some() {
            Self::Retiring
        } else if kiosk.seen.is_some() {
            Self::InService
        } else if codes.contains(&EnrolmentState::Open) {
            Self::CodeWaiting
        } else if codes.contains(&EnrolmentState::Used) {
            Self::Enrolled
        } else {
            Self::Created
        }
    }
}

impl Central {
    /// Every kiosk and where it is in its life, by label.
    ///
    /// # Errors
    /// When the store fails.
    pub fn kiosk_stages(
        &self,
        now: UtcMillis,
    ) -> Result<Vec<(KioskLine, KioskStage)>, OperatorError> {
        let codes = self.enrolments(now)?;
        let stages = self.kiosks()?.into_iter().map(|kiosk| {
            let its: Vec<EnrolmentState> = codes
                .iter()
                .filter(|code| code.kiosk == kiosk.id)
                .map(|code| code.state)
                .collect();
            let stage = KioskStage::of(&kiosk, &its);
            (kiosk, stage)
        });
        Ok(stages.collect())
    }
}
