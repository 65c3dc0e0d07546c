use super::terminal::*;

#[test]
fn a_session_speaks_the_language_chosen_on_the_wall_which_the_wall_forgets_after_a_minute() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::LanguageChosen("xx".to_owned())));
    assert_eq!(t.app.language(), "en");
    t.send(Event::Wall(WallTap::LanguageChosen("es".to_owned())));
    assert!(t.did(|e| matches!(e, Effect::SelectLanguage(tag) if tag == "es")));
    t.wait(30);
    t.sign_in();
    t.wait(90);
    assert_eq!(t.app.language(), "es");
    t.tap(SessionTap::SignOutPressed);
    t.wait(59);
    assert_eq!(t.app.language(), "es");
    t.wait(1);
    assert_eq!(t.app.language(), "en");
    assert!(t.did(|e| matches!(e, Effect::SelectLanguage(tag) if tag == "en")));
}

#[test]
fn a_language_that_is_not_offered_any_more_is_left() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::LanguageChosen("es".to_owned())));
    let languages = vec!["en".to_owned()];
    let fewer = Policy {
        languages,
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(fewer)));
    assert_eq!(t.app.language(), "en");
}

#[test]
fn reading_a_notice_on_the_wall_leaves_no_trace_and_it_closes_by_itself() {
    let notice = NoticeId(Uuid::from_u128(5));
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::OpenNotice(notice)));
    assert!(t.effects.is_empty());
    let open = |t: &Terminal| matches!(t.app.screen(), Screen::Wall(w) if w.open.is_some());
    assert!(open(&t));
    t.send(Event::Wall(WallTap::CloseReading));
    assert!(t.effects.is_empty() && !open(&t));
    t.send(Event::Wall(WallTap::OpenNotice(notice)));
    t.wait(60);
    assert!(!open(&t));
}

#[test]
fn a_lease_that_runs_out_signs_out_and_closes_until_central_speaks_again() {
    let mut t = Terminal::new();
    t.wait(30 * DAY - 60);
    t.sign_in();
    t.wait(59);
    assert_eq!(t.screen(), "home");
    t.wait(1);
    let closed = |t: &Terminal| matches!(t.app.screen(), Screen::Closed(c) if c.reason == ClosedReason::LeaseOver);
    assert!(closed(&t));
    assert!(t.cleared());
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(closed(&t));
    let last_contact = Some(t.now.utc);
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact,
    });
    assert_eq!(t.screen(), "wall");
    t.sign_in();
}

#[test]
fn a_closed_kiosk_ends_the_session_says_why_and_opens_again() {
    let mut t = Terminal::new();
    t.sign_in();
    t.hear(Report::Closed(ClosedReason::StoreFailed));
    assert!(is_closed_for(&t, ClosedReason::StoreFailed));
    assert!(t.cleared());
    assert!(t.audited(AuditEvent::KioskClose(ClosedReason::StoreFailed)));
    online(&mut t);
    assert_eq!(t.screen(), "closed");
    t.hear(Report::Opened);
    assert_eq!(t.screen(), "wall");
}

fn is_closed_for(t: &Terminal, reason: ClosedReason) -> bool {
    matches!(t.app.screen(), Screen::Closed(page) if page.reason == reason)
}

fn online(t: &mut Terminal) {
    let last_contact = Some(t.now.utc);
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact,
    });
}

fn offline(t: &mut Terminal, cause: OfflineCause) {
    t.hear(Report::LinkChanged {
        link: Link::Offline {
            since: t.now.utc,
            cause,
        },
        last_contact: None,
    });
}

#[test]
fn a_proven_revocation_locks_at_once_and_only_central_itself_opens_again() {
    let mut t = Terminal::new();
    t.sign_in();
    offline(&mut t, OfflineCause::Refused);
    assert_eq!(t.screen(), "home", "hanging up proves nothing");
    offline(&mut t, OfflineCause::Revoked);
    assert!(is_closed_for(&t, ClosedReason::Revoked));
    assert!(t.cleared());
    assert!(t.audited(AuditEvent::KioskClose(ClosedReason::Revoked)));
    t.send(Event::Wall(WallTap::SignInPressed));
    for cause in [OfflineCause::Unreachable, OfflineCause::Refused] {
        offline(&mut t, cause);
        assert!(is_closed_for(&t, ClosedReason::Revoked), "{cause:?}");
    }
    t.hear(Report::LinkChanged {
        link: Link::Starting,
        last_contact: None,
    });
    assert!(is_closed_for(&t, ClosedReason::Revoked));
    online(&mut t);
    assert_eq!(t.screen(), "wall");
    t.sign_in();
}

