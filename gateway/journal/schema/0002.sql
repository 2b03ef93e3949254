-- A backend can prove that it has every CDR: each has a number and a digest in the chain of what that backend gets.
-- `body` only where these bytes are not the cdr table's.
CREATE TABLE cdr_chain (
    backend      TEXT    NOT NULL,
    number       INTEGER NOT NULL CHECK (number > 0),
    cdr_id       TEXT    NOT NULL,
    session_id   TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    country_code TEXT    NOT NULL,
    party_id     TEXT    NOT NULL,
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    body         BLOB,
    PRIMARY KEY (backend, number)
) STRICT;

-- A CDR's place in that chain; NULL for a Session.
ALTER TABLE outbox ADD COLUMN number INTEGER;

-- So that counting looks at no body.
CREATE INDEX outbox_parked ON outbox (backend) WHERE park_reason IS NOT NULL;

-- Sessions that go on are what a backend wants to hear of first.
CREATE INDEX session_open ON session (session_id) WHERE status IN ('ACTIVE', 'PENDING');
