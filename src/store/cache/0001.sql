-- What central said. Frozen: a change is a new file beside this one.

-- Where this file stands in the feed. One row.
CREATE TABLE position (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT,                     -- NULL: in no epoch yet
    cursor TEXT NOT NULL,           -- opaque; '' at the start
    last_contact INTEGER,           -- central's clock, UTC milliseconds; never set back
    scrub_due INTEGER NOT NULL      -- 1: rows of a person were deleted, their traces not yet
) STRICT;

INSERT INTO position (one, epoch, cursor, last_contact, scrub_due)
VALUES (1, NULL, '', NULL, 0);

-- What this kiosk goes by. At most one row.
CREATE TABLE policy (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL,               -- the unit
    version INTEGER NOT NULL,       -- 0: of an earlier epoch
    facility TEXT NOT NULL,
    unit TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    languages TEXT NOT NULL,        -- JSON array
    consent_version INTEGER NOT NULL,
    consent TEXT NOT NULL,          -- JSON object, language to text
    idle_warning INTEGER NOT NULL,  -- milliseconds
    idle_lock INTEGER NOT NULL,     -- milliseconds
    lease INTEGER NOT NULL          -- milliseconds
) STRICT;

CREATE TABLE notices (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,            -- JSON object, language to text
    body TEXT NOT NULL,             -- JSON object, language to text
    shown_from INTEGER NOT NULL,
    shown_until INTEGER
) STRICT, WITHOUT ROWID;

-- The roster. What belongs to a resident is read only while they have a row here. No index by
-- number: a unit has some hundred residents, and what is not written need not be erased.
CREATE TABLE residents (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    pin_verifier TEXT NOT NULL,
    access INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_ins (
    resident BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kiosk TEXT NOT NULL,
    failed_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    resident BLOB NOT NULL,
    name TEXT NOT NULL,
    relationship TEXT NOT NULL,
    place TEXT,
    lane INTEGER NOT NULL,
    note TEXT NOT NULL,
    checked_at INTEGER,
    approval INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    state_at INTEGER,
    reason TEXT
) STRICT;

CREATE INDEX connections_resident ON connections (resident);

-- A resident's messages with one contact, and what they amount to. Its messages may come before
-- its connection, so nothing refers to one.
CREATE TABLE threads (
    id INTEGER PRIMARY KEY,
    resident BLOB NOT NULL,
    connection BLOB NOT NULL,
    messages INTEGER NOT NULL,
    unread INTEGER NOT NULL,        -- incoming, delivered, not opened
    newest_number INTEGER NOT NULL,
    newest_at INTEGER NOT NULL,
    tail_first INTEGER NOT NULL,    -- the open block: numbers from here on
    tail_count INTEGER NOT NULL,    -- and how many messages it has
    UNIQUE (resident, connection)
) STRICT;

-- Runs of a thread's messages, so that the n-th is found without counting from the first. A block
-- ends where the next one, or the thread's open block, begins.
CREATE TABLE thread_blocks (
    thread INTEGER NOT NULL REFERENCES threads (id),
    first_number INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (thread, first_number)
) STRICT, WITHOUT ROWID;

-- In the order they came, so that a page of the feed fills few pages of the file, however many
-- threads it speaks of. (Keyed by thread, a first sync over 240 threads took 3.5 times the CPU.)
CREATE TABLE messages (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    number INTEGER NOT NULL,        -- order within the facility, given by central
    direction INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL,         -- 1: on hold
    state_at INTEGER,
    reason TEXT,
    body TEXT,
    read_at INTEGER,
    attachments INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX messages_place ON messages (thread, number);
CREATE INDEX messages_on_hold ON messages (thread, state_at) WHERE state = 1;

CREATE TABLE attachments (
    message INTEGER NOT NULL,       -- its row
    place INTEGER NOT NULL,
    blob BLOB NOT NULL,
    media INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachments_blob ON attachments (blob, bytes);

-- How the intents of this kiosk ended.
CREATE TABLE settlements (
    intent BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    outcome INTEGER NOT NULL,       -- 0: applied; else why not
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Residents who left and whose going is not acknowledged yet. Ids only.
CREATE TABLE forgets (
    resident BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    done INTEGER NOT NULL           -- 1: nothing of them is left, blobs and WAL included
) STRICT, WITHOUT ROWID;

CREATE TABLE forget_blobs (
    resident BLOB NOT NULL,
    blob BLOB NOT NULL,
    PRIMARY KEY (resident, blob)
) STRICT, WITHOUT ROWID;

-- Records that could not be read, or not be kept (R14).
CREATE TABLE quarantine (
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    resident BLOB,
    raw TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
