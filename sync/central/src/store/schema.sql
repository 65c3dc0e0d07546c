-- Central's database as the migrations leave it; a test keeps the two equal.
-- Ids are UUIDs of 16 bytes. Moments are milliseconds since 1970 in UTC. Columns named `body` hold
-- JSON as it goes on the wire.

-- One row. Commit numbers order the feed; they are handed out inside write transactions, of which
-- there is one at a time, so that their order is the order of commits.
CREATE TABLE central (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,            -- random; a new one after a backup was restored
  last_commit INTEGER NOT NULL
) STRICT;

CREATE TABLE facility (
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  time_zone TEXT NOT NULL,        -- IANA
  pin_digits INTEGER NOT NULL DEFAULT 6,
  last_message INTEGER NOT NULL DEFAULT 0  -- number of the newest message
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
  label TEXT NOT NULL,            -- what residents know it as
  arrived INTEGER NOT NULL,       -- commit of its arrival in the unit
  retired_at INTEGER,
  cursor TEXT NOT NULL DEFAULT '', -- last acknowledged; memory may know a newer one
  contact_at INTEGER,
  quarantined INTEGER NOT NULL DEFAULT 0  -- records it could not read
) STRICT;

CREATE INDEX kiosk_unit ON kiosk (unit);

-- Everybody ever on a roster. The unit is the one truth about who may see what: it is looked up
-- whenever a kiosk reads.
CREATE TABLE resident (
  id BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  number TEXT NOT NULL,           -- 1 to 12 digits
  unit BLOB REFERENCES unit (id), -- none: not on a roster
  arrived INTEGER NOT NULL,       -- commit of the arrival in the unit
  body TEXT NOT NULL,             -- the roster line, with the PIN verifier
  UNIQUE (facility, number)
) STRICT;

CREATE INDEX resident_unit ON resident (unit);

-- What kiosks are told, each record at its newest version, which is the commit that made it.
CREATE TABLE record (
  version INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,          -- see records.rs
  id BLOB NOT NULL,
  scope BLOB NOT NULL,            -- the resident, unit, facility or kiosk whose stream it is in
  body TEXT NOT NULL,
  UNIQUE (kind, id, scope)
) STRICT;

-- The feed is merged from the streams a kiosk may see; this is what they are read from.
CREATE INDEX record_scope ON record (scope, version, kind);

-- What messages on hold, or rejected, would say. No kiosk reads this.
CREATE TABLE withheld (
  message BLOB PRIMARY KEY NOT NULL,
  text TEXT,
  attachments TEXT NOT NULL       -- JSON
) STRICT;

-- Where messages came from, such as a mail's Message-ID, so that none comes in twice.
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

-- A blob in pieces of 64 KiB, `start` counting bytes.
CREATE TABLE blob_part (
  sha256 BLOB NOT NULL REFERENCES blob (sha256),
  start INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (sha256, start)
) STRICT;

