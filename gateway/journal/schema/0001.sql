-- The journal's first schema. Never edit a numbered file that has shipped: add the next number.

-- What happened, in order. hash = SHA-256(prev_hash || compact JSON array of the columns before prev_hash).
CREATE TABLE fact (
    seq        INTEGER PRIMARY KEY CHECK (seq > 0),
    at         TEXT    NOT NULL,  -- UTC, RFC 3339 with microseconds and Z
    boot_id    TEXT    NOT NULL,
    boot_ns    INTEGER NOT NULL,  -- CLOCK_BOOTTIME, comparable within one boot_id
    clock      TEXT    NOT NULL,  -- how far `at` could be trusted
    evse_uid   TEXT,
    session_id TEXT,
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL,  -- JSON
    prev_hash  BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX fact_of_session ON fact (session_id) WHERE session_id IS NOT NULL;

CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
BEGIN
    SELECT RAISE(ABORT, 'a fact is never changed');
END;

CREATE TRIGGER fact_is_never_deleted BEFORE DELETE ON fact
BEGIN
    SELECT RAISE(ABORT, 'a fact is never deleted');
END;

-- From here on everything is derived from the facts and can be dropped and rebuilt.
CREATE TABLE session (
    session_id TEXT    PRIMARY KEY NOT NULL,
    evse_uid   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    up_to_seq  INTEGER NOT NULL,
    body       BLOB    NOT NULL
) STRICT;

CREATE INDEX session_by_age ON session (up_to_seq);

CREATE TABLE cdr (
    cdr_id     TEXT    PRIMARY KEY NOT NULL,
    session_id TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    body       BLOB    NOT NULL
) STRICT;

CREATE INDEX cdr_by_age ON cdr (seq);

-- What each backend is still owed. park_reason says why a row waits for a human instead of being sent.
CREATE TABLE outbox (
    backend      TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    up_to_seq    INTEGER NOT NULL,
    country_code TEXT    NOT NULL,
    party_id     TEXT    NOT NULL,
    session_id   TEXT    NOT NULL,
    body         BLOB    NOT NULL,
    park_reason  TEXT,
    PRIMARY KEY (backend, kind, object_id)
) STRICT;

CREATE INDEX outbox_due ON outbox (backend, up_to_seq) WHERE park_reason IS NULL;
