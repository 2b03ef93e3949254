-- Where the facts of this file begin. Everything up to up_to_seq, whose fact has this hash, stands in the archive beside
-- it; `state` is the fold of all that, as `code` made it. Without a row the facts begin with 1.
CREATE TABLE boundary (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    up_to_seq INTEGER NOT NULL CHECK (up_to_seq > 0),
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    code      TEXT    NOT NULL,
    state     BLOB    NOT NULL,
    digest    BLOB    NOT NULL CHECK (length(digest) = 32)
) STRICT;

CREATE TRIGGER boundary_never_goes_back BEFORE UPDATE ON boundary WHEN NEW.up_to_seq < OLD.up_to_seq
BEGIN
    SELECT RAISE(ABORT, 'the boundary never goes back');
END;

CREATE TRIGGER boundary_is_never_deleted BEFORE DELETE ON boundary
BEGIN
    SELECT RAISE(ABORT, 'the boundary is never deleted');
END;

-- A fact leaves this file only once the boundary says that the archive has it.
DROP TRIGGER fact_is_never_deleted;

CREATE TRIGGER fact_is_never_deleted BEFORE DELETE ON fact
WHEN OLD.seq > ifnull((SELECT up_to_seq FROM boundary), 0)
BEGIN
    SELECT RAISE(ABORT, 'a fact is never deleted');
END;

-- The fold up to a fact, so that a start need not read all of them. Derived: dropped or wrong, it is made anew.
CREATE TABLE checkpoint (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    up_to_seq INTEGER NOT NULL,
    hash      BLOB    NOT NULL,
    code      TEXT    NOT NULL,
    state     BLOB    NOT NULL,
    digest    BLOB    NOT NULL
) STRICT;
