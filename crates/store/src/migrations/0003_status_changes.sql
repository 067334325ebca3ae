-- How each connection came to stand as it stands.
CREATE TABLE status_changes (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    -- With attention and delay: a stable code, and the sentence for a person.
    reason TEXT,
    say TEXT,
    -- What brought it about: a pull, a listing, a person, time itself.
    cause TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX status_changes_of_connection ON status_changes (connection_id, at);
-- The last of them, so that nobody has to look it up: state and reason, and since when.
ALTER TABLE connections ADD COLUMN told_state TEXT;
ALTER TABLE connections ADD COLUMN told_reason TEXT;
ALTER TABLE connections ADD COLUMN told_at BIGINT;
