-- The registry's first schema. Never edit a numbered file that has shipped: add the next number.
-- Moments are UTC with microseconds and Z, so that they sort as text.

-- The platforms we roam with. `token` is the one that we send them: this file is for the service's user only.
CREATE TABLE peer (
    name         TEXT PRIMARY KEY NOT NULL,
    standing     TEXT NOT NULL,
    since        TEXT NOT NULL,
    versions_url TEXT,
    version      TEXT,
    token        TEXT,
    form         TEXT NOT NULL,
    roles        TEXT NOT NULL,  -- JSON
    endpoints    TEXT NOT NULL   -- JSON
) STRICT;

-- The tokens that they send us: SHA-256 only.
CREATE TABLE inbound (
    digest  BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    peer    TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    purpose TEXT NOT NULL
) STRICT;

-- The tokens of their drivers. Ids are folded as OCPI compares them; `body` is the object as its owner wrote it.
CREATE TABLE token (
    country_code TEXT NOT NULL,
    party_id     TEXT NOT NULL,
    uid          TEXT NOT NULL,
    type         TEXT NOT NULL,
    last_updated TEXT NOT NULL,
    body         BLOB NOT NULL,
    PRIMARY KEY (country_code, party_id, uid, type)
) STRICT, WITHOUT ROWID;

CREATE INDEX token_of_card ON token (uid);

-- How far the list of a peer was read: `next_url` while that is under way, `complete_up_to` once it was.
CREATE TABLE token_sync (
    peer           TEXT PRIMARY KEY NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    began          TEXT,
    next_url       TEXT,
    complete_up_to TEXT
) STRICT;

-- Sessions and CDRs as they are pushed, byte for byte; `number` is the order in which they came to be.
CREATE TABLE object (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    country_code TEXT NOT NULL,  -- whose token it was
    party_id     TEXT NOT NULL,
    last_updated TEXT NOT NULL,
    body         BLOB NOT NULL,
    UNIQUE (kind, id)
) STRICT;

CREATE INDEX object_in_order ON object (kind, country_code, party_id);
CREATE INDEX object_of_party ON object (kind, country_code, party_id, last_updated);

-- Up to which fact `object` follows the journal.
CREATE TABLE followed (
    kind TEXT PRIMARY KEY NOT NULL,
    seq  INTEGER NOT NULL
) STRICT;

-- When each part of our Location last changed, and how it looked then.
CREATE TABLE stamp (
    path         TEXT PRIMARY KEY NOT NULL,
    last_updated TEXT NOT NULL,
    body         BLOB NOT NULL
) STRICT;
