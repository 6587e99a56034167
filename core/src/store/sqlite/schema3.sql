-- How many events wait for the app, and which of them were out when a process died.
ALTER TABLE counter ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
UPDATE counter SET waiting = (SELECT count(*) FROM inbox);
ALTER TABLE inbox ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
