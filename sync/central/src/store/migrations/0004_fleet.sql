-- Enrolment, orders, releases, audit and health of the fleet.

-- How the service of a kiosk ends; `kiosk.retired_at` says that it has.
CREATE TABLE kiosk_life (
  kiosk BLOB PRIMARY KEY NOT NULL REFERENCES kiosk (id),
  leaving_at INTEGER,
  erased_at INTEGER
) STRICT;
