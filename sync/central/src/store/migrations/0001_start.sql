CREATE TABLE central (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  last_commit INTEGER NOT NULL
) STRICT;

CREATE TABLE facility (
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  time_zone TEXT NOT NULL,
  pin_digits INTEGER NOT NULL DEFAULT 6,
  last_message INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE unit (
  id BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  name TEXT NOT NULL,
  UNIQUE (facility, name)
) STRICT;

CREATE TABLE kiosk (
  id BLOB PRIMARY KEY NOT NULL,
  unit BLOB NOT NULL REFERENCES unit (id),
  label TEXT NOT NULL,
  arrived INTEGER NOT NULL,
  retired_at INTEGER,
  cursor TEXT NOT NULL DEFAULT '',
  contact_at INTEGER,
  quarantined INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX kiosk_unit ON kiosk (unit);

CREATE TABLE resident (
  id BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  number TEXT NOT NULL,
  unit BLOB REFERENCES unit (id),
  arrived INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (facility, number)
) STRICT;

CREATE INDEX resident_unit ON resident (unit);

CREATE TABLE record (
  version INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL,
  scope BLOB NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (kind, id, scope)
) STRICT;

CREATE INDEX record_scope ON record (scope, version, kind);

CREATE TABLE withheld (
  message BLOB PRIMARY KEY NOT NULL,
  text TEXT,
  attachments TEXT NOT NULL
) STRICT;

CREATE TABLE mail (
  facility BLOB NOT NULL REFERENCES facility (id),
  source TEXT NOT NULL,
  message BLOB NOT NULL,
  PRIMARY KEY (facility, source)
) STRICT;

CREATE TABLE blob (
  sha256 BLOB PRIMARY KEY NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE blob_part (
  sha256 BLOB NOT NULL REFERENCES blob (sha256),
  start INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (sha256, start)
) STRICT;

CREATE TABLE blob_use (
  sha256 BLOB NOT NULL REFERENCES blob (sha256),
  message BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  PRIMARY KEY (sha256, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_use_message ON blob_use (message);

CREATE TABLE journal (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  id BLOB NOT NULL,
  expected INTEGER NOT NULL,
  PRIMARY KEY (kiosk, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE intent (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  id BLOB NOT NULL,
  journal BLOB NOT NULL,
  number INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  outcome TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (kiosk, id),
  UNIQUE (kiosk, journal, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in (
  resident BLOB PRIMARY KEY NOT NULL REFERENCES resident (id),
  body TEXT NOT NULL
) STRICT;

CREATE TABLE receipt (
  message BLOB PRIMARY KEY NOT NULL,
  connection BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  read_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  agreed_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (resident, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE forgotten (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (kiosk, resident, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  resident BLOB,
  intent BLOB,
  made_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  deed TEXT NOT NULL
) STRICT;

CREATE TABLE contact_mail (
  connection BLOB PRIMARY KEY NOT NULL,
  address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_mail_address ON contact_mail (address);
