-- Each backend has its own version of OCPI: how Sessions and CDRs read in versions other than 2.2.1, and in which version
-- the bytes are that a backend is owed or got.
CREATE TABLE wording (
    kind      TEXT NOT NULL,
    object_id TEXT NOT NULL,
    version   TEXT NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (kind, object_id, version)
) STRICT, WITHOUT ROWID;

ALTER TABLE outbox ADD COLUMN version TEXT NOT NULL DEFAULT '2.2.1';
ALTER TABLE cdr_chain ADD COLUMN version TEXT NOT NULL DEFAULT '2.2.1';
