//! Each state of central's is a state of the screen.

use dayroom::app::ComposeTap;
use dayroom::domain::{
    Appeal, Cents, Decision, Direction, Lane, LocalText, Message, MessageState, Outcome, Passage,
    Refusal, Role, Rule, UNDO_HOLD,
};

use super::stage::*;
use super::terminal::*;

fn on_hold(promised_by: Option<UtcMillis>) -> MessageState {
    MessageState::OnHold {
        since: hours_ago(70),
        promised_by,
    }
}

fn rejected() -> MessageState {
    let text = [
        ("en", "No plans of the building."),
        ("es", "Nada de planos del edificio."),
    ];
    let text = text.map(|(tag, text)| (tag.to_owned(), text.to_owned()));
    MessageState::Rejected {
        at: hours_ago(20),
        reason: "There is a drawing of the yard in it.".to_owned(),
        decision: Box::new(Decision {
            rule: Some(Rule {
                code: "C-4".to_owned(),
                text: LocalText(text.into()),
            }),
            by: Role::Supervisor,
            refund: Some(Cents(25)),
        }),
    }
}

fn outgoing(state: MessageState) -> Message {
    message(1, Direction::Outgoing, state)
}

fn with(mut message: Message, change: impl FnOnce(&mut Message)) -> Message {
    change(&mut message);
    message
}

fn appealed(appeal: Appeal) -> Message {
    with(outgoing(rejected()), |m| m.passage.appeal = Some(appeal))
}

/// What central says, what the list says of it, and what the opened message says.
type Case = (&'static str, Message, &'static str, &'static [&'static str]);

fn cases() -> Vec<Case> {
    let tomorrow = UtcMillis(NOON + DAY_MS);
    let yesterday = UtcMillis(NOON - DAY_MS);
    vec![
        (
            "on_hold",
            outgoing(on_hold(None)),
            "Waiting for review",
            &[
                "Written",
                "Left the kiosk",
                "Reached the mail system",
                "Waiting for review since",
                "No day was promised for an answer.",
                "Not delivered yet",
            ],
        ),
        (
            "promised",
            outgoing(on_hold(Some(tomorrow))),
            "Waiting for review",
            &["Answer promised by Monday, June 16.", "Not delivered yet"],
        ),
        (
            "overdue",
            outgoing(on_hold(Some(yesterday))),
            "OVERDUE",
            &["OVERDUE: an answer was promised by Saturday, June 14."],
        ),
        (
            "delivered",
            with(outgoing(MessageState::Delivered), |m| {
                m.passage.delivered_at = Some(hours_ago(60));
            }),
            "Delivered",
            &["Written", "Delivered", "Not read yet", "Write again"],
        ),
        (
            "read",
            with(outgoing(MessageState::Delivered), |m| {
                m.read_at = Some(hours_ago(1))
            }),
            "Read",
            &["Delivered", "Read"],
        ),
        (
            "not_allowed",
            outgoing(rejected()),
            "Not allowed",
            &[
                "Not allowed",
                "Why: There is a drawing of the yard in it.",
                "Rule C-4: No plans of the building.",
                "Decided by a shift supervisor.",
                "25¢ came back to you.",
                "Ask for another reviewer",
            ],
        ),
        (
            "appeal_open",
            appealed(Appeal::Open {
                since: hours_ago(10),
                promised_by: Some(tomorrow),
            }),
            "With another reviewer",
            &[
                "Not allowed",
                "With another reviewer since",
                "Answer promised by Monday, June 16.",
            ],
        ),
        (
            "appeal_overdue",
            appealed(Appeal::Open {
                since: hours_ago(90),
                promised_by: Some(yesterday),
            }),
            "OVERDUE",
            &["OVERDUE: an answer was promised by Saturday, June 14."],
        ),
        (
            "appeal_upheld",
            appealed(Appeal::Upheld {
                at: hours_ago(2),
                by: Role::Administration,
                reason: "The yard may not be drawn.".to_owned(),
            }),
            "Another reviewer said no",
            &[
                "Another reviewer said no",
                "Why: The yard may not be drawn.",
                "Decided by the administration.",
            ],
        ),
        (
            "appeal_granted",
            with(outgoing(MessageState::Delivered), |m| {
                m.passage.appeal = Some(Appeal::Granted { at: hours_ago(2) });
                m.passage.delivered_at = Some(hours_ago(1));
            }),
            "Delivered",
            &["Another reviewer allowed it", "Delivered"],
        ),
        (
            "incoming_on_hold",
            message(1, Direction::Incoming, on_hold(Some(tomorrow))),
            "A message is being reviewed by staff since",
            &[
                "Reached the mail system",
                "Waiting for review since",
                "Answer promised by Monday, June 16.",
            ],
        ),
        (
            "incoming_overdue",
            message(1, Direction::Incoming, on_hold(Some(yesterday))),
            "OVERDUE: an answer was promised by Saturday, June 14.",
            &["OVERDUE: an answer was promised by Saturday, June 14."],
        ),
        (
            "incoming_not_allowed",
            message(1, Direction::Incoming, rejected()),
            "A message was not allowed",
            &[
                "Not allowed",
                "Rule C-4: No plans of the building.",
                "Ask for another reviewer",
            ],
        ),
        (
            "clips",
            with(
                message(1, Direction::Incoming, MessageState::Delivered),
                |m| m.passage.clips = 1,
            ),
            "1 video clip is kept for you at the facility; this terminal cannot show it.",
            &[
                "1 video clip is kept for you",
                "The kids started school.",
                "Answer",
            ],
        ),
        (
            "two_clips",
            with(
                message(1, Direction::Incoming, MessageState::Delivered),
                |m| m.passage.clips = 2,
            ),
            "2 video clips are kept for you at the facility; this terminal cannot show them.",
            &["2 video clips are kept for you", "The kids started school."],
        ),
    ]
}

