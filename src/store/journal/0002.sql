-- Drafts that are on their way, and drafts that came back. Frozen: a change is a new file beside this one.

-- The number of the intent that sends it. The row stays until central has taken the message: a draft is
-- unsent while this is NULL, and again once `refused` says why central did not.
ALTER TABLE drafts ADD COLUMN sent_as INTEGER;
ALTER TABLE drafts ADD COLUMN refused INTEGER;

-- The revision at central it was made from; 0: none.
ALTER TABLE drafts ADD COLUMN based_on INTEGER NOT NULL DEFAULT 0;

CREATE INDEX drafts_sent ON drafts (sent_as) WHERE sent_as IS NOT NULL;
