//! What central might have said: an ordinary day, a first day, and a day that fits on no screen.
//! All people are invented.

mod own;
mod pages;
mod passports;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::screens::{NUMBER, PIN};
use crate::domain::{
    Access, ApprovalRule, Attachment, AttachmentKind, BlobHash, BootId, BootMillis, BootMoment,
    Cents, Connection, ConnectionId, ConnectionState, Contact, Direction, Identity, Lane,
    LastSignIn, LocalText, MediaType, Message, MessageId, MessageRules, MessageState, Notice,
    NoticeId, NoticeKind, Now, Passage, Policy, RecordId, Resident, ResidentId, ResidentNumber,
    UtcMillis,
};
use crate::store::{
    BlobWriter, CacheChange, CachePage, CacheWriter, ChangeBody, StoreKey, StorePlace,
};

/// Sunday 22 November 2026, 10:41 in the morning in Chicago.
pub const NOW: UtcMillis = UtcMillis(1_795_365_660_000);

/// What the clocks say in all pictures.
pub fn now() -> Now {
    Now {
        boot: BootMoment {
            boot: BootId(1),
            // Just started: nobody has been away for long.
            at: BootMillis(5_000),
        },
        utc: NOW,
    }
}

/// The key of the invented store.
pub fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

/// What a store is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// An ordinary day.
    Ordinary,
    /// The first day.
    First,
    /// Long names, long texts, many of all.
    Long,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ordinary, Self::First, Self::Long];

    /// The name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::First => "first",
            Self::Long => "long",
        }
    }
}

/// Words of the long day that only people outside and operators write: a line that holds one of them
/// may be cut with an ellipsis, where its component says so. A text of ours never may.
pub const OUTSIDE: [&str; 10] = [
    "garden smells",
    "Featherstonehaugh",
    "Cedar County",
    "Northwestern",
    "great-grandmother",
    "Visiting",
    "visitas",
    "Laundry",
    "bolsa",
    "bag out",
];

const EPOCH: &str = "gallery";
/// Who writes the thread that is opened.
const MOTHER: u128 = 0x0c_0002;
const LONG_TAIL: &str = "Maximiliana Featherstonehaugh-Montgomery Wolfeschlegelsteinhausen";
const PARAGRAPH: &str = "It rained all night and the garden smells wonderful. Your aunt came by \
     with the children and they asked when they can see you. I told them about the visiting hours \
     and they made a list of what they want to tell you. ";

/// Writes a store of this kind into `folder`, for a policy that offers these languages.
///
/// # Errors
/// What the disk says.
pub fn write(folder: &Path, set: Set, languages: &[String]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let place = StorePlace::new(folder);
    let mut made = Made::default();
    made.facility(set, languages)?;
    match set {
        Set::First => {}
        Set::Ordinary | Set::Long => made.people(set == Set::Long)?,
    }
    let mut blobs = BlobWriter::open(&place, &key())?;
    for bytes in &made.pictures {
        let hash = hash_of(bytes);
        blobs.begin(hash, u64::try_from(bytes.len())?)?;
        blobs.append(hash, 0, bytes)?;
        blobs.finish(hash)?;
    }
    let mut cache = CacheWriter::open(&place, &key())?;
    cache.apply(&CachePage {
        epoch: EPOCH.to_owned(),
        after: String::new(),
        cursor: "1".to_owned(),
        now: NOW,
        changes: made.changes,
    })?;
    cache.note_contact(NOW)?;
    while cache.index_some()? {}
    own::write_draft(folder, set)
}

