-- The sentence that was told last, and when a person last mended it.
ALTER TABLE connections ADD COLUMN told_say TEXT;
ALTER TABLE connections ADD COLUMN repaired_at BIGINT;
-- When somebody last had it looked at because a page of it was opened.
ALTER TABLE connections ADD COLUMN probed_at BIGINT;
-- Since when it can no longer be written to, where it could.
ALTER TABLE calendars ADD COLUMN write_lost_at BIGINT;
-- Counts the changes of how it is read: what a pull read before the last one is not stored.
ALTER TABLE calendars ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
CREATE INDEX connections_broken ON connections (account_id) WHERE told_state = 'attention';
-- What was chosen for the calendars of a connection that was disconnected, in case the same owner
-- connects the same account again.
CREATE TABLE remembered_choices (
    owner_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    integration TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    counts_as_busy BOOLEAN NOT NULL,
    all_day_is_busy BOOLEAN NOT NULL,
    linked BOOLEAN NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, integration, principal_id, remote_id)
);
