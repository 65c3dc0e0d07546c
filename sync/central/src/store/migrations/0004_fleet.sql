-- Enrolment, orders, releases, audit and health of the fleet.

-- Operators' keys and what they ordered.

CREATE TABLE key_set (
  version INTEGER PRIMARY KEY,
  record BLOB NOT NULL UNIQUE,
  signed TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE kiosk_order (
  id BLOB PRIMARY KEY NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  number INTEGER NOT NULL,
  batch BLOB NOT NULL,
  what TEXT NOT NULL,
  resident BLOB,
  signers TEXT NOT NULL,
  issued INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  given_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)),
  outcome TEXT,
  heard_at INTEGER
) STRICT;

CREATE UNIQUE INDEX kiosk_order_number ON kiosk_order (kiosk, number) WHERE void = 0;

CREATE INDEX kiosk_order_batch ON kiosk_order (batch);

CREATE INDEX kiosk_order_given ON kiosk_order (what, given_at);

CREATE TABLE kiosk_mark (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  mark INTEGER NOT NULL,
  key_set INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE push_watch (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  until INTEGER NOT NULL
) STRICT;
-- Health: the newest report of each kiosk, and what changed between two.
CREATE TABLE health (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  taken_at INTEGER NOT NULL,
  report TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE health_change (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  at INTEGER NOT NULL,
  change TEXT NOT NULL
) STRICT;

CREATE INDEX health_change_kiosk ON health_change (kiosk, number);
-- Releases. What is signed are files (see releases/); here is how far each has come.
CREATE TABLE rollout (
  version TEXT PRIMARY KEY NOT NULL,  -- such as 1.4.0
  state INTEGER NOT NULL,             -- see rollouts.rs
  rings TEXT NOT NULL,                -- JSON: the rings in turn
  limits TEXT NOT NULL,               -- JSON: when it halts, when it goes on
  ring INTEGER NOT NULL,              -- the ring it has come to, from 0
  ring_since INTEGER NOT NULL,
  why TEXT NOT NULL DEFAULT ''        -- why it halted
) STRICT;

CREATE TABLE release_kiosk (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  running TEXT,                       -- what it runs, as it last said
  version TEXT,                       -- what it was offered last
  offered_at INTEGER,
  stage TEXT,                         -- JSON: how far it is with that
  heard_at INTEGER,
  changed INTEGER NOT NULL DEFAULT 0  -- commit of the offer
) STRICT;
-- How the service of a kiosk ends; `kiosk.retired_at` says that it has.
CREATE TABLE kiosk_life (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  leaving_at INTEGER,
  erased_at INTEGER
) STRICT;

-- Enrolment: one-time codes that buy a kiosk its first certificate.
CREATE TABLE enrolment (
  number INTEGER PRIMARY KEY,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  facility BLOB NOT NULL REFERENCES facility (id),
  unit BLOB NOT NULL REFERENCES unit (id),
  server_name TEXT NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  cancelled_at INTEGER,
  used_at INTEGER,
  used_by BLOB,
  certificate BLOB,
  CHECK ((used_at IS NULL) = (used_by IS NULL)),
  CHECK (certificate IS NULL OR used_at IS NOT NULL)
) STRICT;

CREATE INDEX enrolment_kiosk ON enrolment (kiosk, made_at);

-- Audit.

CREATE TABLE audit_chain (
  id INTEGER PRIMARY KEY,
  kiosk BLOB REFERENCES kiosk (id),
  process TEXT NOT NULL,
  life BLOB NOT NULL,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  began INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX audit_chain_life ON audit_chain (ifnull(kiosk, x''), process, life);

CREATE TABLE audit_entry (
  chain INTEGER NOT NULL REFERENCES audit_chain (id),
  number INTEGER NOT NULL,
  boot BLOB NOT NULL,
  boot_ms INTEGER NOT NULL,
  utc_ms INTEGER NOT NULL,
  event TEXT NOT NULL,
  fields TEXT NOT NULL,
  hash BLOB NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_head (
  chain INTEGER NOT NULL REFERENCES audit_chain (id),
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signed_at INTEGER NOT NULL,
  key BLOB NOT NULL,
  signature BLOB NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_told (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  what TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kiosk, what)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_head_is_not_changed BEFORE UPDATE ON audit_head
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_head_is_not_deleted BEFORE DELETE ON audit_head
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

-- Rosters.

CREATE TABLE roster_change (
  facility BLOB NOT NULL REFERENCES facility (id),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  undone_by INTEGER,
  arrived INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  renamed INTEGER NOT NULL,
  departed INTEGER NOT NULL,
  before TEXT NOT NULL,
  after_sha256 BLOB NOT NULL,
  PRIMARY KEY (facility, number)
) STRICT, WITHOUT ROWID;
