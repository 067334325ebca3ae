-- The house: people, connections, their calendars and events, and the work that keeps them true.
-- One text for SQLite and PostgreSQL. Ids sort by time; instants are milliseconds since 1970 UTC;
-- columns named *_sealed are encrypted (see seal.rs).

CREATE TABLE keys (
    -- By which keys things here were ever sealed: the first bytes of each key's hash.
    id TEXT PRIMARY KEY
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    password_hash TEXT,
    linked_calendar_id TEXT,
    private_mode BOOLEAN NOT NULL,
    import TEXT NOT NULL,
    on_outside_change TEXT NOT NULL,
    write_detail TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX users_of_account ON users (account_id);

CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE sign_in_links (
    token_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE sign_in_failures (
    -- Failed sign-ins, by a hash of the e-mail address or of the network address.
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE TABLE idempotency_keys (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status BIGINT,
    answer_sealed BYTEA,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The user, or the account where the business itself holds the connection.
    owner_id TEXT NOT NULL,
    integration TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    principal_name TEXT NOT NULL,
    addresses_sealed BYTEA NOT NULL,
    credential_sealed BYTEA NOT NULL,
    checks TEXT NOT NULL,
    attention_reason TEXT,
    attention_say TEXT,
    attention_at BIGINT,
    paused_at BIGINT,
    throttled_until BIGINT,
    last_success_at BIGINT,
    last_change_at BIGINT,
    -- When a person last pressed Sync now.
    asked_at BIGINT,
    -- What the provider granted, in its spelling, with spaces between; empty without OAuth.
    scopes TEXT NOT NULL,
    -- The process that fetches a new access token just now, and until when the others wait for it.
    refresh_owner TEXT,
    refresh_until BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (owner_id, integration, principal_id)
);
CREATE INDEX connections_of_account ON connections (account_id);

CREATE TABLE calendars (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    access TEXT NOT NULL,
    time_zone TEXT,
    position BIGINT NOT NULL,
    -- How many rows of `events` it has, kept by those who add and remove them: counting a hundred
    -- thousand costs more than a pull.
    event_count BIGINT NOT NULL,
    counts_as_busy BOOLEAN NOT NULL,
    all_day_is_busy BOOLEAN NOT NULL,
    poll_every_s BIGINT NOT NULL,
    -- Our place in a pull: beginning, midway or settled, with the far side's token.
    cursor TEXT NOT NULL,
    cursor_token TEXT,
    -- The full listing that is under way, or was last: rows not seen in it are swept at its end.
    listing BIGINT NOT NULL,
    listed_at BIGINT,
    known_at BIGINT,
    known_from BIGINT,
    known_until BIGINT,
    brake TEXT,
    -- A person said that the sudden emptiness is true: the next listing is believed.
    brake_released BOOLEAN NOT NULL,
    gone_at BIGINT,
    -- How its owner's answer to an invitation is told from the other guests'.
    own_answer TEXT NOT NULL,
    -- The video meetings that an event in it can bring along.
    conference TEXT,
    -- Does its provider ring when it changes; and if not, why, and since when.
    push BOOLEAN NOT NULL,
    push_say TEXT,
    push_at BIGINT,
    -- Why the last look at it failed, since when, and when it is tried again; or NULL.
    trouble_code TEXT,
    trouble_say TEXT,
    trouble_at BIGINT,
    again_at BIGINT,
    UNIQUE (connection_id, remote_id)
);
CREATE INDEX calendars_of_remote ON calendars (remote_id);

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    calendar_id TEXT NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    -- The version the far side lists, and the version whose body we hold: where they differ, the
    -- body is still to be fetched and the old one counts on.
    listed_etag TEXT NOT NULL,
    held_etag TEXT,
    content_hash BYTEA,
    -- Why it is not, or not wholly, understood: a code, and a sentence without its title.
    problem_code TEXT,
    problem_say TEXT,
    -- Does anything of it lie beyond the horizon?
    goes_on BOOLEAN NOT NULL,
    seen_in BIGINT NOT NULL,
    -- Where the far side lists the parts of a series apart: the series' name there.
    series TEXT,
    changed_at BIGINT NOT NULL,
    UNIQUE (calendar_id, remote_id)
);
CREATE INDEX events_of_calendar ON events (calendar_id, id);
CREATE INDEX events_pending ON events (calendar_id, id)
    WHERE held_etag IS NULL OR held_etag <> listed_etag;
CREATE INDEX events_not_understood ON events (calendar_id) WHERE problem_code IS NOT NULL;
CREATE INDEX events_of_series ON events (calendar_id, series) WHERE series IS NOT NULL;
CREATE INDEX events_going_on ON events (calendar_id, id) WHERE goes_on;

CREATE TABLE event_texts (
    -- The bodies, apart: so that a listing, which touches every event, does not rewrite them.
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    text_sealed BYTEA NOT NULL
);

CREATE TABLE occurrences (
    -- What an event amounts to in time, within the horizon. Can be rebuilt at any time.
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    calendar_id TEXT NOT NULL,
    -- From the start of the first to the end of the last.
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    -- Each start and end, whether all-day, and how it blocks (see busy/packed.rs).
    packed BYTEA NOT NULL
);
CREATE INDEX occurrences_in_time ON occurrences (
    -- By start: what is asked for lies near the horizon's beginning, so little is passed over.
    calendar_id, start_at, end_at
);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    -- What must not be done twice at once, such as "pull_calendar:cal_…".
    uniq TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    -- Asked for again while running: runs once more at that instant.
    rerun_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    last_failure TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_uniq ON jobs (uniq);
CREATE INDEX jobs_due ON jobs (state, run_at);

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    calendar_id TEXT,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    not_understood BIGINT NOT NULL,
    failure TEXT,
    say TEXT
);
CREATE INDEX runs_of_connection ON runs (connection_id, started_at);

CREATE TABLE sign_ins (
    -- A person is at a provider's page, and is to come back with this state: once, in this
    -- browser.
    state_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    integration TEXT NOT NULL,
    repairs TEXT,
    -- Of the proof key in the cookie of the browser that went; NULL until its link is opened.
    browser_hash BYTEA,
    redirect_uri TEXT NOT NULL,
    return_to TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE channels (
    -- A standing request to be rung by a provider.
    id TEXT PRIMARY KEY,
    calendar_id TEXT NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    -- The far side's name for it; NULL while it is being opened.
    remote_id TEXT,
    secret_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    rung_at BIGINT,
    -- A poll found changes of which it had not told: it is given until then, and some minutes.
    doubted_at BIGINT,
    -- Another took its place: it is to be closed.
    retired_at BIGINT
);
CREATE INDEX channels_of_calendar ON channels (calendar_id);

CREATE TABLE attempts (
    -- One try to connect or to repair. Never holds what was typed.
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    integration TEXT NOT NULL,
    repairs TEXT,
    -- Where a program wants the person when it is over: a path of ours.
    return_to TEXT,
    checks TEXT NOT NULL,
    state TEXT NOT NULL,
    failure TEXT,
    failure_say TEXT,
    failure_field TEXT,
    connection_id TEXT,
    started_at BIGINT NOT NULL,
    -- Its last sign of life while it runs: a process that dies does not end what it ran.
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