/// Lengthens the thread with the mother of [`Set::Ordinary`] by so many messages, newer than all.
///
/// # Errors
/// What the disk says.
pub fn lengthen(folder: &Path, messages: u64) -> anyhow::Result<()> {
    let mut cache = CacheWriter::open(&StorePlace::new(folder), &key())?;
    let with = ConnectionId(Uuid::from_u128(MOTHER));
    let mut made = Made {
        numbers: 1_000,
        ..Made::default()
    };
    for turn in 0..messages {
        let letter = match turn % 4 {
            0 => Letter::from(with, days(1), "Good morning. It rained all night."),
            1 => Letter {
                direction: Direction::Outgoing,
                ..Letter::from(with, days(1), "Tell Ana I am proud of her.")
            },
            2 => Letter::from(with, days(1), PARAGRAPH),
            _ => Letter::from(with, days(1), PARAGRAPH).times(2),
        };
        made.letter(letter.read());
        if made.changes.len() == 500 || turn + 1 == messages {
            let after = cache.position()?.cursor;
            cache.apply(&CachePage {
                epoch: EPOCH.to_owned(),
                cursor: format!("{}", made.numbers),
                after,
                now: NOW,
                changes: std::mem::take(&mut made.changes),
            })?;
        }
    }
    Ok(())
}

fn resident() -> ResidentId {
    ResidentId(Uuid::from_u128(0x0a_0001))
}

fn ago(span: Duration) -> UtcMillis {
    UtcMillis(NOW.0 - i64::try_from(span.as_millis()).unwrap_or(0))
}

fn span_until(at: UtcMillis) -> Duration {
    Duration::from_millis(NOW.0.abs_diff(at.0))
}

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

fn days(n: u64) -> Duration {
    hours(24 * n)
}

fn hash_of(bytes: &[u8]) -> BlobHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    BlobHash(hash)
}

/// The same text in English and Spanish; other languages fall back to English, as on a kiosk.
fn local(english: &str, spanish: &str) -> LocalText {
    LocalText(BTreeMap::from([
        ("en".to_owned(), english.to_owned()),
        ("es".to_owned(), spanish.to_owned()),
    ]))
}

