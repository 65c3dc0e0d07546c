//! The operators' words, the real server and the kiosks' own transport, together: the draft key,
//! required reading, a frozen account, rules and codes.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking and looks for one kind of record"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use clap::Parser;
use dayroom_central::ca::Site;
use dayroom_central::cli::{Cli, Output, run};
use dayroom_central::serve::{Listen, Running, open_central, serve_state};
use dayroom_central::{CentralOptions, tls};
use dayroom_client::plan::Position;
use dayroom_client::transport::{
    Deadlines, DeviceIdentity, Endpoint, MemoryKey, Pokes, Transport, TransportError, Trust,
    WallClock,
};
use dayroom_protocol::{
    AccountBody, Contrast, Cursor, DraftKeyHave, DraftKeyId, DraftKeyStanding, DraftKeyWrap,
    DraftPublicKey, Intent, IntentBatch, IntentBody, IntentId, JournalId, NoticeBody, NoticeKind,
    PolicyBody, Preferences, ProblemKind, RecordBody, ResidentId,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tempfile::TempDir;

/// An operator's desk with a facility, the unit North, two kiosks and two residents, served.
struct House {
    folder: TempDir,
    running: Option<Running>,
    port: u16,
}

impl House {
    async fn open() -> Self {
        let mut house = Self {
            folder: TempDir::new().unwrap(),
            running: None,
            port: 0,
        };
        house.done(&["init"]);
        house.done(&["facility", "create", "Cedar County"]);
        house.done(&["unit", "create", "North"]);
        for kiosk in ["wall", "door"] {
            let out = house.path(kiosk);
            house.done(&["kiosk", "create", kiosk, "--unit", "North", "--out", &out]);
        }
        let roster = house.path("roster.csv");
        std::fs::write(
            &roster,
            "number,name,unit\n1001,Luis Ortiz,North\n1002,Ben Okafor,North\n",
        )
        .unwrap();
        house.done(&["roster", "import", &roster]);
        let state = house.folder.path().join("state");
        let mut rng = SmallRng::seed_from_u64(5);
        let central = open_central(&state, CentralOptions::default(), &mut rng).unwrap();
        let listen = Listen::at(SocketAddr::from(([127, 0, 0, 1], 0)));
        let running = serve_state(&state, central, listen, tls::Clock::system())
            .await
            .unwrap();
        house.port = running.local_addr().port();
        house.running = Some(running);
        house
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command line; gives what it said, or what is wrong.
    fn try_to(&self, args: &[&str]) -> Result<String, String> {
        let state = self.path("state");
        let line = ["dayroom-central", "--state", &state];
        let cli =
            Cli::try_parse_from(line.iter().chain(args)).map_err(|error| error.to_string())?;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = Output {
            out: &mut out,
            err: &mut err,
        };
        run(cli, &mut output).map_err(|failure| failure.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn done(&self, args: &[&str]) -> String {
        self.try_to(args)
            .unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    fn kiosk(&self, label: &str) -> Transport {
        let folder = self.folder.path().join(label);
        let read = |name: &str| std::fs::read(folder.join(Path::new(name))).unwrap();
        let site: Site = serde_json::from_slice(&read("site.json")).unwrap();
        let key = MemoryKey::from_pem(&read("identity/key.pem")).unwrap();
        let identity = DeviceIdentity::new(&read("identity/cert.pem"), Arc::new(key)).unwrap();
        let endpoint = Endpoint {
            host: site.central_host,
            port: self.port,
            server_name: site.server_name,
            root_pem: site.root_pem,
        };
        let trust = Trust::by(WallClock::standing(tls::Clock::system().now()));
        Transport::new(&endpoint, &identity, Deadlines::default(), &trust).unwrap()
    }

    async fn close(self) {
        self.running.unwrap().shutdown().await;
    }
}

/// Waits for the next poke, for at most five seconds.
async fn poke(pokes: &mut Pokes) {
    let next = tokio::time::timeout(Duration::from_secs(5), pokes.next());
    assert!(next.await.unwrap().unwrap().is_some());
}

async fn records(kiosk: &Transport) -> Vec<(Option<ResidentId>, RecordBody)> {
    let start = Position {
        epoch: None,
        cursor: Cursor::default(),
    };
    let page = kiosk.changes(&start).await.unwrap();
    assert!(!page.more);
    let read = |record: &dayroom_protocol::RawRecord| (record.resident, record.parse().unwrap());
    page.records.iter().map(read).collect()
}

async fn who(kiosk: &Transport, number: &str) -> ResidentId {
    let records = records(kiosk).await;
    let found = records.iter().find_map(|(resident, body)| match body {
        RecordBody::Resident(body) if body.number == number => *resident,
        _ => None,
    });
    found.unwrap()
}

async fn account(kiosk: &Transport, resident: ResidentId) -> AccountBody {
    let records = records(kiosk).await;
    let found = records.into_iter().find_map(|(of, body)| match body {
        RecordBody::Account(body) if of == Some(resident) => Some(*body),
        _ => None,
    });
    found.unwrap()
}

async fn notices(kiosk: &Transport) -> Vec<NoticeBody> {
    let records = records(kiosk).await;
    let notice = |(_, body)| match body {
        RecordBody::Notice(body) => Some(*body),
        _ => None,
    };
    records.into_iter().filter_map(notice).collect()
}

async fn policy(kiosk: &Transport) -> PolicyBody {
    let records = records(kiosk).await;
    let found = records.into_iter().find_map(|(_, body)| match body {
        RecordBody::Policy(body) => Some(*body),
        _ => None,
    });
    found.unwrap()
}

async fn push(kiosk: &Transport, resident: ResidentId, bodies: Vec<IntentBody>) {
    let intents = (1..).zip(bodies).map(|(number, body)| Intent {
        id: IntentId(uuid::Uuid::from_u128(u128::from(number) + 0x9900)),
        number,
        resident,
        made_at: tls::Clock::system().now(),
        body,
    });
    let batch = IntentBatch {
        journal: JournalId(uuid::Uuid::from_u128(0x77)),
        first_held: 1,
        intents: intents.collect(),
    };
    let expected = batch.intents.len() as u64 + 1;
    assert_eq!(kiosk.push(&batch).await.unwrap().expected, expected);
}

fn refused(done: Result<dayroom_protocol::DraftKeyState, TransportError>) -> ProblemKind {
    match done {
        Err(TransportError::Problem { problem, .. }) => problem.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_key_goes_from_kiosk_to_kiosk_and_operators_see_who_has_it() {
    let house = House::open().await;
    assert!(
        house
            .done(&["draft-key", "show"])
            .contains("has no draft key yet")
    );
    let (wall, door) = (house.kiosk("wall"), house.kiosk("door"));
    let mut wall_pokes = wall.pokes().await.unwrap();
    let mut door_pokes = door.pokes().await.unwrap();
    let have = |generation: u32| DraftKeyHave {
        generation,
        key_id: DraftKeyId([5; 32]),
    };
    let public_key = DraftPublicKey([9; 32]);

    let state = wall.draft_key().await.unwrap();
    assert_eq!(
        (state.you, state.generation),
        (DraftKeyStanding::MayMakeIt, 1)
    );
    assert!(
        house
            .done(&["draft-key", "show"])
            .contains("may make it  wall")
    );
    let state = wall.draft_key_made(&have(1)).await.unwrap();
    assert_eq!(state.you, DraftKeyStanding::Holder);
    assert_eq!(door.draft_key().await.unwrap().you, DraftKeyStanding::NoKey);

    let state = door.draft_key_ask(public_key).await.unwrap();
    assert_eq!(state.you, DraftKeyStanding::Waiting);
    poke(&mut wall_pokes).await;
    let waiting = wall.draft_key().await.unwrap().waiting;
    let [asker] = waiting.as_slice() else {
        panic!("{waiting:?}")
    };
    assert_eq!(
        (asker.label.as_str(), asker.public_key),
        ("door", public_key)
    );
    assert!(
        house
            .done(&["draft-key", "show"])
            .contains("waits        door, since")
    );

    let mut wrap = DraftKeyWrap {
        generation: 1,
        kiosk: asker.kiosk,
        public_key: DraftPublicKey([8; 32]),
        wrapped: "d3JhcHBlZA==".to_owned(),
    };
    let twisted = wall.draft_key_wrap(&wrap).await;
    assert_eq!(refused(twisted), ProblemKind::DraftKey);
    wrap.public_key = public_key;
    let stranger = door.draft_key_wrap(&wrap).await;
    assert_eq!(refused(stranger), ProblemKind::DraftKey);
    wall.draft_key_wrap(&wrap).await.unwrap();
    poke(&mut door_pokes).await;
    let told = door.draft_key().await.unwrap();
    let DraftKeyStanding::Wrapped { label, wrapped, .. } = told.you else {
        panic!("{told:?}")
    };
    assert_eq!((label.as_str(), wrapped), ("wall", wrap.wrapped));
    let state = door.draft_key_held(&have(1)).await.unwrap();
    assert_eq!(state.you, DraftKeyStanding::Holder);
    poke(&mut wall_pokes).await;
    let shown = house.done(&["draft-key", "show", "Cedar County"]);
    assert!(shown.contains("has it       door") && shown.contains("has it       wall"));
    assert!(shown.contains("Unsent messages kept: 0. None of them is lost."));
    let activity = house.done(&["activity"]);
    assert!(activity.contains("wall: made draft key 1"));
    assert!(activity.contains("door: has draft key 1"));

    // From another process, and only with the words that say what is lost.
    let unsure = house.try_to(&["draft-key", "reset"]).unwrap_err();
    assert!(unsure.contains("nobody can open the 0 unsent messages"));
    assert!(unsure.contains("--yes-lose-drafts"));
    house.done(&["draft-key", "reset", "--yes-lose-drafts"]);
    poke(&mut wall_pokes).await;
    poke(&mut door_pokes).await;
    let state = door.draft_key().await.unwrap();
    assert_eq!(
        (state.you, state.generation),
        (DraftKeyStanding::MayMakeIt, 2)
    );
    assert_eq!(wall.draft_key().await.unwrap().you, DraftKeyStanding::NoKey);
    assert!(
        house
            .done(&["draft-key", "show"])
            .contains("it is not made yet")
    );
    door.draft_key_made(&have(2)).await.unwrap();
    let revoked = house.done(&["kiosk", "revoke", "wall"]);
    assert!(!revoked.contains("draft key"));
    let revoked = house.done(&["kiosk", "revoke", "door"]);
    assert!(revoked.contains("No other kiosk had the draft key. Unsent messages kept: 0."));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handbook_page_is_read_acknowledged_and_read_again_when_it_is_revised() {
    let house = House::open().await;
    let wall = house.kiosk("wall");
    let folder = house.folder.path().join("visits");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("en.txt"),
        "Visits\n\nOn Saturday.\n\nBring an ID.\n",
    )
    .unwrap();
    std::fs::write(folder.join("es.txt"), "Visitas\nLos sábados.\n").unwrap();
    std::fs::write(folder.join("notes~"), "not a language").unwrap();
    let folder = house.path("visits");
    let posted = house.done(&[
        "notice",
        "post",
        "--kind",
        "handbook",
        "--folder",
        &folder,
        "--title",
        "vi=Thăm nuôi",
        "--text",
        "vi=Thứ bảy.",
        "--must-acknowledge",
        "--order",
        "3",
    ]);
    let id = posted
        .split_whitespace()
        .find_map(|word| word.parse::<dayroom_protocol::NoticeId>().ok())
        .unwrap();
    let page = notices(&wall).await.remove(0);
    assert_eq!(page.kind, NoticeKind::Handbook);
    assert!(page.must_acknowledge && page.order == 3 && page.version == 1);
    assert_eq!(page.title.in_language("vi"), "Thăm nuôi");
    assert_eq!(page.text.in_language("en"), "On Saturday.\n\nBring an ID.");
    assert_eq!(page.text.in_language("es"), "Los sábados.");
    let bare = [
        "notice",
        "post",
        "--title",
        "es=Visitas",
        "--text",
        "es=Hoy.",
    ];
    let bare = house.try_to(&bare).unwrap_err();
    assert!(bare.contains("no heading in English"));

    let traced = [
        "notice",
        "post",
        "--kind",
        "reporting",
        "--title",
        "Outside",
        "--text",
        "Dial #77.",
        "--must-acknowledge",
    ];
    assert!(
        house
            .try_to(&traced)
            .unwrap_err()
            .contains("opened without a trace")
    );

    let luis = who(&wall, "1001").await;
    let read = |version| IntentBody::AcknowledgeNotice {
        notice: id,
        version,
    };
    push(&wall, luis, vec![read(1)]).await;
    let id = id.to_string();
    let said = house.done(&["notice", "acknowledgements", &id]);
    assert!(said.contains("Visits, version 1: 1 have read it, 1 have not."));
    assert!(said.contains("read  1001  Luis Ortiz,") && said.contains("NOT   1002  Ben Okafor"));

    house.done(&[
        "notice",
        "revise",
        &id,
        "--text",
        "On Sunday.",
        "--order",
        "1",
    ]);
    let page = notices(&wall).await.remove(0);
    assert_eq!((page.version, page.order), (2, 1));
    assert_eq!(page.text.in_language("en"), "On Sunday.");
    assert_eq!(
        page.text.in_language("es"),
        "Los sábados.",
        "until it is given"
    );
    let said = house.done(&["notice", "acknowledgements", &id]);
    assert!(said.contains("version 2: 0 have read it, 2 have not."));
    assert!(said.contains("Luis Ortiz, has read version 1"));
    let list = house.done(&["notice", "list"]);
    assert!(list.contains("handbook page 1, version 2, to be acknowledged (en es vi): Visits"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_frozen_at_the_kiosk_and_opened_at_the_desk() {
    let house = House::open().await;
    let (wall, door) = (house.kiosk("wall"), house.kiosk("door"));
    let luis = who(&wall, "1001").await;
    let preferences = Preferences {
        language: Some("es".to_owned()),
        contrast: Contrast::High,
        ..Preferences::default()
    };
    let bodies = vec![
        IntentBody::FailSignIn,
        IntentBody::SignIn,
        IntentBody::SetPreferences {
            preferences: preferences.clone(),
        },
        IntentBody::FreezeAccount,
    ];
    push(&wall, luis, bodies).await;
    let seen = account(&door, luis).await;
    assert_eq!(seen.preferences, preferences);
    assert_eq!(seen.sign_ins.len(), 2);
    let shown = house.done(&["resident", "show", "1001"]);
    assert!(shown.contains("1001 may not sign in."));
    assert!(shown.contains("wall  WRONG PIN") && shown.contains("wall  signed in"));
    house.done(&["resident", "open", "1001"]);
    assert!(
        house
            .done(&["resident", "show", "1001"])
            .contains("1001 may sign in.")
    );
    house.done(&["resident", "freeze", "1001"]);
    assert!(
        house
            .done(&["resident", "show", "1001"])
            .contains("may not sign in.")
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_languages_and_the_technicians_code_reach_every_unit_and_are_checked() {
    let house = House::open().await;
    house.done(&["unit", "create", "South"]);
    let wall = house.kiosk("wall");
    house.done(&[
        "policy",
        "messages",
        "--price",
        "0.25",
        "--characters",
        "4000",
        "--review",
        "off",
        "--promise",
        "12h",
        "--refund",
        "off",
    ]);
    house.done(&[
        "policy",
        "languages",
        "en",
        "es",
        "zh-Hans",
        "--unit",
        "North",
    ]);
    let code = house.done(&["policy", "technician-code"]);
    let code = code.trim();
    assert!(code.len() == 10 && code.bytes().all(|byte| byte.is_ascii_digit()));
    let policy_now = policy(&wall).await;
    let rules = &policy_now.messages;
    assert_eq!((rules.price.0, rules.characters), (25, 4000));
    assert_eq!((rules.review, rules.refund), (false, false));
    assert_eq!(rules.review_promise.0, 12 * 3600);
    assert_eq!(policy_now.languages, ["en", "es", "zh-Hans"]);
    let verifier = policy_now.technician_verifier.unwrap();
    Argon2::default()
        .verify_password(code.as_bytes(), &PasswordHash::new(&verifier).unwrap())
        .unwrap();
    let south: PolicyBody =
        serde_json::from_str(&house.done(&["policy", "show", "South"])).unwrap();
    assert_eq!(south.technician_verifier, Some(verifier));
    assert_eq!(south.languages, ["en", "es"]);
    let state = std::fs::read(house.folder.path().join("state/central.db")).unwrap();
    assert!(
        !String::from_utf8_lossy(&state).contains(code),
        "only its verifier is kept"
    );
    house.done(&["policy", "technician-code", "--remove"]);
    assert_eq!(policy(&wall).await.technician_verifier, None);

    let wrong = [
        (&["--price", "2.5"][..], "is no price"),
        (&["--characters", "0"], "may have 1 to"),
        (&["--characters", "20001"], "may have 1 to"),
        (&["--promise", "soon"], "no length of time"),
    ];
    for (args, says) in wrong {
        let error = house
            .try_to(&[&["policy", "messages"], args].concat())
            .unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let tag = house
        .try_to(&["policy", "languages", "English"])
        .unwrap_err();
    assert!(tag.contains("not all among the screen's"), "{tag}");
    assert_eq!(
        policy(&wall).await.messages.price.0,
        25,
        "nothing was changed"
    );
    house.close().await;
}
