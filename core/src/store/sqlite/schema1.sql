-- One row: what only ever grows.
CREATE TABLE counter (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    store   BLOB    NOT NULL,
    event   INTEGER NOT NULL DEFAULT 0,
    inbox   INTEGER NOT NULL DEFAULT 0,
    dead    INTEGER NOT NULL DEFAULT 0,
    parked  INTEGER NOT NULL DEFAULT 0,
    receipt INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0,
    last_id BLOB    NOT NULL
) STRICT;

-- The directory. `number` tells whether an id came as an integer.
CREATE TABLE platform (
    num           INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    kind          INTEGER NOT NULL,
    standalone    INTEGER NOT NULL,
    batch         INTEGER NOT NULL,
    receipts      INTEGER NOT NULL,
    store         BLOB,
    via           INTEGER,
    support_audio INTEGER NOT NULL,
    support_image INTEGER NOT NULL,
    known         INTEGER NOT NULL,
    lists_users   INTEGER NOT NULL,
    told          INTEGER NOT NULL,
    token         BLOB,
    version       INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    platform    INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    active      INTEGER NOT NULL,
    placeholder INTEGER NOT NULL,
    event       BLOB,
    version     INTEGER NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_version ON user (version);

CREATE TABLE room (
    num     INTEGER PRIMARY KEY,
    origin  INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    number  INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    public  INTEGER NOT NULL,
    event   BLOB    NOT NULL,
    asked   TEXT,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX room_version ON room (version);

CREATE TABLE announcement (
    room     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    event    BLOB    NOT NULL,
    members  TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (room, platform)
) STRICT;
CREATE INDEX announcement_version ON announcement (version);

CREATE TABLE binding (
    kind         INTEGER NOT NULL,
    platform     INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    number       INTEGER NOT NULL,
    local        TEXT    NOT NULL,
    local_number INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (kind, platform, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX binding_version ON binding (version);

-- For command lines beside the node: one row that says whose store this is, and how each platform stood.
CREATE TABLE owner (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    node       INTEGER NOT NULL,
    standalone INTEGER NOT NULL
) STRICT;

CREATE TABLE contact (
    platform INTEGER PRIMARY KEY,
    up       INTEGER,
    since    INTEGER,
    last     INTEGER,
    alarm    TEXT
) STRICT;

CREATE TABLE mark (
    room     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    event    BLOB    NOT NULL,
    PRIMARY KEY (room, platform)
) STRICT, WITHOUT ROWID;

-- The outbox.
CREATE TABLE lane (
    dest    INTEGER PRIMARY KEY,
    waiting INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    source   INTEGER,
    room     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    plain    BLOB
) STRICT;

-- What waits in a lane: runs of positions without a gap, which don't overlap.
CREATE TABLE outbox (
    dest  INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    PRIMARY KEY (dest, first)
) STRICT, WITHOUT ROWID;

-- Runs of publications: ids count up from `first` to `last`, positions from `seq`, and `num`, which counts all receipts.
-- `dests` holds pairs of platform and lane as varints.
CREATE TABLE receipt (
    first BLOB    PRIMARY KEY,
    last  BLOB    NOT NULL,
    num   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    dests BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fate (
    event    BLOB    NOT NULL,
    platform INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    why      TEXT,
    at       INTEGER NOT NULL,
    PRIMARY KEY (event, platform)
) STRICT, WITHOUT ROWID;

-- The lane had passed everything up to `upto` at `at`; 0: longer ago than is remembered.
CREATE TABLE passed (
    dest INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (dest, upto)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead (
    num      INTEGER PRIMARY KEY,
    dest     INTEGER NOT NULL,
    inbound  INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    died     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    source   INTEGER,
    room     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    plain    BLOB
) STRICT;
CREATE INDEX dead_dest ON dead (dest);
CREATE INDEX dead_id ON dead (id);

-- The inbox. `seen` in ages of 100,000 arrivals per platform; `sender` says in which age a platform is.
CREATE TABLE sender (
    platform INTEGER PRIMARY KEY,
    age      INTEGER NOT NULL,
    arrivals INTEGER NOT NULL,
    newest   BLOB    NOT NULL,
    before   BLOB    NOT NULL
) STRICT;

-- Runs of ids that count up, which don't overlap.
CREATE TABLE seen (
    platform INTEGER NOT NULL,
    age      INTEGER NOT NULL,
    first    BLOB    NOT NULL,
    last     BLOB    NOT NULL,
    PRIMARY KEY (platform, age, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE publication_key (
    num      INTEGER PRIMARY KEY,
    platform INTEGER NOT NULL,
    key      TEXT    NOT NULL,
    event    BLOB    NOT NULL,
    digest   BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    dests    BLOB    NOT NULL,
    UNIQUE (platform, key)
) STRICT;

CREATE TABLE inbox (
    seq      INTEGER PRIMARY KEY,
    id       BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    platform INTEGER NOT NULL,
    room     INTEGER NOT NULL,
    late     INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;

CREATE TABLE parked (
    num           INTEGER PRIMARY KEY,
    room_platform TEXT    NOT NULL,
    room_id       TEXT    NOT NULL,
    room_number   INTEGER NOT NULL,
    peer          INTEGER NOT NULL,
    id            BLOB    NOT NULL,
    kind          INTEGER NOT NULL,
    platform      INTEGER NOT NULL,
    source        INTEGER,
    room          INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    body          BLOB    NOT NULL,
    plain         BLOB
) STRICT;
CREATE INDEX parked_room ON parked (room_platform, room_id);
CREATE INDEX parked_at ON parked (at);

CREATE TABLE parked_by (
    peer   INTEGER PRIMARY KEY,
    events INTEGER NOT NULL
) STRICT;
