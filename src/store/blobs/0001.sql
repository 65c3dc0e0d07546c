-- Pictures, by SHA-256. Frozen: a change is a new file beside this one.

CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,         -- what it should have
    stored INTEGER NOT NULL,        -- what has come
    complete INTEGER NOT NULL       -- 1: all there and its hash is right
) STRICT;

-- The key is blob * 2^16 + place. Every piece but the last has 64 KiB.
CREATE TABLE pieces (
    key INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
