-- People come and go: invitations, and sessions that may connect calendars and nothing else.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE,
    -- Who connects their calendars with it, where they are a user already.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    -- To join, or only to connect calendars.
    purpose TEXT NOT NULL,
    -- Who invited, and what they were called then.
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX invitations_of_account ON invitations (account_id, id);
-- A session that came by such a link may connect calendars, and nothing else.
ALTER TABLE sessions ADD COLUMN connects_only BOOLEAN NOT NULL DEFAULT FALSE;
-- The audit log is read newest first, by its ids.
CREATE INDEX audit_newest ON audit (account_id, id);
-- Of its events no more than the times is kept.
ALTER TABLE connections ADD COLUMN busy_only BOOLEAN NOT NULL DEFAULT FALSE;
