-- Signing in grows up: second factors, sign-ins that are half way, people known by an identity
-- at their business's own provider.

-- The authenticator app of a user (RFC 6238); it counts once a first code has confirmed it.
CREATE TABLE authenticators (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    -- The time step of the last code that was taken: none is taken twice.
    last_step BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    -- The credential's id, in base64url.
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- As SubjectPublicKeyInfo (RFC 5280 §4.1).
    public_key BYTEA NOT NULL,
    -- What the passkey itself has counted; zero where it does not count.
    signatures BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

CREATE TABLE passkey_challenges (
    challenge_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the answer is for: to register, or to sign in.
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Sign-ins that lack their second step. They open no page but that one.
CREATE TABLE half_sessions (
    token_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the first step was, and where it goes on to after the second.
    first_step TEXT NOT NULL,
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX half_sessions_of_user ON half_sessions (user_id);

-- Who is who at a provider of OpenID Connect: issuer and subject never change hands.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, user_id)
);

-- Sign-ins that are at that provider's page: each comes back once, in the browser that went.
CREATE TABLE open_id_sign_ins (
    state_hash BYTEA PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Must everyone in the account have a second factor?
ALTER TABLE accounts ADD COLUMN requires_second_step BOOLEAN NOT NULL DEFAULT FALSE;
