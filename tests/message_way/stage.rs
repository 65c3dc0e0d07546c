//! The real pages over a real cache, drawn into memory.

use std::cell::RefCell;
use std::io::Cursor;
use std::path::PathBuf;
use std::rc::Rc;

use dayroom::domain::local::{Link, OfflineCause};
use dayroom::domain::overlay::JournalEntry;
use dayroom::domain::{
    Access, ApprovalRule, Attachment, AttachmentKind, BlobHash, Connection, ConnectionState,
    Contact, Direction, Identity, Intent, IntentId, Lane, MediaType, Message, MessageState,
    Outcome, Passage, RecordId, Resident, ResidentNumber,
};
use dayroom::store::{
    CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, StoreKey, StorePlace,
};
use dayroom::view::picture::{self, Pixels};
use dayroom::view::pictures::Failure;
use dayroom::view::probe::Seen as Label;
use dayroom::view::{self, Panel, Shelf, View};

use super::terminal::*;

pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub const LANDSCAPE: Panel = Panel {
    size: Some((1280, 800)),
    pixels_per_mm: 3.82,
};
pub const PORTRAIT: Panel = Panel {
    size: Some((800, 1280)),
    pixels_per_mm: 3.82,
};
pub const SMALL: Panel = Panel {
    size: Some((1024, 600)),
    pixels_per_mm: 3.82,
};

pub struct Stage {
    pub terminal: Terminal,
    pub view: View,
    pub entries: Vec<JournalEntry>,
    pub contact: String,
    pub lane: Lane,
    writer: CacheWriter,
    place: StorePlace,
    key: StoreKey,
    events: Rc<RefCell<Vec<Event>>>,
    pictures: Vec<(BlobHash, Vec<u8>)>,
    version: u64,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub fn new(panel: Panel) -> Self {
        // An earlier stage of this story may have set it.
        let _ = view::probe::draw_without_a_loop();
        let folder = tempfile::tempdir().unwrap();
        let place = StorePlace::new(folder.path().join("store"));
        let key = StoreKey::new([9; 32]);
        let writer = CacheWriter::open(&place, &key).unwrap();
        let events: Rc<RefCell<Vec<Event>>> = Rc::default();
        let heard = Rc::clone(&events);
        let sink: view::Sink = Rc::new(move |event| heard.borrow_mut().push(event));
        let view = View::open(panel, &sink, || {}).unwrap();
        let mut terminal = Terminal::new();
        terminal.sign_in();
        let mut stage = Self {
            terminal,
            view,
            entries: Vec::new(),
            contact: "Elena Vargas".to_owned(),
            lane: Lane::Ordinary,
            writer,
            place,
            key,
            events,
            pictures: Vec::new(),
            version: 0,
            _folder: folder,
        };
        stage.online(true);
        stage
    }

    pub fn online(&mut self, online: bool) {
        let link = if online {
            Link::Online
        } else {
            Link::Offline {
                since: UtcMillis(NOON),
                cause: OfflineCause::Unreachable,
            }
        };
        let last_contact = Some(self.terminal.now.utc);
        self.terminal
            .hear(Report::LinkChanged { link, last_contact });
    }

    pub fn spanish(&mut self) {
        let tag = "es".to_owned();
        self.terminal
            .send(Event::Wall(WallTap::LanguageChosen(tag)));
        self.view.select_language("es");
    }

