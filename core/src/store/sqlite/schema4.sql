-- How a platform is reached and what it was told there. `filed`: it stands or stood in the registry file. `told_lane`: the
-- lane that carries to it; `told_until`: the version up to which it did. `named_by`: the peer that named it first.
ALTER TABLE platform ADD COLUMN filed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE platform ADD COLUMN named_by INTEGER;
ALTER TABLE platform ADD COLUMN told_lane INTEGER;
ALTER TABLE platform ADD COLUMN told_until INTEGER;
UPDATE platform SET filed = told OR token IS NOT NULL, told_lane = CASE WHEN told THEN num ELSE via END;
ALTER TABLE platform DROP COLUMN told;

-- What lanes are telling. `upto_*`: what was told last: a platform, a user of a platform, or a room by a platform.
CREATE TABLE telling (
    lane          INTEGER NOT NULL,
    platform      INTEGER NOT NULL,
    since         INTEGER NOT NULL,
    run           INTEGER NOT NULL,
    upto_platform INTEGER,
    upto_user     TEXT,
    upto_number   INTEGER,
    upto_room     INTEGER,
    PRIMARY KEY (lane, platform)
) STRICT, WITHOUT ROWID;

-- Platforms that turned out to be another one. Their numbers are not given out again.
CREATE TABLE merged (
    num      INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL,
    version  INTEGER NOT NULL
) STRICT;
