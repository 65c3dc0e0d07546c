-- Orders, audit and the life of the certificate.

-- Badges. The argon2id hash of a resident's badge in PHC form, with the facility's salt; empty: none.
ALTER TABLE residents ADD COLUMN badge TEXT NOT NULL DEFAULT '';
CREATE INDEX residents_badge ON residents (badge) WHERE badge <> '';
