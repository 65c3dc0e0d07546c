//! The page to write on, by taps on the real screen tree: what is typed, where the cursor goes, how
//! large the keys are. `DAYROOM_PICTURES=folder` keeps pictures of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    reason = "a test may panic, prints what it measured, and shares the terminal of the app's stories"
)]

#[path = "app_story/terminal.rs"]
mod terminal;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dayroom::domain::{
    Access, Account, ApprovalRule, Cents, Connection, ConnectionState, Contact, Identity, Lane,
    MessageRules, RecordId, Resident, ResidentNumber,
};
use dayroom::store::{
    CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, StoreKey, StorePlace,
};
use dayroom::view::{self, Panel, Shelf, View};
use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
use terminal::*;

const PX_PER_MM: f32 = 3.82;

/// A screen with somebody signed in, whose taps reach the app and whose drafts are kept here.
struct Stage {
    view: View,
    terminal: Terminal,
    taps: Rc<RefCell<VecDeque<Event>>>,
    shelf: Shelf,
    kept: String,
    refused: Option<Refusal>,
    size: (u32, u32),
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new(size: (u32, u32), contact: Contact, state: ConnectionState) -> Self {
        draw_into_memory();
        let folder = tempfile::tempdir().unwrap();
        let place = StorePlace::new(folder.path().join("store"));
        let key = StoreKey::new([9; 32]);
        fill(
            &mut CacheWriter::open(&place, &key).unwrap(),
            contact,
            state,
        );
        let cache = Rc::new(CacheReader::open(&place, &key).unwrap());
        let shelf = Shelf::new(cache, rosa(), &[]);
        let taps: Rc<RefCell<VecDeque<Event>>> = Rc::default();
        let sink: view::Sink = {
            let taps = Rc::clone(&taps);
            Rc::new(move |event| taps.borrow_mut().push_back(event))
        };
        let panel = Panel {
            size: Some(size),
            pixels_per_mm: PX_PER_MM,
        };
        let view = View::open(panel, &sink, || {}).unwrap();
        let mut terminal = Terminal::new();
        terminal.hear(Report::LinkChanged {
            link: Link::Online,
            last_contact: Some(UtcMillis(NOON)),
        });
        terminal.hear(Report::PolicyChanged(Box::new(Policy {
            languages: ["en", "es", "vi", "ht", "zh-Hans", "ar"]
                .map(str::to_owned)
                .to_vec(),
            messages: MessageRules {
                price: Cents(25),
                ..MessageRules::default()
            },
            ..policy()
        })));
        terminal.sign_in();
        Self {
            view,
            terminal,
            taps,
            shelf,
            kept: String::new(),
            refused: None,
            size,
            _folder: folder,
        }
    }

    fn write(&mut self, language: &str) {
        self.send(Event::Wall(WallTap::LanguageChosen(language.to_owned())));
        self.view.select_language(language);
        self.send(Event::Session(SessionTap::GoHome));
        self.send(Event::Compose(ComposeTap::Write(request(1))));
        assert_eq!(self.terminal.screen(), "compose");
        self.settle();
    }

    fn send(&mut self, event: Event) {
        self.taps.borrow_mut().push_back(event);
        self.pump();
    }

    /// What the runtime does with taps: the app decides, the journal keeps, the view draws.
    fn pump(&mut self) {
        loop {
            let Some(event) = self.taps.borrow_mut().pop_front() else {
                return;
            };
            let light = matches!(&event, Event::Compose(tap) if tap.is_typing());
            self.terminal.send(event);
            if self.terminal.opening.is_some() {
                let text = self.kept.clone();
                self.terminal.answer_open(draft_id(1), &text, self.refused);
            }
            while let Some((draft, text, version)) = self.terminal.kept.pop() {
                self.kept = text;
                self.terminal.hear(Report::DraftSaved { draft, version });
            }
            let shelf = self.shelf.clone();
            let (app, now) = (&self.terminal.app, self.terminal.now);
            if light {
                self.view.show_light(app, Some(&shelf), now);
            } else {
                self.view.show(app, Some(&shelf), &[], now);
            }
        }
    }

    /// Draws, so that what follows from layout has happened, and what it says reaches the app.
    fn settle(&mut self) {
        self.view.pixels().unwrap();
        slint_changes();
        self.pump();
        self.view.pixels().unwrap();
    }

    fn tap(&mut self, label: &str) {
        assert!(
            self.view.tap(|text| text == label, 0),
            "{label} is not on the page: {:?}",
            self.labels()
        );
        self.pump();
        slint_changes();
        self.pump();
    }

    fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                ' ' => self.tap("Space"),
                '\n' => self.tap("New line"),
                letter => self.tap(&letter.to_string()),
            }
        }
    }

    fn text(&self) -> &str {
        self.terminal.page().editor.text()
    }

    fn labels(&self) -> Vec<String> {
        self.view
            .seen()
            .into_iter()
            .map(|seen| seen.label)
            .collect()
    }

    fn shows(&self, part: &str) -> bool {
        self.labels().iter().any(|label| label.contains(part))
    }

    fn picture(&mut self, name: &str) {
        self.settle();
        if let Some(folder) = std::env::var_os("DAYROOM_PICTURES") {
            let (width, height) = self.size;
            let path = PathBuf::from(folder).join(format!("{name}-{width}x{height}.png"));
            self.view.write_picture(&path).unwrap();
        }
    }
}

/// Once for each thread that tests; fails when it is there already.
fn draw_into_memory() {
    let backend = TestingBackend::new(TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
    });
    let _ = slint::platform::set_platform(Box::new(backend));
}

/// Lets the page follow what was changed.
fn slint_changes() {
    i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(1));
}

fn elena(lane: Lane, relationship: &str) -> Contact {
    Contact {
        name: "Elena Vargas".to_owned(),
        relationship: relationship.to_owned(),
        place: None,
        lane,
    }
}

fn active() -> ConnectionState {
    ConnectionState::Active {
        since: UtcMillis(NOON),
    }
}

fn sister() -> Contact {
    elena(Lane::Ordinary, "Sister")
}

fn fill(writer: &mut CacheWriter, contact: Contact, state: ConnectionState) {
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
        contact,
        note: String::new(),
        identity: Identity::Unchecked,
        approval: ApprovalRule::ResidentAlone,
        asked_at: UtcMillis(NOON),
        state,
    };
    let account = Account {
        balance: Cents(375),
        ..Account::default()
    };
    let change = |id, body| CacheChange {
        id: RecordId(id),
        version: 1,
        resident: Some(rosa()),
        body,
    };
    let page = CachePage {
        epoch: "e".to_owned(),
        after: writer.position().unwrap().cursor,
        cursor: "1".to_owned(),
        now: UtcMillis(NOON),
        changes: vec![
            change(rosa().0, ChangeBody::Resident(resident)),
            change(request(1).0, ChangeBody::Connection(connection)),
            change(account_id(), ChangeBody::Account(Box::new(account))),
        ],
    };
    writer.apply(&page).unwrap();
}

fn account_id() -> Uuid {
    Uuid::from_u128(0x0b_0001)
}

const PANELS: [(u32, u32); 3] = [(1280, 800), (800, 1280), (1024, 600)];

#[test]
fn writing_by_taps_alone_in_every_panel() {
    for size in PANELS {
        let mut stage = Stage::new(size, sister(), active());
        stage.write("en");
        stage.picture("empty");
        stage.tap("Shift");
        stage.type_text("Tell ana");
        assert_eq!(stage.text(), "Tell ana");
        stage.tap("Delete");
        stage.tap("More letters");
        stage.tap("á");
        stage.tap("New line");
        stage.tap("Digits and signs");
        stage.tap("7");
        assert_eq!(stage.text(), "Tell aná\n7");
        stage.terminal.wait(1);
        stage.send(Event::Runtime(Report::Tick));
        assert_eq!(stage.kept, "Tell aná\n7");
        assert!(stage.shows("READ BY STAFF"));
        // A keyboard somebody plugs in writes nothing, and neither do its shortcuts.
        stage.view.hardware_key("x");
        stage.view.hardware_key("\u{8}");
        stage.settle();
        assert_eq!(stage.text(), "Tell aná\n7");
    }
}

#[test]
fn arrows_move_by_lines_and_a_touch_moves_the_cursor() {
    let mut stage = Stage::new((1280, 800), sister(), active());
    stage.kept = "One\nTwo\nThree".to_owned();
    stage.write("en");
    let cursor = |stage: &Stage| stage.terminal.page().editor.cursor();
    assert_eq!(cursor(&stage), 13);
    stage.tap("Line above");
    stage.settle();
    assert_eq!(cursor(&stage), 7, "the end of a shorter line");
    stage.tap("Line above");
    stage.settle();
    assert_eq!(cursor(&stage), 3);
    stage.tap("To the left");
    stage.tap("Select with the arrows");
    stage.tap("Line below");
    stage.settle();
    assert_eq!(stage.terminal.page().editor.selected(), "e\nTw");
    stage.picture("selection");
    stage.tap("Copy");
    stage.view.touch(48.0, 120.0);
    stage.settle();
    assert_eq!(cursor(&stage), 0, "where it was touched");
    stage.tap("Select with the arrows");
    stage.tap("Paste");
    assert_eq!(stage.text(), "e\nTwOne\nTwo\nThree");
    stage.tap("Undo the last change");
    assert_eq!(stage.text(), "One\nTwo\nThree");
}

