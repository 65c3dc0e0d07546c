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

/// Judges a resident's answer; the first answer to a request that reaches central counts, and what
/// was declined or ended can be taken up again.
pub(crate) fn answer(
    state: &ConnectionState,
    answer: Answer,
    approval: ApprovalRule,
    now: UtcMillis,
) -> Verdict {
    use ConnectionState as State;
    match (state, answer) {
        (State::Asked | State::Declined { .. } | State::Removed { .. }, Answer::Accept) => {
            Verdict::Becomes(match approval {
                ApprovalRule::AfterResident => State::AwaitFacility { since: now },
                ApprovalRule::ResidentAlone => State::Active { since: now },
            })
        }
        (State::Asked, Answer::Decline) | (State::Blocked { .. }, Answer::Unblock) => {
            Verdict::Becomes(State::Declined { at: now })
        }
        (
            State::Asked | State::Active { .. } | State::Declined { .. } | State::Removed { .. },
            Answer::Block,
        ) => Verdict::Becomes(State::Blocked { at: now }),
        (State::AwaitFacility { .. } | State::Active { .. }, Answer::Remove) => {
            Verdict::Becomes(State::Removed { at: now })
        }
        (State::AwaitFacility { .. } | State::Active { .. }, Answer::Accept)
        | (State::Declined { .. }, Answer::Decline | Answer::Unblock)
        | (State::Blocked { .. }, Answer::Block)
        | (State::Removed { .. }, Answer::Remove) => Verdict::Stands,
        (State::Asked | State::Declined { .. }, Answer::Remove) => {
            Verdict::Refuse(Refusal::NotActive)
        }
        (State::AwaitFacility { .. }, Answer::Decline | Answer::Block | Answer::Unblock)
        | (State::Active { .. } | State::Removed { .. }, Answer::Decline | Answer::Unblock)
        | (State::Asked, Answer::Unblock)
        | (State::Blocked { .. }, Answer::Accept | Answer::Decline | Answer::Remove) => {
            Verdict::Refuse(Refusal::AlreadyAnswered)
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

    const EVERY: [Answer; 5] = [
        Answer::Accept,
        Answer::Decline,
        Answer::Block,
        Answer::Unblock,
        Answer::Remove,
    ];

    #[test]
    fn the_same_answer_stands() {
        for (state, same) in [
            (
                ConnectionState::AwaitFacility { since: THEN },
                Answer::Accept,
            ),
            (ConnectionState::Active { since: THEN }, Answer::Accept),
            (ConnectionState::Declined { at: THEN }, Answer::Decline),
            (ConnectionState::Blocked { at: THEN }, Answer::Block),
            (ConnectionState::Removed { at: THEN }, Answer::Remove),
        ] {
            assert_eq!(judge(&state, same), Verdict::Stands, "{same:?}");
        }
    }

    #[test]
    fn another_answer_to_a_request_comes_too_late() {
        let late = Verdict::Refuse(Refusal::AlreadyAnswered);
        let waits = ConnectionState::AwaitFacility { since: THEN };
        for given in [Answer::Decline, Answer::Block, Answer::Unblock] {
            assert_eq!(judge(&waits, given), late, "{given:?}");
        }
        let active = ConnectionState::Active { since: THEN };
        assert_eq!(judge(&active, Answer::Decline), late);
    }

    #[test]
    fn what_was_declined_or_ended_can_be_accepted_and_the_facility_is_asked_again() {
        for state in [
            ConnectionState::Declined { at: THEN },
            ConnectionState::Removed { at: THEN },
        ] {
            assert_eq!(
                judge(&state, Answer::Accept),
                Verdict::Becomes(ConnectionState::AwaitFacility { since: NOW })
            );
            assert_eq!(
                answer(&state, Answer::Accept, ApprovalRule::ResidentAlone, NOW),
                Verdict::Becomes(ConnectionState::Active { since: NOW })
            );
        }
    }

    #[test]
    fn a_contact_can_be_ended_from_where_it_was_accepted_only() {
        let removed = Verdict::Becomes(ConnectionState::Removed { at: NOW });
        let active = ConnectionState::Active { since: THEN };
        let waits = ConnectionState::AwaitFacility { since: THEN };
        assert_eq!(judge(&active, Answer::Remove), removed);
        assert_eq!(judge(&waits, Answer::Remove), removed);
        for state in [
            ConnectionState::Asked,
            ConnectionState::Declined { at: THEN },
        ] {
            assert_eq!(
                judge(&state, Answer::Remove),
                Verdict::Refuse(Refusal::NotActive)
            );
        }
    }

    #[test]
    fn a_block_is_lifted_first_and_leaves_a_declined_contact() {
        let blocked = ConnectionState::Blocked { at: THEN };
        for given in [Answer::Accept, Answer::Decline, Answer::Remove] {
            assert_eq!(
                judge(&blocked, given),
                Verdict::Refuse(Refusal::AlreadyAnswered)
            );
        }
        assert_eq!(
            judge(&blocked, Answer::Unblock),
            Verdict::Becomes(ConnectionState::Declined { at: NOW })
        );
    }

    #[test]
    fn whoever_is_or_was_in_touch_or_asked_can_be_blocked() {
        for state in [
            ConnectionState::Asked,
            ConnectionState::Active { since: THEN },
            ConnectionState::Declined { at: THEN },
            ConnectionState::Removed { at: THEN },
        ] {
            assert_eq!(
                judge(&state, Answer::Block),
                Verdict::Becomes(ConnectionState::Blocked { at: NOW })
            );
        }
    }

    #[test]
    fn what_was_taken_back_or_refused_says_so() {
        let refused = ConnectionState::Refused {
            at: THEN,
            reason: "no-contact order".to_owned(),
        };
        for given in EVERY {
            assert_eq!(
                judge(&ConnectionState::Withdrawn { at: THEN }, given),
                Verdict::Refuse(Refusal::Withdrawn)
            );
            assert_eq!(judge(&refused, given), Verdict::Refuse(Refusal::NotAllowed));
        }
    }
}
