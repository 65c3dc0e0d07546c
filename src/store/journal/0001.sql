-- What people did here. Never reset, by nothing. Frozen: a change is a new file beside this one.

-- One life of this file. One row.
CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    journal BLOB NOT NULL,
    salt BLOB NOT NULL              -- for the keys of sign_in_tries
) STRICT;

-- The outbox. AUTOINCREMENT: numbers run on without gaps, whatever is deleted.
CREATE TABLE intents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    resident BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    held_boot BLOB,                 -- which start of the machine held_until is of
    held_until INTEGER,             -- milliseconds of that start
    body TEXT NOT NULL,             -- JSON
    outcome INTEGER,                -- 0: applied; else why not
    settled_at INTEGER,             -- NULL: not settled
    told INTEGER NOT NULL           -- 1: its resident has been told of its refusal
) STRICT;

CREATE INDEX intents_unsettled ON intents (resident, number) WHERE settled_at IS NULL;
CREATE INDEX intents_untold ON intents (resident, number) WHERE outcome > 0 AND told = 0;
CREATE INDEX intents_settled ON intents (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE drafts (
    id BLOB PRIMARY KEY,
    resident BLOB NOT NULL,
    connection BLOB NOT NULL,
    body TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX drafts_resident ON drafts (resident, connection);

-- PIN tries. The key is a salted hash: numbers that are nobody's leave no other trace.
CREATE TABLE sign_in_tries (
    key BLOB PRIMARY KEY,
    record TEXT NOT NULL            -- JSON
) STRICT, WITHOUT ROWID;

-- What the screen did. No names, numbers, PINs or words.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    fields TEXT NOT NULL            -- JSON
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
