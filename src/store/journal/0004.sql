-- Orders, audit and the life of the certificate.

-- Orders whose effect was the screen's to bring about; each once.
CREATE TABLE orders_done (
    id BLOB PRIMARY KEY,
    done INTEGER NOT NULL,          -- 0: there was nobody to do it for
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The audit, from here on a chain: each hash covers the row and the hash before it. What is in the table
-- `audit` was written before and stays as it is.
CREATE TABLE audit_entry (
    number INTEGER PRIMARY KEY,     -- from 1, without holes
    boot BLOB NOT NULL,             -- which start of the machine
    boot_ms INTEGER NOT NULL,       -- milliseconds of that start
    utc_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    fields TEXT NOT NULL,           -- JSON
    hash BLOB NOT NULL
) STRICT;

-- The last entry that was dropped, once central has had it for long enough.
CREATE TABLE audit_anchor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_entry_is_dropped_up_to_the_anchor BEFORE DELETE ON audit_entry
WHEN OLD.number > (SELECT ifnull(max(number), 0) FROM audit_anchor)
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
