-- Enrolment, orders, releases, audit and health of the fleet.

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
