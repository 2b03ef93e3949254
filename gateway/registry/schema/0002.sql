-- When parts of our Location changed is a fact of the journal by now.
DROP TABLE stamp;
