//! Mail and money over the real command line, the real server and the wire.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod desk;
mod edge;

use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;

use dayroom_protocol::{
    Answer, Appeal, AttachmentKind, Cents, ConnectionState, IntentBody, MessageState, Outcome,
    Refusal, Role,
};
use desk::{Desk, Server, err, fixture, out};
use image::{ImageFormat, RgbImage};

#[test]
fn a_letter_is_paid_reviewed_collected_and_read_outside() {
    let desk = Desk::set_up();
    desk.houses_luis();
    desk.has_reviewers();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    let sister = desk.active(kiosk, luis, "ordinary", Some("ana.ortiz@example.org"));
    desk.message_rules(&[("price", 25.into())]);

    // Without money nothing is sent; with it the price is central's and is shown at once.
    let (_, outcome) = kiosk.send(luis, sister, 1, "Querida Ana");
    let reason = Refusal::NoFunds;
    assert_eq!(outcome, Outcome::Refused { reason });
    let money = ["account", "deposit", "--resident", "1001"];
    for wrong in ["-5", "0", "5.001", "99999999999"] {
        assert_eq!(
            desk.run(&[&money[..], &[wrong]].concat()).status.code(),
            Some(2)
        );
    }
    let said = desk.done(&[&money[..], &["1.00", "--note", "money order 7"]].concat());
    assert!(said.contains("Put 1.00 in; 1.00 is there now."));
    let (id, outcome) = kiosk.send(luis, sister, 2, "Querida Ana,\n\n¿cómo estás?");
    assert_eq!(outcome, Outcome::Applied);
    assert_eq!(kiosk.account(luis).balance, Cents(75));
    let message = id.to_string();

    // It waits with a promise, is read by a reviewer by name, and goes its way.
    assert!(desk.done(&["review", "list"]).contains("outgoing, since"));
    assert!(desk.done(&["review", "list", "--overdue"]).is_empty());
    let folder = desk.path("outside");
    let collect = ["mail", "collect", "outside"];
    let nameless = desk.run(&collect);
    assert!(err(&nameless).contains("note it with `dayroom-central mail from ADDRESS`"));
    desk.done(&["mail", "from", "no-reply@cedar.example"]);
    assert!(desk.done(&collect).contains("0 written"));
    let shown = desk.done(&["review", "show", &message, "--reviewer", "ann lee"]);
    assert!(shown.contains("To: Ana Ortiz") && shown.contains("¿cómo estás?"));
    desk.done(&["review", "release", &message, "--reviewer", "Ann Lee"]);
    let log = desk.done(&["review", "log", &message]);
    assert!(log.contains("Ann Lee read") && log.contains("Ann Lee released"));

    // Collected once, whole, and readable by central's own user alone.
    let early = desk.run(&["message", "opened", &message]);
    assert!(err(&early).contains("this cannot follow"));
    assert!(desk.done(&collect).contains("1 written"));
    let file = folder.join(format!("{message}.eml"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mail = dayroom_central::mail::read_mail(&std::fs::read(&file).unwrap()).unwrap();
    assert!(mail.text.ends_with("Querida Ana,\n\n¿cómo estás?"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert!(desk.done(&collect).contains("0 written"));
    assert!(kiosk.message(id).delivered_at.is_some());
    desk.done(&["message", "opened", &message]);
    assert!(kiosk.message(id).read_at.is_some());

    // The ledger says all of it and comes out even.
    let charge = [
        "account",
        "charge",
        "--resident",
        "1001",
        "0.50",
        "--reason",
    ];
    assert!(err(&desk.run(&[&charge[..], &["Otro."]].concat())).contains("no reason"));
    desk.done(&[&charge[..], &["Commissary order 12"]].concat());
    let show = desk.done(&["account", "show", "--resident", "1001"]);
    assert!(show.starts_with("Left: 0.25\n"));
    assert!(show.contains("-0.25  postage") && show.contains("+1.00  deposit  money order 7"));
    assert!(desk.done(&["account", "audit"]).contains("comes out even"));
    served.stop();
}

#[test]
fn a_letter_is_not_allowed_refunded_appealed_and_judged_by_another() {
    let desk = Desk::set_up();
    desk.houses_luis();
    desk.has_reviewers();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    let sister = desk.active(kiosk, luis, "ordinary", None);
    desk.message_rules(&[("price", 25.into()), ("review_promise", 0.into())]);
    desk.done(&["account", "deposit", "--resident", "1001", "0.25"]);
    let (id, _) = kiosk.send(luis, sister, 1, "Go to 12 Elm Street.");
    let message = id.to_string();
    assert!(
        desk.done(&["review", "list", "--overdue"])
            .contains("OVERDUE")
    );

    let reject = [
        "review",
        "reject",
        &message,
        "--reviewer",
        "Ann Lee",
        "--role",
        "mail-room",
    ];
    for (rule, reason, said) in [
        ("M-9", "An address", "there is no such rule"),
        ("M-7", "Khác", "no reason"),
        ("M-7", " ", "a reason is needed"),
    ] {
        let refused = desk.run(&[&reject[..], &["--rule", rule, "--reason", reason]].concat());
        assert!(
            err(&refused).contains(said),
            "{rule} {reason}: {}",
            err(&refused)
        );
    }
    let why = ["--rule", "M-7", "--reason", "It names Mr. Feld's house."];
    let said = desk.done(&[&reject[..], &why].concat());
    assert!(said.contains("25 cents went back to them."));
    let body = kiosk.message(id);
    let MessageState::Rejected {
        rule,
        by,
        refund,
        reason,
        ..
    } = body.state
    else {
        panic!("not rejected")
    };
    assert_eq!((by, refund), (Role::MailRoom, Some(Cents(25))));
    assert_eq!(
        rule.unwrap().text.in_language("es"),
        "Contiene la dirección de otra persona."
    );
    assert_eq!(reason, "It names Mr. Feld's house.");
    assert_eq!(kiosk.account(luis).balance, Cents(25));

    let outcome = kiosk.acts(luis, IntentBody::Appeal { message: id });
    assert_eq!(outcome, Outcome::Applied);
    assert!(desk.done(&["review", "appeals"]).contains(&message));
    let decide = |who: &str, what: &[&str]| {
        desk.run(&[&["review", "decide", &message, "--reviewer", who], what].concat())
    };
    assert!(err(&decide("Ann Lee", &["--grant"])).contains("another's to judge"));
    assert!(err(&decide("Bo Marsh", &["--uphold"])).contains("a reason is needed"));
    assert_eq!(decide("Bo Marsh", &[]).status.code(), Some(2));
    assert!(decide("Bo Marsh", &["--grant"]).status.success());
    let body = kiosk.message(id);
    assert_eq!(body.state, MessageState::Delivered);
    assert!(matches!(body.appeal, Some(Appeal::Granted { .. })));
    assert_eq!(
        kiosk.account(luis).balance,
        Cents(25),
        "it costs nothing more"
    );
    assert!(desk.done(&["review", "appeals"]).is_empty());
    // A contact without an address is named.
    desk.done(&["mail", "from", "no-reply@cedar.example"]);
    let left = desk.run(&["mail", "collect", "outside"]);
    assert!(err(&left).contains("without a mail address"));
    assert!(out(&left).contains("0 written, 1 stay here."));
    served.stop();
}

#[test]
fn legal_mail_is_neither_opened_nor_scanned_nor_listed_with_words() {
    let desk = Desk::set_up();
    desk.houses_luis();
    desk.has_reviewers();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    let lawyer = desk.active(kiosk, luis, "attorney", Some("park@law.example"));
    let (id, _) = kiosk.send(luis, lawyer, 1, "PRIVILEGED words");
    let message = id.to_string();
    assert_eq!(
        kiosk.message(id).state,
        MessageState::Delivered,
        "never held"
    );
    let by = ["--reviewer", "Ann Lee"];
    for act in [
        [&["review", "show", &message][..], &by].concat(),
        [&["review", "release", &message][..], &by].concat(),
        [
            &[
                "review", "reject", &message, "--rule", "M-7", "--reason", "A map",
            ][..],
            &by,
        ]
        .concat(),
        vec!["message", "hold", &message],
    ] {
        let refused = desk.run(&act);
        assert_eq!(refused.status.code(), Some(1), "{act:?}");
        assert!(!(out(&refused) + &err(&refused)).contains("PRIVILEGED"));
    }
    std::fs::write(desk.path("page.png"), page(80, 100, ImageFormat::Png)).unwrap();
    let scan = desk.run(&["postal", "scan", "--to", &lawyer.to_string(), "page.png"]);
    assert!(err(&scan).contains("not opened and not scanned"));
    let list = desk.done(&["message", "list", "--resident", "1001"]);
    assert!(list.contains("to go out") && !list.contains("PRIVILEGED"));
    assert!(
        desk.done(&["connection", "list", "--resident", "1001"])
            .contains("privileged")
    );
    served.stop();
}

#[test]
fn cards_scans_documents_and_clips_come_in_as_what_they_are() {
    let desk = Desk::set_up();
    desk.houses_luis();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    let sister = desk.active(kiosk, luis, "ordinary", Some("ana.ortiz@example.org"));
    desk.done(&[
        "mail",
        "import",
        &fixture("picture_only.eml"),
        "--as",
        "card",
    ]);
    let newest = |kiosk: &desk::Kiosk| kiosk.message(*kiosk.messages().last().unwrap());
    assert_eq!(newest(kiosk).attachments[0].kind, AttachmentKind::Card);

    let said = desk.run(&["mail", "import", &fixture("video.eml")]);
    assert!(err(&said).contains("1 video clips are kept here; kiosks show none"));
    assert_eq!(newest(kiosk).clips, 1);
    assert!(newest(kiosk).attachments.is_empty());

    std::fs::write(desk.path("1.png"), page(80, 100, ImageFormat::Png)).unwrap();
    std::fs::write(desk.path("2.jpg"), page(81, 100, ImageFormat::Jpeg)).unwrap();
    std::fs::write(desk.path("bomb.png"), b"\x89PNG\r\n\x1a\n no picture").unwrap();
    let to = sister.to_string();
    let scan = ["postal", "scan", "--to", &to];
    let bomb = desk.run(&[&scan[..], &["1.png", "bomb.png"]].concat());
    assert!(err(&bomb).contains("bomb.png: picture is damaged"));
    let before = kiosk.messages().len();
    let pages = [&scan[..], &["2.jpg", "1.png"]].concat();
    assert!(desk.done(&pages).contains("Took in 2 pages"));
    assert!(desk.done(&pages).contains("there already"));
    assert_eq!(
        kiosk.messages().len(),
        before + 1,
        "nothing of what was refused"
    );
    let letter = newest(kiosk);
    let widths: Vec<u16> = letter.attachments.iter().map(|page| page.width).collect();
    assert_eq!(widths, [81, 80], "in the order given");
    let pages = letter.attachments.iter();
    assert!(
        pages
            .clone()
            .all(|page| page.kind == AttachmentKind::MailPage)
    );
    desk.done(&[&scan[..], &["--as", "document", "1.png"]].concat());
    let kind = newest(kiosk).attachments[0].kind;
    assert_eq!(kind, AttachmentKind::DocumentPage);
    served.stop();
}

#[test]
fn a_contact_can_be_ended_blocked_lifted_and_taken_up_again() {
    let desk = Desk::set_up();
    desk.houses_luis();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    let sister = desk.active(kiosk, luis, "ordinary", Some("ana.ortiz@example.org"));
    let answers = |answer| {
        let connection = sister;
        kiosk.acts(luis, IntentBody::AnswerConnection { connection, answer })
    };
    let list = || desk.done(&["connection", "list", "--resident", "1001"]);
    assert_eq!(answers(Answer::Remove), Outcome::Applied);
    assert!(matches!(
        kiosk.standing(sister),
        ConnectionState::Removed { .. }
    ));
    assert!(list().contains("ended by the resident"));
    let mail = desk.run(&["mail", "import", &fixture("plain.eml")]);
    assert!(err(&mail).contains("ended by the resident"));
    assert_eq!(answers(Answer::Block), Outcome::Applied);
    assert!(list().contains("blocked by the resident"));
    let again = desk.run(&[
        "request",
        "add",
        "--resident",
        "1001",
        "--name",
        "Ana",
        "--relationship",
        "sister",
        "--email",
        "ana.ortiz@example.org",
    ]);
    assert!(err(&again).contains("only the resident can lift it"));
    assert_eq!(answers(Answer::Unblock), Outcome::Applied);
    assert!(list().contains("declined by the resident"));
    assert_eq!(answers(Answer::Accept), Outcome::Applied);
    assert!(matches!(
        kiosk.standing(sister),
        ConnectionState::Active { .. }
    ));
    served.stop();
}

#[test]
fn a_star_follows_the_resident() {
    let desk = Desk::set_up();
    desk.houses_luis();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let luis = kiosk.resident();
    desk.active(kiosk, luis, "ordinary", Some("ana.ortiz@example.org"));
    desk.done(&["mail", "import", &fixture("plain.eml")]);
    let message = kiosk.messages()[0];
    for on in [true, false] {
        kiosk.acts(luis, IntentBody::Star { message, on });
        assert_eq!(kiosk.message(message).starred, on);
    }
    served.stop();
}

fn page(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 9]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}
