-- What people are told of their connections: kept here, and sent by mail where there is a server.
CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- To whom; where to is read from the user when it is sent.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Of which connection; nothing where it is of several, or of one that was forgotten.
    connection_id TEXT REFERENCES connections (id) ON DELETE SET NULL,
    kind TEXT NOT NULL,
    -- The moment that it counts from, the break or the end foretold, and how many days away.
    about_at BIGINT NOT NULL,
    day BIGINT NOT NULL,
    -- The stable code of what asked for attention, else empty.
    reason TEXT NOT NULL,
    -- No titles of events, no guests' addresses.
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    -- The path that leads to the repair.
    href TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    tries BIGINT NOT NULL,
    last_failure TEXT,
    read_at BIGINT,
    -- It is not sent any more: what it tells is no longer so, or it was tried for too long.
    stopped_at BIGINT
);
CREATE INDEX messages_of_user ON messages (user_id, created_at);
CREATE INDEX messages_of_account ON messages (account_id, created_at);
CREATE UNIQUE INDEX messages_once ON messages (connection_id, user_id, kind, about_at, day, reason);

-- Whose reminders a person does not want.
CREATE TABLE mutes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    muted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, connection_id)
);

-- Since when it has asked for attention, whatever the reasons, and when its grant ends.
ALTER TABLE connections ADD COLUMN broken_at BIGINT;
ALTER TABLE connections ADD COLUMN renew_before BIGINT;
