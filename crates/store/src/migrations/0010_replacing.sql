-- Another account in the place of the one that a connection holds: how many it has had before
-- this one, so that what was begun with the one does not end with the next.
ALTER TABLE connections ADD COLUMN era BIGINT NOT NULL DEFAULT 0;
-- A sign-in whose account takes the place of the one that is repaired, if it is another; and one
-- of whose events the times alone are kept, from the first on.
ALTER TABLE sign_ins ADD COLUMN replaces BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sign_ins ADD COLUMN busy_only BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE remembered_choices ADD COLUMN busy_only BOOLEAN NOT NULL DEFAULT FALSE;
-- An account that was signed in to where another was to be repaired: it waits until the person, in
-- that session, says whether it takes the other's place.
CREATE TABLE waiting_accounts (
    attempt_id TEXT PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    session_hash BYTEA NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    -- Who it is, its credential and its calendars.
    found_sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX waiting_accounts_of_connection ON waiting_accounts (connection_id);
CREATE INDEX waiting_accounts_of_session ON waiting_accounts (session_hash);