#[test]
fn each_state_of_centrals_is_a_state_of_the_screen() {
    let mut stage = Stage::new(LANDSCAPE);
    for (name, message, line, page) in cases() {
        let id = message.id;
        stage.put(vec![message]);
        stage.open_thread();
        assert!(
            stage.sees(line),
            "{name}: no {line:?} in {:#?}",
            stage.labels()
        );
        stage.picture(&format!("list_{name}"));
        stage.open(id);
        for text in page {
            assert!(
                stage.sees(text),
                "{name}: no {text:?} in {:#?}",
                stage.labels()
            );
        }
        stage.picture(&format!("open_{name}"));
    }
}

#[test]
fn a_promise_is_overdue_the_moment_after_its_day_and_not_before() {
    let mut stage = Stage::new(LANDSCAPE);
    let by = UtcMillis(NOON + DAY_MS);
    let message = outgoing(on_hold(Some(by)));
    let id = message.id;
    stage.put(vec![message]);
    stage.open(id);
    assert!(!stage.sees("OVERDUE"));
    for (later, overdue) in [(DAY_MS, false), (DAY_MS + 1, true), (2 * DAY_MS, true)] {
        stage.terminal.now.utc = UtcMillis(NOON + later);
        stage.draw();
        assert_eq!(stage.sees("OVERDUE"), overdue, "{later} ms later");
    }
}

fn send(stage: &mut Stage, held: bool, outcome: Option<Outcome>) {
    let body = IntentBody::SendMessage {
        message: letter(9),
        connection: request(1),
        text: "I got your letter. Kiss the kids for me.".to_owned(),
    };
    let boot = stage.terminal.now.boot;
    let held_until = held.then(|| BootMoment {
        at: boot.at.plus(UNDO_HOLD),
        ..boot
    });
    stage.entries.clear();
    stage.did(body, held_until, outcome);
}

#[test]
fn what_was_just_sent_says_where_it_is_until_central_has_it() {
    let mut stage = Stage::new(LANDSCAPE);
    stage.put(vec![message(
        1,
        Direction::Incoming,
        MessageState::Delivered,
    )]);
    send(&mut stage, true, None);
    stage.open_thread();
    assert!(stage.sees("Leaves in a moment"));
    assert!(stage.sees("I got your letter."));
    stage.picture("list_leaves_soon");
    stage.terminal.wait(11);
    stage.draw();
    assert!(stage.sees("On its way"), "{:#?}", stage.labels());
    stage.online(false);
    stage.draw();
    assert!(stage.sees("Waiting for the network"));
    stage.open(letter(9));
    assert!(stage.sees("It is saved here and leaves by itself."));
    assert!(!stage.sees("Star"), "central does not know it yet");
    stage.picture("open_waits_for_network");

    stage.online(true);
    stage.put(vec![Message {
        id: letter(9),
        ..message(2, Direction::Outgoing, on_hold(None))
    }]);
    stage.open_thread();
    let mut rows: Vec<_> = stage.view.seen();
    rows.retain(|seen| seen.label.starts_with("Open the message"));
    let places: std::collections::BTreeSet<u32> =
        rows.iter().map(|seen| seen.place[1].to_bits()).collect();
    assert_eq!(places.len(), 2, "it is there once");
    assert!(stage.sees("Waiting for review"));
}

#[test]
fn what_central_did_not_take_says_why_and_keeps_the_words() {
    for (reason, why) in [
        (
            Refusal::NoFunds,
            "There is not enough money in your account.",
        ),
        (Refusal::TooLong, "It is longer than the facility allows."),
        (
            Refusal::NotActive,
            "You are not in touch with this person now.",
        ),
        (
            Refusal::NotAllowed,
            "The facility does not allow messages to this person.",
        ),
        (Refusal::NotFound, "The mail system did not take it."),
        (Refusal::Unsupported, "The mail system did not take it."),
    ] {
        let mut stage = Stage::new(LANDSCAPE);
        stage.put(Vec::new());
        send(&mut stage, false, Some(Outcome::Refused { reason }));
        stage.open_thread();
        assert!(stage.sees("Not sent"));
        stage.open(letter(9));
        assert!(stage.sees(why), "{reason:?}: {:#?}", stage.labels());
        assert!(stage.sees("Your words are kept."));
        assert!(stage.sees("I got your letter."));
        stage.picture("open_not_sent");
        assert!(stage.view.tap(|label| label == "Open your words", 0));
        let wanted = |event: &Event| matches!(event, Event::Compose(ComposeTap::Write(to)) if *to == request(1));
        assert!(stage.events().iter().any(wanted));
    }
}

