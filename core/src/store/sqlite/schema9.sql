-- Platforms that joined at run time. `standing`: 0 it asks, 1 it takes part, 2 it was removed, and then has no endpoint. `told`:
-- somebody else said where it is. `event`: brought the token; `pending`: made here, and not confirmed there.
CREATE TABLE joined (
    platform     INTEGER PRIMARY KEY,
    standing     INTEGER NOT NULL,
    endpoint     TEXT,
    told         INTEGER NOT NULL,
    token        TEXT,
    event        BLOB,
    pending      INTEGER NOT NULL,
    borrowed     INTEGER NOT NULL,
    former       TEXT,
    former_event BLOB,
    former_until INTEGER,
    introducer   INTEGER,
    at           INTEGER NOT NULL,
    version      INTEGER NOT NULL
) STRICT;

-- `used_by`: the platform that joined by it; `endpoint`, `answer`: what it said and was answered, until that has arrived.
CREATE TABLE invite (
    num      INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    secret   TEXT    NOT NULL,
    made     INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    used_by  INTEGER,
    endpoint TEXT,
    answer   TEXT
) STRICT;

-- What command lines ask of the node that runs. `at`: an age.
CREATE TABLE errand (
    num    INTEGER PRIMARY KEY AUTOINCREMENT,
    body   TEXT,
    answer TEXT,
    at     INTEGER NOT NULL
) STRICT;
