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
