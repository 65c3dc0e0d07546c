-- Finding words. Frozen once released.

-- Terms of messages that may be read, folded by `domain::find`, each behind some letters that stand for
-- its resident: so nobody's search walks through another's words. No text is kept twice. A row's id is
-- (number << 20) | thread, so the newest come first. Not detail = none: taking a message out and putting it
-- back in at once then lost others (a test has it).
CREATE VIRTUAL TABLE search USING fts5 (
    terms,
    content = '',
    columnsize = 0,
    detail = column,
    tokenize = 'ascii'
);
-- A term that is taken out leaves the file's pages, not only the answers.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
-- A piece of the index fits on a page that SQLCipher takes 80 bytes of.
INSERT INTO search (search, rank) VALUES ('pgsz', 3900);

-- How far the index has come. One row.
CREATE TABLE search_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    indexed_row INTEGER NOT NULL,   -- of messages: up to here all that may be found is in the index
    rules INTEGER NOT NULL          -- by which rules its terms were made
) STRICT;

INSERT INTO search_state (one, indexed_row, rules) VALUES (1, 0, 1);