#[test]
fn another_reviewer_is_asked_for_with_one_tap_and_undone_with_another() {
    let mut stage = Stage::new(LANDSCAPE);
    stage.put(vec![outgoing(rejected())]);
    stage.open(letter(1));
    stage.tap("Ask for another reviewer");
    let (_, body, held_until) = stage.terminal.recorded.last().unwrap().clone();
    assert_eq!(body, IntentBody::Appeal { message: letter(1) });
    stage.did(body, held_until, None);
    stage.terminal.save_last(1);
    stage.draw();
    assert!(stage.sees("You asked for another reviewer"));
    assert!(stage.control("Ask for another reviewer").is_none());
    stage.picture("open_appeal_waits");

    stage.tap("Undo asking");
    assert!(
        stage
            .terminal
            .did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 1))
    );
    stage.entries.clear();
    stage.draw();
    assert!(stage.control("Ask for another reviewer").is_some());

    stage.tap("Ask for another reviewer");
    let (_, body, held_until) = stage.terminal.recorded.last().unwrap().clone();
    stage.did(body, held_until, None);
    stage.terminal.wait(8);
    stage.draw();
    assert!(stage.control("Undo asking for another reviewer").is_none());
    assert!(stage.sees("You asked for another reviewer"));

    let refused = Some(Outcome::Refused {
        reason: Refusal::AlreadyDecided,
    });
    stage.entries[0].outcome = refused;
    stage.draw();
    assert!(stage.sees("No other reviewer was asked"));
    assert!(stage.sees("This message was decided on for the last time."));
}

#[test]
fn a_star_is_put_on_and_taken_away() {
    let mut stage = Stage::new(LANDSCAPE);
    stage.put(vec![message(
        1,
        Direction::Incoming,
        MessageState::Delivered,
    )]);
    stage.open(letter(1));
    stage.tap("Put a star on it");
    let (_, body, held) = stage.terminal.recorded.last().unwrap().clone();
    assert_eq!(
        body,
        IntentBody::Star {
            message: letter(1),
            on: true
        }
    );
    assert_eq!(held, None);
    stage.did(body, None, None);
    stage.draw();
    assert!(stage.control("Take the star away").is_some());
    stage.picture("open_starred");
    stage.terminal.send(Event::Session(SessionTap::Back));
    stage.draw();
    assert!(stage.sees("Starred"));
}

#[test]
fn a_message_opens_from_its_thread_and_leads_back_to_it() {
    let mut stage = Stage::new(PORTRAIT);
    stage.put(vec![message(
        1,
        Direction::Incoming,
        MessageState::Delivered,
    )]);
    stage.open_thread();
    stage.tap("Open the message");
    assert!(stage.control("Answer").is_some());
    stage.tap("Back");
    assert!(stage.control("Answer").is_none());
    let Screen::Messages(page) = stage.terminal.app.screen() else {
        panic!();
    };
    assert_eq!(page.at, MessagesAt::Conversation(request(1)));
}

#[test]
fn the_states_fit_every_panel_in_spanish_with_long_names() {
    let long = "Maximiliana Guadalupe de los Ángeles Hernández-Villavicencio y Montalvo";
    for (panel, where_) in [(LANDSCAPE, "wide"), (PORTRAIT, "upright"), (SMALL, "small")] {
        let mut stage = Stage::new(panel);
        stage.contact = long.to_owned();
        stage.lane = Lane::Attorney;
        stage.spanish();
        for (name, message, ..) in cases() {
            let id = message.id;
            stage.put(vec![message]);
            stage.open_thread();
            stage.picture(&format!("es_{where_}_list_{name}"));
            stage.open(id);
            stage.picture(&format!("es_{where_}_open_{name}"));
            let (wide, high) = panel.size.unwrap();
            for seen in stage.view.seen() {
                let [x, y, width, height] = seen.place;
                let inside = x >= -0.5 && x + width <= wide as f32 + 0.5;
                assert!(inside, "{where_} {name}: {seen:?}");
                if seen.role == "Button" {
                    assert!(y + height <= high as f32 + 0.5, "{where_} {name}: {seen:?}");
                    assert!(width >= 57.0 && height >= 57.0, "{where_} {name}: {seen:?}");
                }
            }
        }
        stage.view.select_language("en");
    }
}
