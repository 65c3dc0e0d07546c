CREATE TABLE draft (
  id BLOB PRIMARY KEY NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  live INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  journal BLOB NOT NULL,
  base INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_resident ON draft (resident, live);

CREATE TABLE draft_copy (
  original BLOB NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  journal BLOB NOT NULL,
  based_on INTEGER NOT NULL,
  copy BLOB NOT NULL REFERENCES draft (id),
  PRIMARY KEY (original, kiosk, journal, based_on)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_key (
  facility BLOB PRIMARY KEY NOT NULL REFERENCES facility (id),
  generation INTEGER NOT NULL,
  key_id BLOB,
  maker BLOB REFERENCES kiosk (id),
  changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_key_kiosk (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  facility BLOB NOT NULL REFERENCES facility (id),
  public_key BLOB,
  asked_at INTEGER,
  generation INTEGER NOT NULL DEFAULT 0,
  held_at INTEGER,
  wrapped TEXT,
  wrapped_by BLOB REFERENCES kiosk (id),
  wrapped_generation INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kiosk, facility)
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_key_kiosk_facility ON draft_key_kiosk (facility);

CREATE TABLE acknowledged (
  notice BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  read_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (notice, resident, version)
) STRICT, WITHOUT ROWID;
