-- How a platform stands, in more detail: why it counts as down or its lane rests, when it is tried again, what its last ping
-- showed to be wrong (JSON), and whether the node's registry reaches it by a lane of its own.
ALTER TABLE contact ADD COLUMN error TEXT;
ALTER TABLE contact ADD COLUMN next_try INTEGER;
ALTER TABLE contact ADD COLUMN findings TEXT;
ALTER TABLE contact ADD COLUMN is_lane INTEGER NOT NULL DEFAULT 1;
