-- Which of the ids of a run are messages, and of which room: how many in a row, each time with the number of the room plus one,
-- or 0 for what is no message. Empty: none of them is.
ALTER TABLE seen ADD COLUMN rooms BLOB NOT NULL DEFAULT x'';

-- Which kinds of events a node takes, a bit for each; null while it has not said so.
ALTER TABLE platform ADD COLUMN kinds INTEGER;

-- The message that a change waits for, where it is not its room that it waits for.
ALTER TABLE parked ADD COLUMN of_platform INTEGER;
ALTER TABLE parked ADD COLUMN of_event BLOB;
CREATE INDEX parked_of ON parked (of_platform, of_event) WHERE of_event IS NOT NULL;

-- What counts of the changes of a message: of its text `latest` and whether it is there (`held`), with `by` 0 and no sender; of
-- a reaction whether it is on. `holder`: whose change it is; its last 100,000 are kept, counted by `num`.
CREATE TABLE changed (
    platform INTEGER NOT NULL,
    event    BLOB    NOT NULL,
    by       INTEGER NOT NULL,
    sender   TEXT    NOT NULL,
    emoji    TEXT    NOT NULL,
    latest   BLOB    NOT NULL,
    held     INTEGER NOT NULL,
    holder   INTEGER NOT NULL,
    num      INTEGER NOT NULL,
    PRIMARY KEY (platform, event, by, sender, emoji)
) STRICT, WITHOUT ROWID;
CREATE INDEX changed_holder ON changed (holder, num);
