-- A Session is here for as long as the journal has it: which fact it is as of. All that the journal has come anew.
DELETE FROM object WHERE kind LIKE 'session%';
DELETE FROM followed WHERE kind LIKE 'session%';
ALTER TABLE object ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX object_by_fact ON object (kind, seq);
