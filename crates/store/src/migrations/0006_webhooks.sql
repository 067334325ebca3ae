-- Addresses of other programs that are told what happens here.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Whoever has the address can post to it.
    url_sealed BYTEA NOT NULL,
    -- A JSON list of the kinds that are wanted.
    events TEXT NOT NULL,
    secret_sealed BYTEA NOT NULL,
    -- The secret of before, which signs as well until then.
    previous_secret_sealed BYTEA,
    previous_secret_until BIGINT,
    created_at BIGINT NOT NULL,
    last_success_at BIGINT,
    -- Since when nothing was taken there, while it is so.
    failing_since BIGINT,
    disabled_at BIGINT,
    disabled_why TEXT
);
CREATE INDEX webhooks_of_account ON webhooks (account_id);

-- What they are told, each thing once for each of them.
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- Of one lane, each waits for the one before it: a connection, or a delivery by itself.
    lane TEXT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- What is posted, byte by byte; no titles, no secrets.
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it is tried next; none once it is over.
    next_at BIGINT,
    tries BIGINT NOT NULL,
    tried_at BIGINT,
    -- What came of the last try: the HTTP status, where there was an answer, and a stable code.
    status BIGINT,
    failure TEXT,
    delivered_at BIGINT,
    given_up_at BIGINT
);
CREATE INDEX webhook_deliveries_in_lane ON webhook_deliveries (webhook_id, lane, position);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, lane, position)
    WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);

-- Since when changes of a calendar are stored and not yet told: their pull has not come to its end.
ALTER TABLE calendars ADD COLUMN untold_since BIGINT;
