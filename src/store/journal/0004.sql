-- Orders, audit and the life of the certificate.

-- Orders whose effect was the screen's to bring about; each once.
CREATE TABLE orders_done (
    id BLOB PRIMARY KEY,
    done INTEGER NOT NULL,          -- 0: there was nobody to do it for
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
