-- Enrolment, orders, releases, audit and health of the fleet.

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