-- Delivered messages that name a blob: who may see one of them may fetch it.
CREATE TABLE blob_use (
  sha256 BLOB NOT NULL REFERENCES blob (sha256),
  message BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  PRIMARY KEY (sha256, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_use_message ON blob_use (message);

-- The number expected next from each journal of a kiosk.
CREATE TABLE journal (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  id BLOB NOT NULL,
  expected INTEGER NOT NULL,
  PRIMARY KEY (kiosk, id)
) STRICT, WITHOUT ROWID;

-- Intents taken in, each once, with the answer it got.
CREATE TABLE intent (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  id BLOB NOT NULL,
  journal BLOB NOT NULL,
  number INTEGER NOT NULL,
  sha256 BLOB NOT NULL,           -- of the intent as JSON
  outcome TEXT NOT NULL,          -- JSON
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (kiosk, id),
  UNIQUE (kiosk, journal, number)
) STRICT, WITHOUT ROWID;

-- The latest sign-in and the failed tries since, also of those who never signed in.
CREATE TABLE sign_in (
  resident BLOB PRIMARY KEY NOT NULL REFERENCES resident (id),
  body TEXT NOT NULL              -- JSON, not the wire's
) STRICT;

-- The first time a message was opened, for its sender.
CREATE TABLE receipt (
  message BLOB PRIMARY KEY NOT NULL,
  connection BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  read_at INTEGER NOT NULL,       -- by the kiosk's clock
  taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  agreed_at INTEGER NOT NULL,     -- by the kiosk's clock
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (resident, version)
) STRICT, WITHOUT ROWID;

-- Forgets that kiosks say they carried out.
CREATE TABLE forgotten (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (kiosk, resident, version)
) STRICT, WITHOUT ROWID;

-- What kiosks did, and alarms about them; append-only, without names and words.
CREATE TABLE activity (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  resident BLOB,
  intent BLOB,
  made_at INTEGER NOT NULL,       -- by the kiosk's clock; of alarms by central's
  taken_at INTEGER NOT NULL,
  deed TEXT NOT NULL              -- JSON
) STRICT;

-- From which address a contact writes; anybody can write anything into a mail, so it only finds.
CREATE TABLE contact_mail (
  connection BLOB PRIMARY KEY NOT NULL,
  address TEXT NOT NULL           -- in lower case
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_mail_address ON contact_mail (address);

-- Whose money it is. What is in a purse is what it received less what it paid, both counted by the
-- ledger's trigger and by nothing else.
CREATE TABLE purse (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)), -- 1 a resident's, 2 outside, 3 a facility's postage
  owner BLOB NOT NULL,            -- the resident or the facility
  received INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
  paid INTEGER NOT NULL DEFAULT 0 CHECK (paid >= 0),
  UNIQUE (kind, owner),
  CHECK (kind = 2 OR received >= paid)
) STRICT;

-- Every cent that ever moved, in one line for both sides; append-only.
CREATE TABLE ledger (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  payer INTEGER NOT NULL REFERENCES purse (id),
  payee INTEGER NOT NULL REFERENCES purse (id),
  cents INTEGER NOT NULL CHECK (cents BETWEEN 1 AND 4294967295),
  what INTEGER NOT NULL CHECK (what IN (1, 2, 3, 4)), -- 1 deposit, 2 charge, 3 postage, 4 refund
  message BLOB,                   -- of postage and refund; each once
  note TEXT NOT NULL DEFAULT '',  -- why, in the operator's words
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

-- Messages that residents wrote, and whether they have gone out.
CREATE TABLE letter (
  message BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  refund INTEGER NOT NULL CHECK (refund IN (0, 1)), -- by the rules it was sent under
  collected_at INTEGER
) STRICT;

CREATE INDEX letter_here ON letter (facility, message) WHERE collected_at IS NULL;

-- What reviewers have yet to decide; kept equal to the messages' own states.
CREATE TABLE waiting (
  message BLOB PRIMARY KEY NOT NULL,
  facility BLOB NOT NULL REFERENCES facility (id),
  appeal INTEGER NOT NULL CHECK (appeal IN (0, 1)),
  since INTEGER NOT NULL,
  promised_by INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_since ON waiting (facility, appeal, since);

CREATE TABLE reviewer (
  id INTEGER PRIMARY KEY,
  facility BLOB NOT NULL REFERENCES facility (id),
  name TEXT NOT NULL,
  folded TEXT NOT NULL,           -- the name to compare by: nobody is two reviewers
  removed_at INTEGER,
  UNIQUE (facility, folded)
) STRICT;

-- What a message can be rejected by.
CREATE TABLE rule (
  facility BLOB NOT NULL REFERENCES facility (id),
  code TEXT NOT NULL,
  text TEXT NOT NULL,             -- JSON, by language
  PRIMARY KEY (facility, code)
) STRICT, WITHOUT ROWID;

-- Words that put an incoming ordinary message on hold.
CREATE TABLE held_word (
  facility BLOB NOT NULL REFERENCES facility (id),
  word TEXT NOT NULL,             -- folded
  PRIMARY KEY (facility, word)
) STRICT, WITHOUT ROWID;

-- What was done with messages by whom, every reading included; append-only.
CREATE TABLE review_log (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  message BLOB NOT NULL,
  reviewer INTEGER REFERENCES reviewer (id), -- none: central itself, or before there were reviewers
  at INTEGER NOT NULL,
  act INTEGER NOT NULL,           -- see review.rs
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

-- Video clips of messages. Nothing that a kiosk asks reads this.
CREATE TABLE clip (
  message BLOB NOT NULL,
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  media TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (message, place)
) STRICT;

-- The address a facility's mail goes out from.
CREATE TABLE facility_mail (
  facility BLOB PRIMARY KEY NOT NULL REFERENCES facility (id),
  address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Unsent messages beside their records. Their words are sealed; central cannot read them.
CREATE TABLE draft (
  id BLOB PRIMARY KEY NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  live INTEGER NOT NULL,          -- 0: sent, or thrown away
  generation INTEGER NOT NULL,    -- of the facility's draft key it was sealed under
  kiosk BLOB NOT NULL REFERENCES kiosk (id),  -- who made all revisions after `base`
  journal BLOB NOT NULL,          -- of that kiosk
  base INTEGER NOT NULL           -- the revision that kiosk began from
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_resident ON draft (resident, live);

-- Where a kiosk's saves go that were made from a revision another kiosk had changed meanwhile.
CREATE TABLE draft_copy (
  original BLOB NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  journal BLOB NOT NULL,
  based_on INTEGER NOT NULL,
  copy BLOB NOT NULL REFERENCES draft (id),
  PRIMARY KEY (original, kiosk, journal, based_on)
) STRICT, WITHOUT ROWID;

-- The draft key of a facility, which central never sees.
CREATE TABLE draft_key (
  facility BLOB PRIMARY KEY NOT NULL REFERENCES facility (id),
  generation INTEGER NOT NULL,    -- counts up when no kiosk had the one before any more
  key_id BLOB,                    -- none: not made yet
  maker BLOB REFERENCES kiosk (id),  -- the one kiosk that may make it, or did
  changed INTEGER NOT NULL        -- commit of the latest change an operator made
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_key_kiosk (
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  facility BLOB NOT NULL REFERENCES facility (id),
  public_key BLOB,                -- X25519; none: it never asked
  asked_at INTEGER,
  generation INTEGER NOT NULL DEFAULT 0,  -- of the key it has; 0: none
  held_at INTEGER,
  wrapped TEXT,                   -- the key for `public_key`, in base64
  wrapped_by BLOB REFERENCES kiosk (id),
  wrapped_generation INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kiosk, facility)
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_key_kiosk_facility ON draft_key_kiosk (facility);

-- Receipts of required reading.
CREATE TABLE acknowledged (
  notice BLOB NOT NULL,
  resident BLOB NOT NULL REFERENCES resident (id),
  version INTEGER NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  read_at INTEGER NOT NULL,       -- by the clock of that kiosk
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (notice, resident, version)
) STRICT, WITHOUT ROWID;

-- Operators' keys, each set signed by the one before it; central has no key of its own.
CREATE TABLE key_set (
  version INTEGER PRIMARY KEY,
  record BLOB NOT NULL UNIQUE,    -- the id it goes to kiosks under
  signed TEXT NOT NULL,           -- JSON, as on the wire
  at INTEGER NOT NULL
) STRICT;

-- Signed orders. Their texts are records, and those go when the kiosk has answered.
CREATE TABLE kiosk_order (
  id BLOB PRIMARY KEY NOT NULL,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  number INTEGER NOT NULL,        -- without gaps for each kiosk
  batch BLOB NOT NULL,            -- what was ordered together
  what TEXT NOT NULL,
  resident BLOB,
  signers TEXT NOT NULL,          -- JSON, public keys
  issued INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  given_at INTEGER NOT NULL,
  version INTEGER NOT NULL,       -- the commit that put it into the feed
  void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)), -- 1: its number is free again
  outcome TEXT,                   -- JSON; none: the kiosk has not answered
  heard_at INTEGER
) STRICT;

CREATE UNIQUE INDEX kiosk_order_number ON kiosk_order (kiosk, number) WHERE void = 0;

CREATE INDEX kiosk_order_batch ON kiosk_order (batch);

CREATE INDEX kiosk_order_given ON kiosk_order (what, given_at);

-- What kiosks say of themselves: the last order they took, and whose keys they go by.
CREATE TABLE kiosk_mark (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  mark INTEGER NOT NULL,
  key_set INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Until when somebody looks on how kiosks acknowledge. One row.
CREATE TABLE push_watch (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  until INTEGER NOT NULL
) STRICT;
-- How each kiosk is, as it said last.
CREATE TABLE health (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  taken_at INTEGER NOT NULL,      -- by central's clock
  report TEXT NOT NULL            -- JSON as it came
) STRICT, WITHOUT ROWID;

-- What changed between two reports of a kiosk; the oldest go (`HISTORY_KEPT`).
CREATE TABLE health_change (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  at INTEGER NOT NULL,            -- by central's clock
  change TEXT NOT NULL            -- JSON
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
  leaving_at INTEGER,             -- a technician takes it out of service; it has sent everything
  erased_at INTEGER               -- it said that it has destroyed its keys
) STRICT;

-- One-time codes that buy a kiosk its first certificate. Of a code only a hash is kept.
CREATE TABLE enrolment (
  number INTEGER PRIMARY KEY,     -- 20 random bits, the first characters of the code
  kiosk BLOB NOT NULL REFERENCES kiosk (id),
  facility BLOB NOT NULL REFERENCES facility (id),
  unit BLOB NOT NULL REFERENCES unit (id),  -- where it hung when the code was made
  server_name TEXT NOT NULL,      -- what the kiosk is to call central
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,             -- PBKDF2 of the code
  made_at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),  -- wrong ones; 5: void
  cancelled_at INTEGER,           -- by an operator, or because another code was made
  used_at INTEGER,
  used_by BLOB,                   -- SHA-256 of the public key that got the certificate
  certificate BLOB,               -- what it got, in case the answer was lost
  CHECK ((used_at IS NULL) = (used_by IS NULL)),
  CHECK (certificate IS NULL OR used_at IS NOT NULL)
) STRICT;

CREATE INDEX enrolment_kiosk ON enrolment (kiosk, made_at);

-- Audit.

-- One life of one process's audit, of a kiosk or central's own, and how far it goes here.
CREATE TABLE audit_chain (
  id INTEGER PRIMARY KEY,
  kiosk BLOB REFERENCES kiosk (id), -- none: central's own
  process TEXT NOT NULL,
  life BLOB NOT NULL,             -- drawn when the chain was born; another one: it was lost
  number INTEGER NOT NULL,        -- of the last entry
  hash BLOB NOT NULL,             -- of the last entry
  began INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX audit_chain_life ON audit_chain (ifnull(kiosk, x''), process, life);

-- Added to only. Each hash covers the row and the hash before it.
CREATE TABLE audit_entry (
  chain INTEGER NOT NULL REFERENCES audit_chain (id),
  number INTEGER NOT NULL,        -- from 1, without holes
  boot BLOB NOT NULL,             -- which start of the machine; nil where nobody asked
  boot_ms INTEGER NOT NULL,
  utc_ms INTEGER NOT NULL,        -- by the clock of whoever wrote it
  event TEXT NOT NULL,            -- see sync/audit/AUDIT.md
  fields TEXT NOT NULL,           -- JSON
  hash BLOB NOT NULL,
  taken_at INTEGER NOT NULL,      -- by central's clock
  PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

-- What kiosks have signed about how far their chains go.
CREATE TABLE audit_head (
  chain INTEGER NOT NULL REFERENCES audit_chain (id),
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signed_at INTEGER NOT NULL,     -- by the kiosk's clock
  key BLOB NOT NULL,              -- DER SubjectPublicKeyInfo of the certificate it came under
  signature BLOB NOT NULL,        -- DER
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

-- Alarms about a kiosk's audit that were raised, so that each is raised once.
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

-- What was put in force, and the roster before it, so that it can be undone.
CREATE TABLE roster_change (
  facility BLOB NOT NULL REFERENCES facility (id),
  number INTEGER NOT NULL,        -- from 1
  at INTEGER NOT NULL,
  what TEXT NOT NULL,             -- 'import', 'import_part' or 'undo'
  undone_by INTEGER,              -- the number of the undo
  arrived INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  renamed INTEGER NOT NULL,
  departed INTEGER NOT NULL,
  before TEXT NOT NULL,           -- JSON: number, name and unit of everybody on the roster before
  after_sha256 BLOB NOT NULL,     -- of the same of the roster after it
  PRIMARY KEY (facility, number)
) STRICT, WITHOUT ROWID;
