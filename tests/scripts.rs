//! What others write shows in its own script on the real pages, with no font but the program's own;
//! and every language fills the wall. Pictures of both are left in `target/tmp/scripts`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    reason = "a test may panic, and shares the terminal of the app's stories"
)]

#[path = "app_story/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use dayroom::domain::text::{clean_block, clean_line};
use dayroom::domain::{
    Access, ApprovalRule, Connection, ConnectionState, Contact, Direction, Identity, Lane, Message,
    MessageState, RecordId, Resident, ResidentNumber,
};
use dayroom::store::{
    CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, StoreKey, StorePlace,
};
use dayroom::view::{self, LANGUAGES, Panel, Shelf, View, picture::Pixels};
use terminal::{
    Event, MessagesTap, NOON, Policy, Report, RequestsTap, SessionTap, Terminal, UtcMillis,
    WallTap, letter, policy, request, rosa,
};

/// Two words of a script, of other letters but as many. If the letters were blanks or boxes, both
/// would look the same.
const SCRIPTS: [(&str, &str, &str); 11] = [
    ("vietnamese", "ơửạệ", "ưỗịẵ"),
    ("creole", "lanmè", "pwofò"),
    ("cyrillic", "Жанна", "Щепка"),
    ("greek", "θεωρ", "φιλψ"),
    ("arabic", "سلام", "يوسف"),
    ("hebrew", "שלום", "דניא"),
    ("chinese", "陈桂华", "刘建国"),
    ("taiwan", "陳國樑", "鄭麗顏"),
    ("japanese", "さくら", "ヒロミ"),
    ("korean", "김민수", "박지영"),
    ("emoji", "😀🎂", "🙏🐶"),
];
/// Pixels that differ at the least: a dot over a letter is more.
const INK: usize = 60;
/// Set in the second process, which has no font of the system.
const ALONE: &str = "DAYROOM_TEST_WITHOUT_FONTS";
const NAME: &str = "every_script_and_every_language_is_drawn_with_no_font_of_the_system";

struct Stage {
    writer: CacheWriter,
    place: StorePlace,
    key: StoreKey,
    view: View,
    terminal: Terminal,
    version: u64,
    pictures: PathBuf,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new(size: (u32, u32), pixels_per_mm: f32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = StorePlace::new(folder.path().join("store"));
        let key = StoreKey::new([9; 32]);
        let sink: view::Sink = Rc::new(|_| {});
        let panel = Panel {
            size: Some(size),
            pixels_per_mm,
        };
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scripts");
        std::fs::create_dir_all(&pictures).unwrap();
        Self {
            writer: CacheWriter::open(&place, &key).unwrap(),
            place,
            key,
            view: View::open(panel, &sink, || {}).unwrap(),
            terminal: Terminal::new(),
            version: 0,
            pictures,
            _folder: folder,
        }
    }

