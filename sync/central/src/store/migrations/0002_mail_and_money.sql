CREATE TABLE purse (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
  owner BLOB NOT NULL,
  received INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
  paid INTEGER NOT NULL DEFAULT 0 CHECK (paid >= 0),
  UNIQUE (kind, owner),
  CHECK (kind = 2 OR received >= paid)
) STRICT;

CREATE TABLE ledger (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  payer INTEGER NOT NULL REFERENCES purse (id),
  payee INTEGER NOT NULL REFERENCES purse (id),
  cents INTEGER NOT NULL CHECK (cents BETWEEN 1 AND 4294967295),
  what INTEGER NOT NULL CHECK (what IN (1, 2, 3, 4)),
  message BLOB,
  note TEXT NOT NULL DEFAULT '',
  CHECK (payer <> payee),
  CHECK ((what IN (3, 4)) = (message IS NOT NULL)),
  UNIQUE (message, what)
) STRICT;

CREATE INDEX ledger_payer ON ledger (payer);

CREATE INDEX ledger_payee ON ledger (payee);

CREATE TRIGGER ledger_counts AFTER INSERT ON ledger
BEGIN
  UPDATE purse SET paid = paid + NEW.cents WHERE id = NEW.payer;
  UPDATE purse SET received = received + NEW.cents WHERE id = NEW.payee;
END;

CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger only grows');
END;

CREATE TRIGGER ledger_keeps BEFORE DELETE ON ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger only grows');
END;

CREATE TABLE letter (
  message BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  refund INTEGER NOT NULL CHECK (refund IN (0, 1)),
  collected_at INTEGER
) STRICT;

CREATE INDEX letter_here ON letter (facility, message) WHERE collected_at IS NULL;

CREATE TABLE waiting (
  message BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  appeal INTEGER NOT NULL CHECK (appeal IN (0, 1)),
  since INTEGER NOT NULL,
  promised_by INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_since ON waiting (facility, appeal, since);

INSERT INTO waiting (message, facility, appeal, since)
SELECT record.id, resident.facility, 0, json_extract(record.body, '$.state.since')
FROM record JOIN resident ON resident.id = record.scope
WHERE record.kind = 4 AND json_extract(record.body, '$.state.is') = 'on_hold';

CREATE TABLE reviewer (
  id INTEGER PRIMARY KEY,
  facility BLOB NOT NULL REFERENCES facility (id),
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  removed_at INTEGER,
  UNIQUE (facility, folded)
) STRICT;

CREATE TABLE rule (
  facility BLOB NOT NULL REFERENCES facility (id),
  code TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (facility, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE held_word (
  facility BLOB NOT NULL REFERENCES facility (id),
  word TEXT NOT NULL,
  PRIMARY KEY (facility, word)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_log (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  message BLOB NOT NULL,
  reviewer INTEGER REFERENCES reviewer (id),
  at INTEGER NOT NULL,
  act INTEGER NOT NULL,
  role TEXT,
  rule TEXT
) STRICT;

CREATE INDEX review_log_message ON review_log (message, number);

CREATE TRIGGER review_log_stays BEFORE UPDATE ON review_log
BEGIN
  SELECT RAISE(ABORT, 'the log only grows');
END;

CREATE TRIGGER review_log_keeps BEFORE DELETE ON review_log
BEGIN
  SELECT RAISE(ABORT, 'the log only grows');
END;

CREATE TABLE clip (
  message BLOB NOT NULL,
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  media TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (message, place)
) STRICT;

CREATE TABLE facility_mail (
  facility BLOB PRIMARY KEY NOT NULL REFERENCES facility (id),
  address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
