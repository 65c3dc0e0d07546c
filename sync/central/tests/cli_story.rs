//! The operators' command line as a real process, first alone and then beside the server.

mod desk;
mod edge;

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use dayroom_protocol::{Answer, IntentBody, route};
use desk::{Desk, Server, err, fixture, out};
use tempfile::TempDir;

#[test]
fn from_nothing_to_mail_and_what_the_kiosk_did() {
    let desk = Desk::set_up();
    let pins = desk.path("pins.csv");

    // The roster: bad lines are named and nothing goes in; then all of it, each PIN once.
    std::fs::write(
        desk.path("roster.csv"),
        "number,name,unit\n1001,\"Ortiz, Luis\",North\n10x2,Amadou Diallo,North\n\
         2001,Rosalind Achterberg,West\n1003,Ben Okafor,North\n",
    )
    .unwrap();
    let import = ["roster", "import", "roster.csv", "--pins-out", "pins.csv"];
    let refused = desk.run(&import);
    assert_eq!(refused.status.code(), Some(1));
    let said = err(&refused);
    assert!(said.contains("roster.csv: line 3, column \"number\": not 1 to 12 digits"));
    assert!(said.contains("roster.csv: line 4, column \"unit\": no unit of the facility"));
    assert!(said.contains("nothing was imported; correct 2 lines"));
    assert!(!pins.exists(), "nothing was imported");
    std::fs::write(
        desk.path("roster.csv"),
        "number,name,unit\n1001,\"Ortiz, Luis\",North\n1003,Ben Okafor,North\n",
    )
    .unwrap();
    let dry = desk.run(&["roster", "import", "roster.csv", "--dry-run"]);
    assert!(err(&dry).contains("would be 2 arrived"));
    let imported = desk.run(&import);
    assert!(imported.status.success());
    let said = err(&imported);
    assert!(said.contains("2 arrived, 0 moved, 0 renamed, 0 left, 0 unchanged"));
    let table = std::fs::read_to_string(&pins).unwrap();
    assert_eq!(
        std::fs::metadata(&pins).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with("1001,\"Ortiz, Luis\",North,"));
    let pin = rows[1].rsplit(',').next().unwrap();
    assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(!said.contains(pin) && out(&imported).is_empty());
    // The same again changes nothing, and whoever comes new does not come without their PIN: the
    // file with the PINs is not written over.
    assert!(err(&desk.run(&import)).contains("Nothing was changed."));
    let more = "number,name,unit\n1004,Vera Kay,North\n";
    std::fs::write(desk.path("more.csv"), more).unwrap();
    let import = ["roster", "import", "more.csv", "--pins-out", "pins.csv"];
    assert!(err(&desk.run(&import)).contains("nothing was imported"));

    // Who is missing from a complete roster has left, once somebody says yes to that.
    std::fs::write(
        desk.path("all.csv"),
        "number,name,unit\n1001,\"Ortiz, Luis\",North\n",
    )
    .unwrap();
    let complete = ["roster", "import", "all.csv", "--complete"];
    let asked = desk.run(&complete);
    assert!(err(&asked).contains("- 1003 Ben Okafor, North"));
    assert!(err(&asked).contains("nobody is here to say yes"));
    let done = desk.run(&[&complete[..], &["--yes"]].concat());
    assert!(err(&done).contains("0 arrived, 0 moved, 0 renamed, 1 left, 1 unchanged"));
    assert!(done.status.success());

    // Mail before the connection is active, then after.
    let connection = desk.ask("1001", "ana.ortiz@example.org");
    let early = desk.run(&["mail", "import", &fixture("plain.eml")]);
    assert!(err(&early).contains("no connection of ana.ortiz@example.org is active"));
    // A privileged sender is not taken on trust.
    let attorney = [
        "request",
        "add",
        "--resident",
        "1001",
        "--name",
        "Lee Park",
        "--relationship",
        "attorney",
        "--lane",
        "attorney",
        "--email",
        "stranger@example.com",
    ];
    desk.done(&attorney);
    let forged = desk.run(&["mail", "import", &fixture("header_injection.eml")]);
    assert!(err(&forged).contains("privileged contact"));
    let served = Server::start(&desk);
    let resident = served.kiosk.resident();
    served.kiosk.push(vec![(
        1,
        resident,
        IntentBody::AnswerConnection {
            connection,
            answer: Answer::Accept,
        },
    )]);
    desk.done(&["connection", "approve", &connection.to_string()]);

    let mail = desk.run(&[
        "mail",
        "import",
        &fixture("three.mbox"),
        &fixture("wrong_pictures.eml"),
    ]);
    assert_eq!(mail.status.code(), Some(1));
    assert!(out(&mail).contains("3 imported, 0 there already, 1 refused."));
    assert!(err(&mail).contains("three.mbox, message 3: refused: no contact has the address"));
    assert!(err(&mail).contains("wrong_pictures.eml: part 2 \"words.jpg\" (image/jpeg) left out"));
    let again = desk.run(&["mail", "import", &fixture("three.mbox")]);
    assert!(out(&again).contains("0 imported, 2 there already, 1 refused."));
    let named = ["--connection", &connection.to_string()];
    let args = ["mail", "import", &fixture("two_senders.eml")];
    desk.done(&[&args[..], &named[..]].concat());

    // The kiosk reads one; the operator sees the acceptance and the receipt.
    let message = served.kiosk.messages()[0];
    served
        .kiosk
        .push(vec![(2, resident, IntentBody::ReadMessage { message })]);
    let activity = desk.done(&["activity", "--json"]);
    let lines: Vec<serde_json::Value> = activity
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["what"], "connection_answered");
    assert_eq!(lines[0]["connection"], connection.to_string());
    assert_eq!(lines[0]["answer"], "accept");
    assert_eq!(lines[1]["what"], "message_read");
    assert_eq!(lines[1]["message"], message.to_string());
    assert_eq!(lines[1]["kiosk_label"], "North wall");
    let words = desk.done(&["activity"]);
    assert!(words.contains("accepted connection") && words.contains("read message"));

    // Hold, release, reject.
    let id = message.to_string();
    desk.done(&["message", "hold", &id]);
    let twice = desk.run(&["message", "hold", &id]);
    assert!(err(&twice).contains("the message is on hold, this cannot follow"));
    desk.has_reviewers();
    desk.done(&["review", "release", &id, "--reviewer", "Ann Lee"]);
    let reject = [
        "review",
        "reject",
        &id,
        "--rule",
        "M-7",
        "--reviewer",
        "Ann Lee",
    ];
    let unsaid = desk.run(&[&reject[..], &["--reason", "other"]].concat());
    assert!(err(&unsaid).contains("say in --reason which rule"));
    let reason = "Shows another person's address.";
    desk.done(&[&reject[..], &["--reason", reason]].concat());
    let list = desk.done(&["message", "list", "--resident", "1001"]);
    assert!(list.contains("rejected by rule M-7: Shows another person's address."));
    served.stop();
}

