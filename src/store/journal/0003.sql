-- The facility's draft key on this kiosk. Frozen: a change is a new file beside this one.

CREATE TABLE draft_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    secret BLOB NOT NULL,           -- this kiosk's X25519 key, to which the draft key is wrapped
    public BLOB NOT NULL,
    generation INTEGER,             -- which key of the facility; NULL: it has none yet
    key BLOB
) STRICT;

-- What of a draft central has been given: a SHA-256 of the words. NULL: nothing.
ALTER TABLE drafts ADD COLUMN sent_words BLOB;
