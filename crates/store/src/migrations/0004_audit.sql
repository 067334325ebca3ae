-- Who did what, when, for whom. Written in the transaction of the act itself; never changed.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- A user, an API key, or the word that says who else it was.
    actor_id TEXT NOT NULL,
    -- What the actor was called then: they may be gone now.
    actor_name TEXT NOT NULL,
    act TEXT NOT NULL,
    -- Whose thing it was, where it was not the actor's own.
    for_user_id TEXT,
    for_user_name TEXT,
    -- What was acted on, and what that was called then.
    subject_id TEXT,
    subject_name TEXT,
    -- What changed, in words without secrets.
    say TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX audit_of_account ON audit (account_id, at, id);