/// A verifier at argon2id's least: it protects nobody.
fn verifier() -> anyhow::Result<String> {
    let least = Params::new(8, 1, 1, None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
    let hash = argon2
        .hash_password_with_salt(PIN.as_bytes(), b"a salt for nobody")
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

/// A picture of so many pixels: a meadow under a sky.
fn picture(width: u32, height: u32, hue: u8) -> anyhow::Result<Vec<u8>> {
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        let down = u8::try_from(y * 255 / height).unwrap_or(255);
        let across = u8::try_from(x * 60 / width).unwrap_or(60);
        if down < 140 {
            image::Rgb([90 + across, 150 + down / 3, 220])
        } else {
            image::Rgb([hue, 120 + across, 60])
        }
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// One contact of the invented resident.
struct Somebody {
    name: &'static str,
    relationship: &'static str,
    lane: Lane,
    note: &'static str,
    asked: Duration,
    state: ConnectionState,
}

/// One message.
struct Letter {
    with: ConnectionId,
    direction: Direction,
    sent: Duration,
    state: MessageState,
    text: String,
    attachments: Vec<Attachment>,
    read: bool,
    passage: Passage,
}

/// What has been made up so far.
#[derive(Default)]
struct Made {
    changes: Vec<CacheChange>,
    pictures: Vec<Vec<u8>>,
    numbers: u64,
}

impl Made {
    fn put(&mut self, id: Uuid, of: Option<ResidentId>, body: ChangeBody) {
        let version = u64::try_from(self.changes.len()).unwrap_or(0) + 1;
        self.changes.push(CacheChange {
            id: RecordId(id),
            version,
            resident: of,
            body,
        });
    }

    fn facility(&mut self, set: Set, languages: &[String]) -> anyhow::Result<()> {
        let long = set == Set::Long;
        let consent = local(
            "Staff may read what you send and receive here, except messages with your attorney or \
             your clergy, which nobody here reads. Staff see that you used this screen and when. \
             If you do not agree, you can still write by paper mail.",
            "El personal puede leer lo que envía y recibe aquí, excepto los mensajes con su \
             abogado o su religioso, que aquí nadie lee. El personal ve que usó esta pantalla y \
             cuándo. Si no está de acuerdo, puede seguir escribiendo por correo en papel.",
        );
        let policy = Policy {
            facility: if long {
                "Northwestern Regional Detention and Rehabilitation Center of Cedar County"
            } else {
                "Cedar County Detention Center"
            }
            .to_owned(),
            unit: "Unit B".to_owned(),
            time_zone: "America/Chicago".to_owned(),
            languages: languages.to_vec(),
            consent_version: 1,
            consent: if long { repeat(&consent, 6) } else { consent },
            messages: MessageRules {
                price: Cents(25),
                ..MessageRules::default()
            },
            ..Policy::default()
        };
        self.put(Uuid::from_u128(1), None, ChangeBody::Policy(policy));
        let resident = Resident {
            id: resident(),
            number: ResidentNumber::parse(NUMBER).context("a number")?,
            name: if long { LONG_TAIL } else { "Marcus Vargas" }.to_owned(),
            pin_verifier: verifier()?,
            badge: None,
            access: Access::Open,
        };
        self.put(
            resident.id.0,
            Some(resident.id),
            ChangeBody::Resident(resident),
        );
        if set != Set::First {
            self.notices(long);
            self.pages(long);
            self.account(long);
            let last = LastSignIn {
                at: ago(hours(26)),
                kiosk: "Unit B, wall".to_owned(),
                failed_since: if long { 3 } else { 0 },
            };
            let of = self::resident();
            self.put(of.0, Some(of), ChangeBody::SignIn(last));
        }
        Ok(())
    }

    fn notices(&mut self, long: bool) {
        let visiting = local(
            "Visiting hours this week are Tuesday to Saturday, 1 to 4 in the afternoon. Everybody \
             who visits needs an identity card with a picture.",
            "El horario de visitas de esta semana es de martes a sábado, de 1 a 4 de la tarde. \
             Quien visita necesita una identificación con foto.",
        );
        let count = if long { 6 } else { 2 };
        for n in 0..count {
            let (title, text) = if n == 0 {
                (
                    local("Visiting hours", "Visiting: horario"),
                    visiting.clone(),
                )
            } else {
                (
                    local("Laundry on Thursday", "Lavandería el jueves"),
                    local(
                        "Please put your bag out before 7 in the morning.",
                        "Por favor saque su bolsa antes de las 7 de la mañana.",
                    ),
                )
            };
            let id = NoticeId(Uuid::from_u128(0x0d_0000 + n));
            let notice = Notice {
                kind: NoticeKind::Notice,
                version: 1,
                must_acknowledge: false,
                order: 0,
                id,
                title,
                text: if long { repeat(&text, 8) } else { text },
                from: ago(hours(3 + u64::try_from(n).unwrap_or(0))),
                until: None,
            };
            self.put(id.0, None, ChangeBody::Notice(notice));
        }
    }

    fn people(&mut self, long: bool) -> anyhow::Result<()> {
        let since = ago(days(18));
        self.somebody(
            1,
            long,
            Somebody {
                name: "Elena Vargas",
                relationship: "Sister",
                lane: Lane::Ordinary,
                note: "It is me, Elena. I finally have this working. Please say yes.",
                asked: hours(2),
                state: ConnectionState::Asked,
            },
        );
        let writes = self.somebody(
            2,
            long,
            Somebody {
                name: "Elena Rosa Vargas",
                relationship: "Mother",
                lane: Lane::Ordinary,
                note: "",
                asked: days(18),
                state: ConnectionState::Active { since },
            },
        );
        let joan = self.somebody(
            3,
            long,
            Somebody {
                name: "Joan Okafor",
                relationship: "Attorney",
                lane: Lane::Attorney,
                note: "I represent you in your hearing.",
                asked: days(17),
                state: ConnectionState::Active { since },
            },
        );
        let tyrell = self.somebody(
            4,
            long,
            Somebody {
                name: "Tyrell Brooks",
                relationship: "Friend",
                lane: Lane::Ordinary,
                note: "",
                asked: days(16),
                state: ConnectionState::Active { since },
            },
        );
        self.somebody(
            5,
            long,
            Somebody {
                name: "Desmond Hale",
                relationship: "Cousin",
                lane: Lane::Ordinary,
                note: "Hey cousin.",
                asked: days(9),
                state: ConnectionState::Refused {
                    at: ago(days(3)),
                    reason: "A court order forbids contact (visiting rule 4)".to_owned(),
                },
            },
        );
        self.somebody(
            6,
            long,
            Somebody {
                name: "Ruth Adeyemi",
                relationship: "Aunt",
                lane: Lane::Ordinary,
                note: "",
                asked: days(2),
                state: ConnectionState::AwaitFacility {
                    since: ago(days(1)),
                },
            },
        );
        let nadia = self.somebody(
            7,
            long,
            Somebody {
                name: "Nadia Haddad",
                relationship: "Cousin",
                lane: Lane::Ordinary,
                note: "",
                asked: days(30),
                state: ConnectionState::Active { since },
            },
        );
        self.kinds(nadia)?;
        self.somebody(
            8,
            long,
            Somebody {
                name: "Grace Whitfield",
                relationship: "Lawyer",
                lane: Lane::Ordinary,
                note: "",
                asked: days(30),
                state: ConnectionState::Active { since },
            },
        );
        let at = ago(days(4));
        for (n, name, state) in [
            (9, "Marvin Pike", ConnectionState::Declined { at }),
            (10, "Curtis Boone", ConnectionState::Blocked { at }),
            (11, "Lena Ortiz", ConnectionState::Removed { at }),
        ] {
            let who = Somebody {
                name,
                relationship: "Friend",
                lane: Lane::Ordinary,
                note: "",
                asked: days(30),
                state,
            };
            self.somebody(n, long, who);
        }
        if long {
            for n in 0..14 {
                let with = self.somebody(
                    20 + n,
                    true,
                    Somebody {
                        name: "Aurelio",
                        relationship: "Friend",
                        lane: Lane::Ordinary,
                        note: "",
                        asked: days(20),
                        state: ConnectionState::Active { since },
                    },
                );
                self.letter(Letter::from(with, days(12), "Hello.").read());
            }
        }
        self.letters(long, writes, joan, tyrell)?;
        Ok(())
    }

    fn somebody(&mut self, n: u128, long: bool, who: Somebody) -> ConnectionId {
        let id = ConnectionId(Uuid::from_u128(0x0c_0000 + n));
        let connection = Connection {
            id,
            resident: resident(),
            contact: Contact {
                name: if long {
                    format!("{} {LONG_TAIL}", who.name)
                } else {
                    who.name.to_owned()
                },
                relationship: if long {
                    format!("{} and great-grandmother of the children", who.relationship)
                } else {
                    who.relationship.to_owned()
                },
                place: Some(if long {
                    "Northwestern Heights Township, Pennsylvania".to_owned()
                } else {
                    "Waco, Texas".to_owned()
                }),
                lane: who.lane,
            },
            note: if long && !who.note.is_empty() {
                format!("{} {}", who.note, PARAGRAPH.repeat(4))
            } else {
                who.note.to_owned()
            },
            identity: Identity::Checked(ago(days(10))),
            approval: ApprovalRule::AfterResident,
            asked_at: ago(who.asked),
            state: who.state,
        };
        self.put(id.0, Some(resident()), ChangeBody::Connection(connection));
        id
    }

    fn letters(
        &mut self,
        long: bool,
        mother: ConnectionId,
        attorney: ConnectionId,
        friend: ConnectionId,
    ) -> anyhow::Result<()> {
        let tomatoes = self.attach(picture(640, 480, 150)?, true)?;
        let duke = self.attach(picture(480, 640, 90)?, true)?;
        let lost = self.attach(picture(64, 64, 10)?, false)?;
        let times = if long { 12 } else { 1 };
        self.letter(
            Letter::from(
                attorney,
                days(13),
                "Your hearing is set for the 14th at 9 in the morning. Please write down any \
                 questions until then.",
            )
            .times(times)
            .read(),
        );
        self.letter(Letter::from(friend, days(6), "Boss says your job is here.").read());
        self.letter(
            Letter::from(friend, days(5), "Here is the lake.")
                .with(vec![lost])
                .read(),
        );
        self.letter(Letter {
            state: MessageState::Rejected {
                at: ago(days(3)),
                reason: "The picture shows another person's identification card (mail rule 7). \
                         The sender was told and can write again without it."
                    .to_owned(),
                decision: Box::default(),
            },
            ..Letter::from(friend, days(4), "")
        });
        if long {
            for n in 0..60 {
                self.letter(Letter::from(mother, days(30 + n), PARAGRAPH).read());
            }
        }
        self.letter(
            Letter {
                direction: Direction::Outgoing,
                ..Letter::from(
                    mother,
                    days(9),
                    "Tell Ana I am proud of her. I will write to her.",
                )
            }
            .read(),
        );
        self.letter(Letter {
            state: MessageState::OnHold {
                since: ago(days(2)),
                promised_by: Some(ago(hours(10))),
            },
            ..Letter::from(mother, days(2), "")
        });
        self.passports(attorney, friend);
        let photos = vec![tomatoes, duke];
        let text = "Look how big they are now! The second picture is Duke, he sleeps on your bed.";
        self.letter(
            Letter::from(mother, hours(30), text)
                .times(times)
                .with(photos)
                .read(),
        );
        self.letter(Letter::from(mother, hours(1), "Good morning mijo."));
        Ok(())
    }

    fn attach(&mut self, bytes: Vec<u8>, there: bool) -> anyhow::Result<Attachment> {
        let attachment = Attachment {
            blob: hash_of(&bytes),
            media: MediaType::Png,
            bytes: u32::try_from(bytes.len())?,
            width: 640,
            height: 480,
            name: "picture.png".to_owned(),
            kind: AttachmentKind::Photo,
        };
        if there {
            self.pictures.push(bytes);
        }
        Ok(attachment)
    }

    fn letter(&mut self, letter: Letter) {
        self.numbers += 1;
        let id = MessageId(Uuid::from_u128(0x0e_0000 + u128::from(self.numbers)));
        let at = ago(letter.sent);
        let message = Message {
            id,
            resident: resident(),
            connection: letter.with,
            number: self.numbers,
            direction: letter.direction,
            at,
            text: (letter.state == MessageState::Delivered).then_some(letter.text),
            state: letter.state,
            attachments: letter.attachments,
            read_at: letter
                .read
                .then_some(letter.passage.delivered_at.unwrap_or(at)),
            passage: letter.passage,
        };
        self.put(id.0, Some(resident()), ChangeBody::Message(message));
    }
}

impl Letter {
    fn from(with: ConnectionId, sent: Duration, text: &str) -> Self {
        Self {
            with,
            direction: Direction::Incoming,
            sent,
            state: MessageState::Delivered,
            text: text.to_owned(),
            attachments: Vec::new(),
            read: false,
            passage: Passage::default(),
        }
    }

    fn read(self) -> Self {
        Self { read: true, ..self }
    }

    fn times(self, times: usize) -> Self {
        let text = vec![self.text.as_str(); times].join(" ");
        Self { text, ..self }
    }

    fn with(self, attachments: Vec<Attachment>) -> Self {
        Self {
            attachments,
            ..self
        }
    }
}

/// Every language's text so many times over.
fn repeat(text: &LocalText, times: usize) -> LocalText {
    let longer =
        |(tag, words): (&String, &String)| (tag.clone(), vec![words.as_str(); times].join(" "));
    LocalText(text.0.iter().map(longer).collect())
}
