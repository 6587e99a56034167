-- What a user or a room has beside its name: the URL of an avatar, and what the application carries, compact JSON.
ALTER TABLE user ADD COLUMN avatar TEXT;
ALTER TABLE user ADD COLUMN ext TEXT;
ALTER TABLE room ADD COLUMN avatar TEXT;
ALTER TABLE room ADD COLUMN ext TEXT;

-- By the origin: whom it bars, as members are held; "*" in place of the ids: all users of the platform.
ALTER TABLE announcement ADD COLUMN banned TEXT;