#[test]
fn keys_are_as_large_and_as_far_apart_as_a_thumb_asks() {
    for size in PANELS {
        let mut stage = Stage::new(size, sister(), active());
        for language in ["en", "es", "vi", "ht", "zh-Hans", "ar"] {
            stage.write(language);
            stage.picture(&format!("keys-{language}"));
            let seen = stage.view.seen();
            let mut keys: Vec<_> = Vec::new();
            for key in seen.iter().filter(|seen| seen.role == "Button") {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            assert!(keys.len() > 35, "{} keys", keys.len());
            // A low panel has them as high as they fit: half of it is theirs.
            let least = if size.1 == 600 { 14.0 } else { 15.0 } * PX_PER_MM;
            for (at, key) in keys.iter().enumerate() {
                let [x, y, width, height] = key.place;
                assert!(
                    width >= least && height >= least,
                    "{size:?} {language} {}: {width} x {height}",
                    key.label
                );
                assert!(x >= 0.0 && x + width <= size.0 as f32, "{}", key.label);
                assert!(y >= 0.0 && y + height <= size.1 as f32, "{}", key.label);
                for other in keys.iter().skip(at + 1) {
                    let [ox, oy, ow, oh] = other.place;
                    let across = (ox - (x + width)).max(x - (ox + ow));
                    let down = (oy - (y + height)).max(y - (oy + oh));
                    assert!(
                        across.max(down) >= 2.95 * PX_PER_MM,
                        "{size:?} {language}: {} and {}",
                        key.label,
                        other.label
                    );
                }
            }
        }
    }
}

#[test]
fn a_message_is_asked_about_once_and_then_sent() {
    for size in PANELS {
        let mut stage = Stage::new(size, sister(), active());
        stage.kept = LETTER.to_owned();
        stage.write("en");
        stage.picture("long");
        stage.tap("Send");
        stage.picture("confirm");
        assert!(stage.shows("It costs 25¢. You have $3.75."));
        assert!(stage.shows("Staff read it before it goes out."));
        stage.tap("Send now");
        let (_, body, _) = stage.terminal.recorded.last().unwrap();
        assert!(matches!(body, IntentBody::SendMessage { text, .. } if text == LETTER));
        stage.terminal.save_last(4);
        stage.send(Event::Touched);
        stage.send(Event::Runtime(Report::CacheChanged));
        assert!(stage.shows("about to leave"), "{:?}", stage.labels());
    }
}

#[test]
fn what_stands_in_the_way_is_said_and_the_words_stay() {
    let ended = ConnectionState::Removed {
        at: UtcMillis(NOON),
    };
    for (contact, state, refused, said) in [
        (sister(), ended, None, "cannot write to each other"),
        (
            elena(Lane::Ordinary, "My attorney"),
            active(),
            None,
            "seems to be a lawyer",
        ),
        (
            sister(),
            active(),
            Some(Refusal::NoFunds),
            "not enough money",
        ),
    ] {
        for size in PANELS {
            let mut stage = Stage::new(size, contact.clone(), state.clone());
            stage.kept = LETTER.to_owned();
            stage.refused = refused;
            stage.write("en");
            assert!(stage.shows(said), "{:?}", stage.labels());
            stage.picture(&said.replace(' ', "-"));
            stage.view.tap(|label| label == "Send", 0);
            stage.pump();
            let barred = refused.is_none();
            assert_eq!(stage.terminal.page().step == Step::Writing, barred);
            assert_eq!(stage.text(), LETTER);
        }
    }
}

#[test]
fn a_key_is_on_the_glass_in_time_however_long_the_letter_is() {
    let mut stage = Stage::new((1280, 800), sister(), active());
    stage.kept = LETTER.repeat(30).chars().take(5_900).collect();
    stage.write("en");
    let mut times = Vec::new();
    for _ in 0..60 {
        let start = Instant::now();
        stage.send(Event::Compose(ComposeTap::Key(Key::Text("e".to_owned()))));
        slint_changes();
        stage.pump();
        times.push(start.elapsed());
        stage.view.pixels().unwrap();
    }
    times.sort();
    println!("without drawing: p50 {:?}, most {:?}", times[30], times[59]);
    let start = Instant::now();
    stage.view.pixels().unwrap();
    println!("a whole frame: {:?}", start.elapsed());
    stage.picture("full");
}

const LETTER: &str = "Dear Elena,\n\nTell Ana I am proud of her. I will write her a letter and draw \
her the dog she wanted. The days are long but I read a lot, and on Sunday we had music.\n\nSend me \
the picture of the garden when it flowers.\n\nYour brother";