#[test]
fn the_server_tells_kiosks_what_another_process_changed_and_cuts_the_revoked() {
    let desk = Desk::set_up();
    let served = Server::start(&desk);
    let kiosk = &served.kiosk;
    let mut pokes = kiosk.wait(async {
        kiosk
            .client
            .get(kiosk.url(route::POKES))
            .send()
            .await
            .unwrap()
    });
    assert!(pokes.status().is_success());
    let roster = "number,name,unit\n1001,Luis Ortiz,North\n2001,Ira Feld,South\n";
    std::fs::write(desk.path("roster.csv"), roster).unwrap();
    let pins = desk.done(&["roster", "import", "roster.csv"]);
    assert!(pins.starts_with("number,name,unit,pin\n1001,Luis Ortiz,North,"));
    assert!(kiosk.wait(next_poke(&mut pokes)));
    let changes: [&[&str]; 3] = [
        &[
            "notice",
            "post",
            "--title",
            "Laundry",
            "--text",
            "On Tuesday.",
        ],
        &["policy", "set", "North", "--lease-days", "20"],
        &["kiosk", "move", "North wall", "--unit", "South"],
    ];
    for change in changes {
        desk.done(change);
        assert!(kiosk.wait(next_poke(&mut pokes)), "{change:?}");
    }
    let revoked_at = Instant::now();
    desk.done(&["kiosk", "revoke", "North wall"]);
    assert!(!kiosk.wait(next_poke(&mut pokes)), "the connection ends");
    assert!(revoked_at.elapsed() < Duration::from_secs(5));
    kiosk.wait(async {
        let refused = kiosk.client.get(kiosk.url(route::CHANGES)).send().await;
        refused.unwrap_err();
    });
    assert!(desk.done(&["status"]).contains("out of service since"));
    served.stop();
}

