-- What a user or a room has beside its name: the URL of an avatar, and what the application carries, compact JSON.
ALTER TABLE user ADD COLUMN avatar TEXT;
ALTER TABLE user ADD COLUMN ext TEXT;
ALTER TABLE room ADD COLUMN avatar TEXT;
ALTER TABLE room ADD COLUMN ext TEXT;

-- By the origin: whom it bars, as members are held; "*" in place of the ids: all users of the platform.
ALTER TABLE announcement ADD COLUMN banned TEXT;

-- What became of it, platforms that are hosted here may ask of what they posted: whose it is, none: the app's own. Their numbers
-- count down from 0, so that however much they post, what is known of the app's own stays.
ALTER TABLE receipt ADD COLUMN hosted INTEGER;
ALTER TABLE counter ADD COLUMN hosted_receipt INTEGER NOT NULL DEFAULT 0;
