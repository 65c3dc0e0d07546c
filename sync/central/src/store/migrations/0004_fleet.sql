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
