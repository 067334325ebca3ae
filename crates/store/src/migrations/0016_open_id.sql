-- Does a password alone let nobody of an account in, where a provider of OpenID Connect is set up?
ALTER TABLE accounts ADD COLUMN requires_open_id BOOLEAN NOT NULL DEFAULT FALSE;