/// Whether a poke comes before the stream ends.
async fn next_poke(pokes: &mut reqwest::Response) -> bool {
    while let Ok(Some(bytes)) = pokes.chunk().await {
        if String::from_utf8_lossy(&bytes).contains("event: poke") {
            return true;
        }
    }
    false
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let desk = Desk { folder };
    let early = desk.run(&["status"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(err(&early).contains("what to do: run `dayroom-central init`"));
    desk.done(&["init"]);
    assert!(err(&desk.run(&["init"])).contains("is there already"));
    let unit = desk.run(&["unit", "create", "North"]);
    assert!(err(&unit).contains("create one with `dayroom-central facility create NAME`"));
    let zone = desk.run(&["facility", "create", "Cedar", "--time-zone", "Mars/North"]);
    assert!(err(&zone).contains("give an IANA name"));
    desk.done(&["facility", "create", "Cedar"]);
    desk.done(&["facility", "create", "Birch"]);
    let which = desk.run(&["unit", "create", "North"]);
    assert!(err(&which).contains("name one with --facility"));
    let missing = desk.run(&["kiosk", "revoke", "nowhere"]);
    assert!(err(&missing).contains("there is no kiosk \"nowhere\""));
    let unknown = desk.run(&["facility", "destroy"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_policy_that_would_surprise_people_is_refused() {
    let desk = Desk::set_up();
    let set = ["policy", "set", "North"];
    let hasty = desk.run(&[&set[..], &["--idle-warning", "110"]].concat());
    assert!(err(&hasty).contains("less than 20 seconds after the warning"));
    desk.done(&[&set[..], &["--idle-lock", "300", "--idle-warning", "270"]].concat());
    desk.done(
        &[
            &set[..],
            &["--consent", "Messages are read.", "--lease-days", "14"],
        ]
        .concat(),
    );
    let shown: serde_json::Value =
        serde_json::from_str(&desk.done(&["policy", "show", "North"])).unwrap();
    assert_eq!(shown["consent"]["version"], 2);
    assert_eq!(shown["consent"]["text"]["en"], "Messages are read.");
    assert_eq!(shown["lease"], 14 * 24 * 3600);
    let file = desk.path("policy.json");
    std::fs::write(&file, shown.to_string()).unwrap();
    desk.done(&["policy", "set", "North", "--file", "policy.json"]);
    std::fs::write(&file, "{}").unwrap();
    let bad = desk.run(&["policy", "set", "North", "--file", "policy.json"]);
    assert!(err(&bad).contains("write it as `dayroom-central policy show` prints it"));
}

#[test]
fn an_operator_is_told_which_languages_no_native_speaker_has_read() {
    let desk = Desk::set_up();
    let listed = desk.done(&["policy", "languages"]);
    assert!(listed.contains("en       English (English): the screen is written in it"));
    assert!(listed.contains("vi       Tiếng Việt (Vietnamese): not read by a native speaker"));
    assert_eq!(listed.lines().count(), 6);

    let set = ["policy", "set", "North"];
    let offer = [
        "--languages",
        "en,zh-Hans",
        "--consent-in",
        "zh-Hans=消息会被阅读。",
    ];
    let offered = desk.run(&[&set[..], &offer].concat());
    assert_eq!(offered.status.code(), Some(0));
    assert!(err(&offered).contains("Simplified Chinese (zh-Hans): not read by a native speaker"));
    assert!(!err(&offered).contains("shown in English"));
    let bare = desk.run(&[&set[..], &["--languages", "en,ar"]].concat());
    assert!(err(&bare).contains("Arabic (ar): the monitoring text is shown in English"));

    for (tags, wrong) in [
        ("en,tlh", "not all among the screen's"),
        ("en,en", "named twice"),
    ] {
        let refused = desk.run(&[&set[..], &["--languages", tags]].concat());
        assert_eq!(refused.status.code(), Some(1));
        assert!(err(&refused).contains(wrong), "{}", err(&refused));
    }
    let shown: serde_json::Value =
        serde_json::from_str(&desk.done(&["policy", "show", "North"])).unwrap();
    assert_eq!(shown["languages"], serde_json::json!(["en", "ar"]));
    assert_eq!(shown["consent"]["text"]["zh-Hans"], "消息会被阅读。");
    let nowhere = desk.run(&[&set[..], &["--consent-in", "xx=?"]].concat());
    assert_eq!(nowhere.status.code(), Some(2));
}
