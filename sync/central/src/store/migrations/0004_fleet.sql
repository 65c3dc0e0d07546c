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
