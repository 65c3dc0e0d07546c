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
