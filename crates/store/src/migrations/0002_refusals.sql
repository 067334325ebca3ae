-- When the far side refused the credential, where nothing was read there since: one refusal can be
-- a slip, a second one some time later is proof.
ALTER TABLE connections ADD COLUMN refused_at BIGINT;
