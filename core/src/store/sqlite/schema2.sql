-- Platforms by number and not by spelling wherever one is named; no value that stands for "none". What is JSON is
-- rewritten by `migrate2.rs`, which runs after this.

-- What was wrong when the platform's users were imported last.
ALTER TABLE contact ADD COLUMN import_error TEXT;

CREATE TABLE event2 (
    seq      INTEGER PRIMARY KEY,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    source   INTEGER,
    room     INTEGER,
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
INSERT INTO event2 SELECT seq, id, kind, platform, source, nullif(room, 0), at, body FROM event;
DROP TABLE event;
ALTER TABLE event2 RENAME TO event;

CREATE TABLE dead2 (
    num      INTEGER PRIMARY KEY,
    dest     INTEGER NOT NULL,
    inbound  INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    died     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    source   INTEGER,
    room     INTEGER,
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
INSERT INTO dead2 SELECT num, dest, inbound, why, died, id, kind, platform, source, nullif(room, 0), at, body FROM dead;
DROP TABLE dead;
ALTER TABLE dead2 RENAME TO dead;
CREATE INDEX dead_dest ON dead (dest);
CREATE INDEX dead_id ON dead (id);

CREATE TABLE inbox2 (
    seq      INTEGER PRIMARY KEY,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    room     INTEGER,
    late     INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
INSERT INTO inbox2 SELECT seq, id, kind, platform, nullif(room, 0), late, attempts, body FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox2 RENAME TO inbox;

-- `origin`: the platform on which the room was created. `judge`: a command line wants it judged anew.
CREATE TABLE parked2 (
    num         INTEGER PRIMARY KEY,
    origin      INTEGER NOT NULL,
    room_id     TEXT    NOT NULL,
    room_number INTEGER NOT NULL,
    peer        INTEGER NOT NULL,
    judge       INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    kind        INTEGER NOT NULL,
    platform    INTEGER NOT NULL,
    source      INTEGER,
    room        INTEGER,
    at          INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;

-- Without `at`: longer ago than is remembered.
CREATE TABLE passed2 (
    dest INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    at   INTEGER,
    PRIMARY KEY (dest, upto)
) STRICT, WITHOUT ROWID;
INSERT INTO passed2 SELECT dest, upto, nullif(at, 0) FROM passed;
DROP TABLE passed;
ALTER TABLE passed2 RENAME TO passed;

CREATE TABLE publication_key2 (
    num      INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL,
    key      TEXT    NOT NULL,
    event    BLOB,
    digest   BLOB,
    at       INTEGER NOT NULL,
    dests    BLOB    NOT NULL,
    UNIQUE (platform, key)
) STRICT;
INSERT INTO publication_key2 SELECT num, platform, key, nullif(event, zeroblob(16)), nullif(digest, zeroblob(32)), at, dests
    FROM publication_key;
DROP TABLE publication_key;
ALTER TABLE publication_key2 RENAME TO publication_key;
