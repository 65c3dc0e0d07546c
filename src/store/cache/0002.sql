-- What writing, drafts, appeals, accounts and pages for everybody need. Frozen once released.

ALTER TABLE policy ADD COLUMN more TEXT;          -- JSON; NULL: what goes without saying

ALTER TABLE notices ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN must_acknowledge INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN place INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN more TEXT;        -- JSON; NULL: what goes without saying

CREATE INDEX messages_starred ON messages (thread, number) WHERE starred = 1;

ALTER TABLE attachments ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

-- What central keeps for a resident beside their messages.
CREATE TABLE accounts (
    resident BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL                            -- JSON
) STRICT, WITHOUT ROWID;

-- Unsent messages, sealed; body NULL: sent, or thrown away.
CREATE TABLE drafts (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    resident BLOB NOT NULL,
    connection BLOB NOT NULL,
    revision INTEGER NOT NULL,
    sealed TEXT,
    kiosk TEXT NOT NULL,
    at INTEGER NOT NULL,
    beside BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX drafts_resident ON drafts (resident, connection);