#[test]
fn a_lease_that_is_over_says_whether_waiting_helps() {
    for (cause, reason) in [
        (OfflineCause::CertificateExpired, ClosedReason::Expired),
        (
            OfflineCause::CertificateNotYetValid,
            ClosedReason::ClockWrong,
        ),
        (OfflineCause::ServerExpired, ClosedReason::ClockWrong),
        (OfflineCause::ServerNotYetValid, ClosedReason::ClockWrong),
        (OfflineCause::Unreachable, ClosedReason::LeaseOver),
        (OfflineCause::Refused, ClosedReason::LeaseOver),
    ] {
        let mut t = Terminal::new();
        t.sign_in();
        offline(&mut t, cause);
        assert_eq!(t.screen(), "home", "{cause:?} closes nothing by itself");
        t.wait(31 * DAY);
        assert!(is_closed_for(&t, reason), "{cause:?}");
        // Sync starts again, and does not know yet.
        t.hear(Report::LinkChanged {
            link: Link::Starting,
            last_contact: None,
        });
        assert!(is_closed_for(&t, reason), "{cause:?}");
        online(&mut t);
        assert_eq!(t.screen(), "wall", "{cause:?}");
    }
}

#[test]
fn the_wall_wakes_once_a_minute_and_never_for_anything_else() {
    let mut t = Terminal::new();
    assert_eq!(t.sleep_through(600), 10);
    assert!(t.app.is_dim());
    assert_eq!(t.sleep_through(600), 10);
}

#[test]
fn sync_hurries_while_somebody_stands_at_the_glass_of_an_offline_kiosk() {
    let hurries = |t: &Terminal| t.did(|e| matches!(e, Effect::TellSync(ToSync::PersonWaiting)));
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(hurries(&t));
    let mut t = Terminal::new();
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact: None,
    });
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(!hurries(&t));
}

#[test]
fn touching_the_wall_has_sync_hurry_once_in_five_seconds_unless_online() {
    let hurries = |t: &Terminal| t.did(|e| matches!(e, Effect::TellSync(ToSync::PersonWaiting)));
    let mut t = Terminal::new();
    let mut said = Vec::new();
    for second in 0..12 {
        t.send(Event::Touched);
        if hurries(&t) {
            said.push(second);
        }
        t.wait(1);
    }
    assert_eq!(said, [0, 5, 10]);
    t.hear(Report::Closed(ClosedReason::Revoked));
    t.wait(5);
    t.send(Event::Touched);
    assert!(hurries(&t), "who stands at a closed kiosk waits as well");
    t.wait(5);
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact: None,
    });
    t.send(Event::Touched);
    assert!(!hurries(&t));
}

#[test]
fn new_records_have_the_view_read_again() {
    let mut t = Terminal::new();
    t.hear(Report::CacheChanged);
    assert!(t.did(|e| matches!(e, Effect::Refresh)));
}

#[test]
fn the_light_of_the_wall_goes_down_after_a_minute_and_the_first_touch_only_wakes_it() {
    let mut t = Terminal::new();
    t.wait_ms(59_999);
    assert!(!t.app.is_dim());
    assert_eq!(
        t.app.next_wake(),
        Some(t.now.boot.at.plus(Duration::from_millis(1)))
    );
    t.wait_ms(1);
    assert!(t.app.is_dim());
    t.send(Event::Touched);
    assert!(t.app.is_dim(), "the finger is still on what lies below");
    t.send(Event::Wall(WallTap::Woken));
    assert!(!t.app.is_dim());
    assert_eq!(t.screen(), "wall");
    assert!(t.effects.is_empty(), "waking it leaves no trace");
    t.wait(30);
    t.send(Event::Touched);
    t.wait(59);
    assert!(!t.app.is_dim(), "a touch in the light keeps it up");
    t.wait(1);
    assert!(t.app.is_dim());
}

#[test]
fn the_light_goes_down_on_a_closed_kiosk_too_and_never_on_a_session() {
    let mut t = Terminal::new();
    t.hear(Report::Closed(ClosedReason::Revoked));
    t.wait(60);
    assert!(t.app.is_dim());
    t.hear(Report::Opened);
    t.send(Event::Wall(WallTap::Woken));
    t.sign_in();
    t.wait(99);
    assert!(!t.app.is_dim());
    t.wait(30);
    assert_eq!(t.screen(), "cover");
    assert!(!t.app.is_dim(), "a cover has its own end");
}