    /// One contact with that name, and one opened message of theirs.
    fn put(&mut self, name: &str, text: &str) {
        self.version += 1;
        let resident = Resident {
            id: rosa(),
            number: ResidentNumber::parse("10427").unwrap(),
            name: "Rosa Birch".to_owned(),
            pin_verifier: String::new(),
            badge: None,
            access: Access::Open,
        };
        let connection = Connection {
            id: request(1),
            resident: rosa(),
            contact: Contact {
                name: clean_line(name, 120),
                relationship: String::new(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::ResidentAlone,
            asked_at: UtcMillis(NOON),
            state: ConnectionState::Active {
                since: UtcMillis(NOON),
            },
        };
        let message = Message {
            id: letter(1),
            resident: rosa(),
            connection: request(1),
            number: 1,
            direction: Direction::Incoming,
            at: UtcMillis(NOON),
            state: MessageState::Delivered,
            text: Some(clean_block(text)),
            attachments: Vec::new(),
            read_at: Some(UtcMillis(NOON)),
            passage: dayroom::domain::Passage::default(),
        };
        let change = |id, body| CacheChange {
            id: RecordId(id),
            version: self.version,
            resident: Some(rosa()),
            body,
        };
        let page = CachePage {
            epoch: "e".to_owned(),
            after: self.writer.position().unwrap().cursor,
            cursor: self.version.to_string(),
            now: UtcMillis(NOON),
            changes: vec![
                change(rosa().0, ChangeBody::Resident(resident)),
                change(request(1).0, ChangeBody::Connection(connection)),
                change(letter(1).0, ChangeBody::Message(message)),
            ],
        };
        self.writer.apply(&page).unwrap();
    }

    fn draw(&mut self, picture: &str) -> Pixels {
        let cache = Rc::new(CacheReader::open(&self.place, &self.key).unwrap());
        let shelf = Shelf::new(cache, rosa(), &[]);
        self.view
            .show(&self.terminal.app, Some(&shelf), &[], self.terminal.now);
        let path = self.pictures.join(format!("{picture}.png"));
        self.view.write_picture(&path).unwrap();
        self.view.pixels().unwrap()
    }

    fn open_thread(&mut self) {
        self.terminal.send(Event::Session(SessionTap::GoHome));
        self.terminal
            .send(Event::Messages(MessagesTap::OpenMessages));
        self.terminal
            .send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    }

    fn speak(&mut self, tag: &str) {
        self.terminal
            .send(Event::Wall(WallTap::LanguageChosen(tag.to_owned())));
        assert_eq!(self.terminal.app.language(), tag);
        self.view.select_language(tag);
    }
}

fn differ(one: &Pixels, other: &Pixels) -> usize {
    let pixels = one.rgba.chunks(4).zip(other.rgba.chunks(4));
    pixels.filter(|(a, b)| a != b).count()
}

/// What reaches over the left or right edge of the screen.
fn cut_off(stage: &Stage, width: u32) -> Vec<String> {
    let edge = width as f32 + 1.0;
    let all = stage.view.seen().into_iter();
    all.filter(|seen| seen.place[0] < -1.0 || seen.place[0] + seen.place[2] > edge)
        .map(|seen| format!("{} at {:?}", seen.label, seen.place))
        .collect()
}

fn labels(stage: &Stage) -> Vec<String> {
    stage
        .view
        .seen()
        .into_iter()
        .map(|seen| seen.label)
        .collect()
}

#[test]
fn every_script_and_every_language_is_drawn_with_no_font_of_the_system() {
    if std::env::var_os(ALONE).is_none() {
        let folder = tempfile::tempdir().unwrap();
        // Fontconfig is never without any font: it knows the one face that is ours anyway.
        let face = "AtkinsonHyperlegibleNext-Regular.ttf";
        let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts");
        std::fs::copy(fonts.join(face), folder.path().join(face)).unwrap();
        let none = folder.path().join("fonts.conf");
        let place = folder.path().display();
        std::fs::write(
            &none,
            format!("<fontconfig><dir>{place}</dir><cachedir>{place}</cachedir></fontconfig>"),
        )
        .unwrap();
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env(ALONE, "1")
            .env("FONTCONFIG_FILE", &none)
            .env_remove("SLINT_FONT_PATH")
            .env_remove("SLINT_DEFAULT_FONT")
            .status()
            .unwrap();
        assert!(again.success());
        return;
    }
    view::probe::draw_into_memory().unwrap();

    // As a message, and in bold as a name.
    let mut stage = Stage::new((1280, 800), 3.82);
    stage.put("Elena Vargas", "Hello.");
    stage.terminal.sign_in();
    stage.open_thread();
    for (script, one, other) in SCRIPTS {
        stage.put("Elena Vargas", one);
        let first = stage.draw(&format!("message-{script}"));
        stage.put("Elena Vargas", other);
        let ink = differ(&first, &stage.draw("other"));
        assert!(ink > INK, "{script} in a message: {ink} pixels");
        stage.put(one, "Hello.");
        let first = stage.draw(&format!("name-{script}"));
        stage.put(other, "Hello.");
        let ink = differ(&first, &stage.draw("other"));
        assert!(ink > INK, "{script} as a name: {ink} pixels");
    }

    // A private use letter has no glyph: the measure above would notice.
    stage.put("Elena Vargas", "\u{e000}\u{e001}");
    let first = stage.draw("other");
    stage.put("Elena Vargas", "\u{e002}\u{e003}");
    assert!(differ(&first, &stage.draw("other")) < INK);
    drop(stage);

    // Every language on the wall and the way in, on the panels there are.
    for (size, pixels_per_mm) in [
        ((1280, 800), 3.82),
        ((1024, 600), 4.61),
        ((800, 1280), 3.82),
    ] {
        let mut stage = Stage::new(size, pixels_per_mm);
        stage.put("Elena Vargas", "Hello.");
        let six = Policy {
            languages: LANGUAGES.map(|language| language.tag.to_owned()).to_vec(),
            facility: "Cedar County Detention Center".to_owned(),
            unit: "Unit B".to_owned(),
            ..policy()
        };
        stage
            .terminal
            .hear(Report::PolicyChanged(Box::new(six.clone())));
        for language in LANGUAGES {
            stage.speak(language.tag);
            stage.draw(&format!("wall-{}-{}", size.0, language.tag));
            let all = labels(&stage);
            let is_there = |name: &str| all.iter().any(|label| label.contains(name));
            assert!(
                is_there(language.name),
                "{size:?} {}: {all:?}",
                language.tag
            );
            assert!(
                LANGUAGES.iter().all(|other| is_there(other.name)),
                "{size:?}: {all:?}"
            );
        }
        stage.terminal.send(Event::Wall(WallTap::SignInPressed));
        for language in LANGUAGES {
            stage.speak(language.tag);
            stage.draw(&format!("sign-in-{}-{}", size.0, language.tag));
            let cut = cut_off(&stage, size.0);
            assert!(cut.is_empty(), "{size:?} {}: {cut:#?}", language.tag);
        }
        let last = LANGUAGES[LANGUAGES.len() - 1].name;
        assert!(stage.view.tap(|label| label.contains(last), 0));
        stage.draw(&format!("languages-{}", size.0));
        let all = labels(&stage);
        // Where there is no room for all of them the list has a way down.
        let is_there = |name: &str| all.iter().any(|label| label == name);
        assert!(
            LANGUAGES
                .iter()
                .filter(|other| is_there(other.name))
                .count()
                >= 3,
            "{size:?}: {all:?}"
        );
        assert!(stage.view.tap(|label| label == "English", 0));
        stage.draw("other");
        assert!(!labels(&stage).iter().any(|label| label == "Kreyòl ayisyen"));

        // Signed in, every page of the session.
        for language in LANGUAGES {
            let mut stage = Stage::new(size, pixels_per_mm);
            stage.put("Elena Vargas", "Hello.");
            stage
                .terminal
                .hear(Report::PolicyChanged(Box::new(six.clone())));
            stage.speak(language.tag);
            stage.terminal.sign_in();
            let pages = [
                ("home", Event::Session(SessionTap::GoHome)),
                ("requests", Event::Requests(RequestsTap::OpenRequests)),
                (
                    "request",
                    Event::Requests(RequestsTap::OpenRequest(request(1))),
                ),
                ("back", Event::Session(SessionTap::GoHome)),
                ("messages", Event::Messages(MessagesTap::OpenMessages)),
                (
                    "thread",
                    Event::Messages(MessagesTap::OpenConversation(request(1))),
                ),
                ("covered", Event::Session(SessionTap::HidePressed)),
            ];
            for (page, tap) in pages {
                stage.terminal.send(tap);
                stage.draw(&format!("{page}-{}-{}", size.0, language.tag));
                let cut = cut_off(&stage, size.0);
                assert!(cut.is_empty(), "{page} {size:?} {}: {cut:#?}", language.tag);
            }
        }
    }
}
