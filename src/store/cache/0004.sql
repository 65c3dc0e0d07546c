-- Orders, audit and the life of the certificate.

-- Whose orders this kiosk carries out, and how far it is. One row.
CREATE TABLE operators (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key_set TEXT,                   -- as it was signed; NULL: nobody's
    version INTEGER NOT NULL,
    chain TEXT NOT NULL,            -- JSON: the signed sets behind the one from provisioning
    mark INTEGER NOT NULL           -- number of the last order taken; never set back
) STRICT;

INSERT INTO operators (one, key_set, version, chain, mark) VALUES (1, NULL, 0, '[]', 0);

-- Orders, by the id of their record. No person's traces: ids only, once an order was judged.
CREATE TABLE orders (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    sha256 BLOB NOT NULL,           -- of the text, by which it is known
    text TEXT,                      -- NULL: judged
    signatures TEXT,                -- JSON; NULL: judged
    effect TEXT,                    -- JSON: what the screen or the machine has yet to do
    alone INTEGER NOT NULL,         -- 1: a PIN reset that one operator alone had signed
    outcome TEXT,                   -- JSON; NULL: its effect is not durable yet
    at INTEGER NOT NULL,            -- when it came, by central's clock
    told INTEGER NOT NULL           -- what central has heard: 0 nothing, 1 that it is here, 2 all
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_open ON orders (version) WHERE outcome IS NULL;
CREATE INDEX orders_untold ON orders (version) WHERE told < 2;

-- PINs that an order has replaced: no record brings one back. SHA-256 of the verifier.
CREATE TABLE dead_pins (
    resident BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    at INTEGER NOT NULL,            -- by central's clock; what was chosen before is dead too
    PRIMARY KEY (resident, sha256)
) STRICT, WITHOUT ROWID;
-- Badges. The argon2id hash of a resident's badge in PHC form, with the facility's salt; empty: none.
ALTER TABLE residents ADD COLUMN badge TEXT NOT NULL DEFAULT '';
CREATE INDEX residents_badge ON residents (badge) WHERE badge <> '';
