use super::terminal::*;

use dayroom::app::flows::find::{Filters, Find, MOST_TYPED, With};

fn find(t: &mut Terminal, taps: impl IntoIterator<Item = FindTap>) {
    for tap in taps {
        t.send(Event::Find(tap));
    }
}

fn typed(text: &str) -> FindTap {
    FindTap::Typed(text.to_owned())
}

fn page(t: &Terminal) -> &Find {
    match t.app.screen() {
        Screen::Find(page) => page,
        _ => panic!("not searching"),
    }
}

fn searching() -> Terminal {
    let mut t = Terminal::new();
    t.sign_in();
    find(
        &mut t,
        [FindTap::OpenFind, typed("s"), typed("c"), typed("h")],
    );
    t
}

#[test]
fn what_is_typed_is_looked_for_and_can_be_taken_back() {
    let mut t = searching();
    assert_eq!(page(&t).typed(), "sch");
    assert!(page(&t).typing);
    assert!(page(&t).query().words.find("the School").is_some());
    find(
        &mut t,
        [FindTap::Erase, typed(" "), typed("ñ"), FindTap::Done],
    );
    assert_eq!((page(&t).typed(), page(&t).typing), ("sc ñ", false));
    find(
        &mut t,
        [FindTap::FieldPressed, FindTap::Clear, FindTap::Erase],
    );
    assert_eq!((page(&t).typed(), page(&t).typing), ("", true));
    assert!(page(&t).query().is_empty());
    find(&mut t, [typed(&"é\u{7}".repeat(500))]);
    assert_eq!(page(&t).typed().chars().count(), MOST_TYPED);
}

#[test]
fn words_are_gone_on_leaving_hiding_and_signing_out() {
    for leave in [
        Event::Session(SessionTap::GoHome),
        Event::Session(SessionTap::Back),
        Event::Messages(MessagesTap::OpenMessages),
    ] {
        let mut t = searching();
        t.send(leave);
        assert_ne!(t.screen(), "find");
        find(&mut t, [FindTap::OpenFind]);
        assert_eq!(page(&t).typed(), "");
    }
    let mut t = searching();
    t.tap(SessionTap::HidePressed);
    assert!(t.did(|e| matches!(e, Effect::ClearPerson)));
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(rosa()));
    assert_eq!(
        page(&t).typed(),
        "",
        "where they were, but not what they typed"
    );
    t.tap(SessionTap::SignOutPressed);
    assert_eq!(t.screen(), "wall");
    let tap = typed("secret");
    assert_eq!(format!("{:?}", Event::Find(tap)), "Find(FindTap(_))");
}

#[test]
fn opening_the_search_again_keeps_what_was_typed() {
    let mut t = searching();
    find(&mut t, [FindTap::OpenFind]);
    assert_eq!(page(&t).typed(), "sch");
}

#[test]
fn filters_go_on_and_off() {
    let mut t = searching();
    find(&mut t, [FindTap::UnreadPressed, FindTap::StarredPressed]);
    let both = Filters {
        unread_only: true,
        starred: true,
        with: With::Anyone,
    };
    assert_eq!(page(&t).filters, both);
    find(&mut t, [FindTap::UnreadPressed, FindTap::StarredPressed]);
    assert_eq!(page(&t).filters, Filters::default());
    find(&mut t, [FindTap::ContactPressed]);
    assert_eq!(page(&t).filters.with, With::Choosing);
    assert_eq!(page(&t).query().with, None);
    find(&mut t, [FindTap::ContactChosen(request(2))]);
    assert_eq!(page(&t).query().with, Some(request(2)));
    find(&mut t, [FindTap::ContactPressed]);
    assert_eq!(page(&t).filters.with, With::Anyone);
}

#[test]
fn what_was_found_opens_in_its_conversation_without_telling_the_sender() {
    let mut t = searching();
    let before = t.recorded.len();
    let (conversation, message) = (request(1), letter(3));
    find(
        &mut t,
        [FindTap::OpenHit {
            conversation,
            message,
        }],
    );
    let Screen::Messages(messages) = t.app.screen() else {
        panic!();
    };
    let expected = MessagesAt::Message {
        conversation,
        message,
    };
    assert_eq!(messages.at, expected);
    assert_eq!(t.recorded.len(), before);
    t.tap(SessionTap::Back);
    assert_eq!(t.screen(), "messages");
}

#[test]
fn nobody_searches_who_is_not_signed_in() {
    let mut t = Terminal::new();
    find(&mut t, [FindTap::OpenFind, typed("a")]);
    assert_eq!(t.screen(), "wall");
}
