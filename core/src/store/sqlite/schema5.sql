-- A room's row is written with each announcement, so the app's own list, which is as long as the room, has a table of its own.
CREATE TABLE asked (
    room    INTEGER PRIMARY KEY,
    members TEXT    NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_version ON asked (version);
INSERT INTO asked SELECT num, asked, version FROM room WHERE asked IS NOT NULL;
ALTER TABLE room DROP COLUMN asked;

-- `again`: whom the origin adds anew; `former`: whom it listed before, where that is known.
ALTER TABLE announcement ADD COLUMN again TEXT;
ALTER TABLE announcement ADD COLUMN former TEXT;

-- What later ids of the room must exceed while `event` lies too far ahead.
ALTER TABLE mark ADD COLUMN floor BLOB;

-- A dead letter that somebody retried says so.
ALTER TABLE event ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parked ADD COLUMN again INTEGER NOT NULL DEFAULT 0;

-- When the present age of what was taken began, and how many rows it has: an age is forgotten only when it is old enough.
ALTER TABLE sender ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