    /// Central says this of one contact and these messages.
    pub fn put(&mut self, messages: Vec<Message>) {
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
                name: self.contact.clone(),
                relationship: "Sister".to_owned(),
                place: None,
                lane: self.lane,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::ResidentAlone,
            asked_at: UtcMillis(NOON),
            state: ConnectionState::Active {
                since: UtcMillis(NOON),
            },
        };
        let change = |id, body| CacheChange {
            id: RecordId(id),
            version: self.version,
            resident: Some(rosa()),
            body,
        };
        let mut changes = vec![
            change(rosa().0, ChangeBody::Resident(resident)),
            change(request(1).0, ChangeBody::Connection(connection)),
        ];
        let all = messages.into_iter();
        changes.extend(all.map(|one| change(one.id.0, ChangeBody::Message(one))));
        let page = CachePage {
            epoch: "e".to_owned(),
            after: self.writer.position().unwrap().cursor,
            cursor: self.version.to_string(),
            now: UtcMillis(NOON),
            changes,
        };
        self.writer.apply(&page).unwrap();
    }

    /// What was done here and is to be shown.
    pub fn did(
        &mut self,
        body: IntentBody,
        held_until: Option<BootMoment>,
        outcome: Option<Outcome>,
    ) {
        let number = 1 + self.entries.len() as u64;
        self.entries.push(JournalEntry {
            intent: Intent {
                id: IntentId(Uuid::from_u128(0x77_0000 + u128::from(number))),
                number: IntentNumber(number),
                resident: rosa(),
                made_at: self.terminal.now.utc,
                held_until,
                body,
            },
            outcome,
        });
    }

    pub fn open_thread(&mut self) {
        self.terminal.send(Event::Session(SessionTap::GoHome));
        self.terminal
            .send(Event::Messages(MessagesTap::OpenMessages));
        self.terminal
            .send(Event::Messages(MessagesTap::OpenConversation(request(1))));
        self.draw();
    }

    pub fn open(&mut self, message: MessageId) {
        self.open_thread();
        self.terminal.send(Event::Messages(MessagesTap::OpenMessage(
            message,
            Seen::Before,
        )));
        self.draw();
    }

    /// Draws what is open, with every picture it asks for.
    pub fn draw(&mut self) {
        for _ in 0..6 {
            let cache = Rc::new(CacheReader::open(&self.place, &self.key).unwrap());
            let shelf = Shelf::new(cache, rosa(), &self.entries);
            self.view
                .show(&self.terminal.app, Some(&shelf), &[], self.terminal.now);
            self.view.pixels().unwrap();
            assert!(!shelf.has_failed());
            if !self.decode() {
                return;
            }
        }
    }

    fn decode(&self) -> bool {
        let all = self.view.pictures().take_wanted();
        for wanted in &all {
            let bytes = self.pictures.iter().find(|(blob, _)| *blob == wanted.blob);
            let bytes = bytes.map_or(&[][..], |(_, bytes)| bytes);
            let pixels = picture::decode(bytes, wanted.media, wanted.fit.side());
            let pixels = pixels.as_ref().map_err(Failure::from);
            self.view.pictures().hold(wanted, pixels);
        }
        !all.is_empty()
    }

    /// Taps, and everything that follows from it.
    pub fn tap(&mut self, label: &str) {
        assert!(
            self.view.tap(|seen| seen.starts_with(label), 0),
            "no {label:?} among {:?}",
            self.labels()
        );
        for event in self.events.take() {
            // That somebody was there says nothing here, and has effects of its own.
            if !matches!(event, Event::Touched) {
                self.terminal.send(event);
            }
        }
        self.draw();
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.take()
    }

    pub fn labels(&self) -> Vec<String> {
        self.view
            .seen()
            .into_iter()
            .map(|seen| seen.label)
            .collect()
    }

    pub fn sees(&self, text: &str) -> bool {
        self.labels().iter().any(|label| label.contains(text))
    }

    pub fn control(&self, label: &str) -> Option<Label> {
        let mut all = self.view.seen().into_iter();
        all.find(|seen| seen.label == label && seen.role != "Text")
    }

    pub fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("DAYROOM_PICTURES") {
            let folder = PathBuf::from(folder);
            std::fs::create_dir_all(&folder).unwrap();
            self.view
                .write_picture(&folder.join(format!("{name}.png")))
                .unwrap();
        }
    }

    /// A picture of central's: stripes, so that it shows where it is looked at.
    pub fn attach(&mut self, n: u8, kind: AttachmentKind, size: (u16, u16)) -> Attachment {
        let (width, height) = size;
        let stripes = image::RgbImage::from_fn(width.into(), height.into(), |x, y| {
            let paper = [250 - n % 5 * 20, 240, 220 + n % 3 * 12];
            let line = y % 60 > 52 && x > 80 && x + 80 < u32::from(width);
            image::Rgb(if line { [60, 50, 90] } else { paper })
        });
        let mut bytes = Cursor::new(Vec::new());
        stripes
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        self.attach_bytes(n, kind, size, bytes.into_inner())
    }

    pub fn attach_bytes(
        &mut self,
        n: u8,
        kind: AttachmentKind,
        (width, height): (u16, u16),
        bytes: Vec<u8>,
    ) -> Attachment {
        let blob = BlobHash([n; 32]);
        let length = u32::try_from(bytes.len()).unwrap();
        self.pictures.push((blob, bytes));
        Attachment {
            blob,
            media: MediaType::Png,
            bytes: length,
            width,
            height,
            name: format!("page {n}"),
            kind,
        }
    }
}

pub fn hours_ago(hours: i64) -> UtcMillis {
    UtcMillis(NOON - hours * 60 * 60 * 1000)
}

/// A message as central tells of it.
pub fn message(n: u64, direction: Direction, state: MessageState) -> Message {
    Message {
        id: letter(n.into()),
        resident: rosa(),
        connection: request(1),
        number: n,
        direction,
        at: hours_ago(70),
        text: matches!(state, MessageState::Delivered)
            .then(|| "The kids started school. Ana reads better than me already.".to_owned())
            .or((direction == Direction::Outgoing)
                .then(|| "Tell Ana I am proud of her. I will write her a letter.".to_owned())),
        state,
        attachments: Vec::new(),
        read_at: (direction == Direction::Incoming).then(|| hours_ago(50)),
        passage: Passage {
            written_at: (direction == Direction::Outgoing).then(|| hours_ago(71)),
            ..Passage::default()
        },
    }
}
