//! Made-up people, and a store of one's own for every test.

use dayroom::domain::{
    Access, ApprovalRule, Attachment, BlobHash, Connection, ConnectionId, ConnectionState, Contact,
    Direction, Identity, IntentId, Lane, LastSignIn, MediaType, Message, MessageId, MessageState,
    RecordId, Resident, ResidentId, ResidentNumber, UtcMillis,
};
use dayroom::store::{
    BlobWriter, CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, Journal, StoreKey,
    StorePlace,
};
use tempfile::TempDir;
use uuid::Uuid;

pub const MARIA: ResidentId = ResidentId(Uuid::from_u128(0x1001));
pub const SAMUEL: ResidentId = ResidentId(Uuid::from_u128(0x1002));
pub const ROSA: ConnectionId = ConnectionId(Uuid::from_u128(0x2001));
pub const TOMAS: ConnectionId = ConnectionId(Uuid::from_u128(0x2002));
pub const EPOCH: &str = "e1.7";
pub const NOON: UtcMillis = UtcMillis(1_750_000_000_000);

pub fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

pub struct Store {
    pub place: StorePlace,
    _folder: TempDir,
}

impl Store {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = StorePlace::new(folder.path().join("store"));
        Self {
            place,
            _folder: folder,
        }
    }

    pub fn cache(&self) -> CacheWriter {
        CacheWriter::open(&self.place, &key()).unwrap()
    }

    pub fn reader(&self) -> CacheReader {
        CacheReader::open(&self.place, &key()).unwrap()
    }

    pub fn blobs(&self) -> BlobWriter {
        BlobWriter::open(&self.place, &key()).unwrap()
    }

    pub fn journal(&self) -> Journal {
        Journal::open(&self.place, &key()).unwrap()
    }

    /// The file as SQLite sees it, to look at what the store does not show.
    pub fn raw(&self, name: &str) -> rusqlite::Connection {
        let sql = rusqlite::Connection::open(self.place.folder.join(name)).unwrap();
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let salted = [b"dayroom store salt".as_slice(), &[7; 32], name.as_bytes()].concat();
        let salt = ring::digest::digest(&ring::digest::SHA256, &salted);
        let key = format!(
            "PRAGMA key = \"x'{}{}'\"",
            hex(&[7; 32]),
            hex(salt.as_ref().get(..16).unwrap())
        );
        sql.query_row(&key, [], |_| Ok(())).unwrap();
        sql
    }
}

/// Applies changes as the page after whatever the cache holds.
pub fn apply(cache: &mut CacheWriter, changes: Vec<CacheChange>) -> dayroom::store::Applied {
    let page = next_page(cache, changes);
    cache.apply(&page).unwrap()
}

pub fn next_page(cache: &CacheWriter, changes: Vec<CacheChange>) -> CachePage {
    let after = cache.position().unwrap().cursor;
    let count: u64 = after.parse().unwrap_or(0);
    CachePage {
        epoch: EPOCH.to_owned(),
        after,
        cursor: (count + 1).to_string(),
        now: NOON,
        changes,
    }
}

pub fn change(id: Uuid, version: u64, resident: ResidentId, body: ChangeBody) -> CacheChange {
    CacheChange {
        id: RecordId(id),
        version,
        resident: Some(resident),
        body,
    }
}

pub fn number(digits: &str) -> ResidentNumber {
    ResidentNumber::parse(digits).unwrap()
}

pub fn resident(id: ResidentId, digits: &str, name: &str) -> Resident {
    Resident {
        id,
        number: number(digits),
        name: name.to_owned(),
        pin_verifier: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".to_owned(),
        badge: None,
        access: Access::Open,
    }
}

pub fn on_roster(version: u64, who: Resident) -> CacheChange {
    change(who.id.0, version, who.id, ChangeBody::Resident(who))
}

pub fn maria(version: u64) -> CacheChange {
    on_roster(version, resident(MARIA, "4711", "Maria Birch"))
}

pub fn samuel(version: u64) -> CacheChange {
    on_roster(version, resident(SAMUEL, "4712", "Samuel Elm"))
}

pub fn connection(id: ConnectionId, whose: ResidentId, state: ConnectionState) -> Connection {
    Connection {
        id,
        resident: whose,
        contact: Contact {
            name: "Rosa Alder".to_owned(),
            relationship: "sister".to_owned(),
            place: Some("Lakeside".to_owned()),
            lane: Lane::Ordinary,
        },
        note: "It is me.".to_owned(),
        identity: Identity::Checked(NOON),
        approval: ApprovalRule::AfterResident,
        asked_at: NOON,
        state,
    }
}

pub fn connected(version: u64, connection: Connection) -> CacheChange {
    change(
        connection.id.0,
        version,
        connection.resident,
        ChangeBody::Connection(connection),
    )
}

pub fn active() -> ConnectionState {
    ConnectionState::Active { since: NOON }
}

/// The message of that number from Rosa to Maria; ids and numbers differ on purpose.
pub fn message(number: u64) -> Message {
    Message {
        id: MessageId(Uuid::from_u128(0x5000_0000 + u128::from(number) * 7919)),
        resident: MARIA,
        connection: ROSA,
        number,
        direction: Direction::Incoming,
        at: UtcMillis(NOON.0 + i64::try_from(number).unwrap()),
        state: MessageState::Delivered,
        text: Some(format!("letter {number}")),
        attachments: Vec::new(),
        read_at: None,
        passage: dayroom::domain::Passage::default(),
    }
}

pub fn sent(version: u64, message: Message) -> CacheChange {
    change(
        message.id.0,
        version,
        message.resident,
        ChangeBody::Message(message),
    )
}

pub fn picture(bytes: &[u8], name: &str) -> Attachment {
    Attachment {
        blob: hash(bytes),
        kind: dayroom::domain::AttachmentKind::Photo,
        media: MediaType::Jpeg,
        bytes: u32::try_from(bytes.len()).unwrap(),
        width: 640,
        height: 480,
        name: name.to_owned(),
    }
}

pub fn hash(bytes: &[u8]) -> BlobHash {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    BlobHash(digest.as_ref().try_into().unwrap())
}

pub fn keep_blob(blobs: &mut BlobWriter, bytes: &[u8]) {
    let name = hash(bytes);
    blobs.begin(name, bytes.len() as u64).unwrap();
    blobs.append(name, 0, bytes).unwrap();
    blobs.finish(name).unwrap();
}

pub fn signed_in(version: u64, who: ResidentId) -> CacheChange {
    let last = LastSignIn {
        at: NOON,
        kiosk: "Dayroom B".to_owned(),
        failed_since: 2,
    };
    change(who.0, version, who, ChangeBody::SignIn(last))
}

pub fn left(version: u64, who: ResidentId) -> CacheChange {
    change(who.0, version, who, ChangeBody::Forget)
}

pub fn intent_id(n: u128) -> IntentId {
    IntentId(Uuid::from_u128(0x6000 + n))
}
