use dayroom_protocol::{Answer, ApprovalRule, ConnectionState, Refusal, UtcMillis};

/// What an answer to a connection request comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The connection now stands so.
    Becomes(ConnectionState),
    /// It stands so already.
    Stands,
    /// It does not count.
    Refuse(Refusal),
}

/// Judges a resident's answer; the first answer that reaches central counts.
pub(crate) fn answer(
    state: &ConnectionState,
    answer: Answer,
    approval: ApprovalRule,
    now: UtcMillis,
) -> Verdict {
    use ConnectionState as State;
    match (state, answer) {
        (State::Asked, Answer::Accept) => Verdict::Becomes(match approval {
            ApprovalRule::AfterResident => State::AwaitFacility { since: now },
            ApprovalRule::ResidentAlone => State::Active { since: now },
        }),
        (State::Asked, Answer::Decline) => Verdict::Becomes(State::Declined { at: now }),
        (State::Asked, Answer::Block) => Verdict::Becomes(State::Blocked { at: now }),
        (State::AwaitFacility { .. } | State::Active { .. }, Answer::Accept)
        | (State::Declined { .. }, Answer::Decline)
        | (State::Blocked { .. }, Answer::Block) => Verdict::Stands,
        (State::AwaitFacility { .. } | State::Active { .. }, Answer::Decline | Answer::Block)
        | (State::Declined { .. }, Answer::Accept | Answer::Block)
        | (State::Blocked { .. }, Answer::Accept | Answer::Decline) => {
            Verdict::Refuse(Refusal::AlreadyAnswered)
        }
        (State::Declined { .. }, Answer::Unblock) | (State::Removed { .. }, Answer::Remove) => {
            Verdict::Stands
        }
        (_, Answer::Unblock | Answer::Remove) | (State::Removed { .. }, _) => {
            Verdict::Refuse(Refusal::Unsupported)
        }
        (State::Withdrawn { .. }, _) => Verdict::Refuse(Refusal::Withdrawn),
        (State::Refused { .. }, _) => Verdict::Refuse(Refusal::NotAllowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(5);
    const THEN: UtcMillis = UtcMillis(1);

    fn judge(state: &ConnectionState, given: Answer) -> Verdict {
        answer(state, given, ApprovalRule::AfterResident, NOW)
    }

    #[test]
    fn accepting_waits_for_the_facility_only_where_it_has_a_say() {
        assert_eq!(
            judge(&ConnectionState::Asked, Answer::Accept),
            Verdict::Becomes(ConnectionState::AwaitFacility { since: NOW })
        );
        assert_eq!(
            answer(
                &ConnectionState::Asked,
                Answer::Accept,
                ApprovalRule::ResidentAlone,
                NOW
            ),
            Verdict::Becomes(ConnectionState::Active { since: NOW })
        );
    }

    #[test]
    fn the_same_answer_stands_and_another_one_comes_too_late() {
        for (state, same) in [
            (
                ConnectionState::AwaitFacility { since: THEN },
                Answer::Accept,
            ),
            (ConnectionState::Active { since: THEN }, Answer::Accept),
            (ConnectionState::Declined { at: THEN }, Answer::Decline),
            (ConnectionState::Blocked { at: THEN }, Answer::Block),
        ] {
            for given in [Answer::Accept, Answer::Decline, Answer::Block] {
                let expected = if given == same {
                    Verdict::Stands
                } else {
                    Verdict::Refuse(Refusal::AlreadyAnswered)
                };
                assert_eq!(judge(&state, given), expected);
            }
        }
    }

    #[test]
    fn what_was_taken_back_or_refused_says_so() {
        let refused = ConnectionState::Refused {
            at: THEN,
            reason: "no-contact order".to_owned(),
        };
        for given in [Answer::Accept, Answer::Decline, Answer::Block] {
            assert_eq!(
                judge(&ConnectionState::Withdrawn { at: THEN }, given),
                Verdict::Refuse(Refusal::Withdrawn)
            );
            assert_eq!(judge(&refused, given), Verdict::Refuse(Refusal::NotAllowed));
        }
    }
}
