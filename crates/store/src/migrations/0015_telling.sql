-- Since when a calendar's brake is on; of one that is on already, since it was last known.
ALTER TABLE calendars ADD COLUMN braked_at BIGINT;
UPDATE calendars SET braked_at = known_at WHERE brake IS NOT NULL;
-- What was told last: since when it is so, and what single calendars ask for, with blanks between.
ALTER TABLE connections ADD COLUMN told_since BIGINT;
ALTER TABLE connections ADD COLUMN told_asks TEXT;
-- Of which of them a message is news; else empty.
ALTER TABLE messages ADD COLUMN asks TEXT NOT NULL DEFAULT '';
DROP INDEX messages_once;
CREATE UNIQUE INDEX messages_once
    ON messages (connection_id, user_id, kind, about_at, day, reason, asks);
