//! Which change of a policy weakens security, and so must come as an order.

use crate::{PolicyBody, Seconds};

/// What of a policy security hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// Quiet time until the warning.
    pub idle_warning: Seconds,
    /// Quiet time until the screen is covered.
    pub idle_lock: Seconds,
    /// Time out of contact before sign-in closes.
    pub lease: Seconds,
    /// Whether staff read messages before they go out.
    pub review: bool,
    /// Time in which staff have promised to decide.
    pub review_promise: Seconds,
    /// The technicians' code.
    pub technician_verifier: Option<String>,
}

/// A part of [`Security`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityField {
    /// See [`Security::idle_warning`].
    IdleWarning,
    /// See [`Security::idle_lock`].
    IdleLock,
    /// See [`Security::lease`].
    Lease,
    /// See [`Security::review`].
    Review,
    /// See [`Security::review_promise`].
    ReviewPromise,
    /// See [`Security::technician_verifier`].
    TechnicianVerifier,
}

impl SecurityField {
    /// Its name, as in the policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdleWarning => "idle_warning",
            Self::IdleLock => "idle_lock",
            Self::Lease => "lease",
            Self::Review => "messages.review",
            Self::ReviewPromise => "messages.review_promise",
            Self::TechnicianVerifier => "technician_verifier",
        }
    }
}

impl Security {
    /// What of `policy` security hangs on.
    pub fn of(policy: &PolicyBody) -> Self {
        Self {
            idle_warning: policy.idle_warning,
            idle_lock: policy.idle_lock,
            lease: policy.lease,
            review: policy.messages.review,
            review_promise: policy.messages.review_promise,
            technician_verifier: policy.technician_verifier.clone(),
        }
    }

    /// Where `next` is weaker than this: quiet times or the lease grow longer, review ends or is
    /// promised sooner than before, or the technicians' code becomes another. That the code is taken
    /// away weakens nothing.
    pub fn weakened_by(&self, next: &Self) -> Vec<SecurityField> {
        let other_code = next.technician_verifier.is_some()
            && next.technician_verifier != self.technician_verifier;
        [
            (
                SecurityField::IdleWarning,
                next.idle_warning > self.idle_warning,
            ),
            (SecurityField::IdleLock, next.idle_lock > self.idle_lock),
            (SecurityField::Lease, next.lease > self.lease),
            (SecurityField::Review, self.review && !next.review),
            (
                SecurityField::ReviewPromise,
                self.review && next.review && next.review_promise < self.review_promise,
            ),
            (SecurityField::TechnicianVerifier, other_code),
        ]
        .into_iter()
        .filter_map(|(field, weaker)| weaker.then_some(field))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Security {
        Security {
            idle_warning: Seconds(100),
            idle_lock: Seconds(120),
            lease: Seconds(86_400),
            review: true,
            review_promise: Seconds(3_600),
            technician_verifier: Some("a".to_owned()),
        }
    }

    #[test]
    fn longer_quiet_shorter_review_and_another_code_weaken() {
        let weaker = Security {
            idle_warning: Seconds(101),
            idle_lock: Seconds(121),
            lease: Seconds(86_401),
            review: true,
            review_promise: Seconds(3_599),
            technician_verifier: Some("b".to_owned()),
        };
        let names: Vec<_> = usual()
            .weakened_by(&weaker)
            .into_iter()
            .map(SecurityField::name)
            .collect();
        assert_eq!(
            names,
            [
                "idle_warning",
                "idle_lock",
                "lease",
                "messages.review_promise",
                "technician_verifier"
            ]
        );
        let unread = Security {
            review: false,
            ..usual()
        };
        assert_eq!(usual().weakened_by(&unread), [SecurityField::Review]);
    }

    #[test]
    fn what_is_stricter_or_the_same_weakens_nothing() {
        assert!(usual().weakened_by(&usual()).is_empty());
        let stricter = Security {
            idle_warning: Seconds(40),
            idle_lock: Seconds(60),
            lease: Seconds(3_600),
            review: true,
            review_promise: Seconds(7_200),
            technician_verifier: None,
        };
        assert!(usual().weakened_by(&stricter).is_empty());
        let code = stricter.weakened_by(&Security {
            technician_verifier: Some("c".to_owned()),
            ..stricter.clone()
        });
        assert_eq!(
            code,
            [SecurityField::TechnicianVerifier],
            "the first code opens a page"
        );
    }
}
