-- A password that was chosen with a sign-in link holds only after the second step.
ALTER TABLE half_sessions ADD COLUMN password_hash TEXT;
-- Who made the link by which a session came that may connect calendars and nothing else.
ALTER TABLE sessions ADD COLUMN invited_by TEXT;
-- Who was invited to connect calendars alone, and not to join so far, does no more than that,
-- however they sign in.
ALTER TABLE users ADD COLUMN connects_only BOOLEAN NOT NULL DEFAULT FALSE;
-- Is the e-mail address known to be theirs? Then who signs in with it at a provider is them.
ALTER TABLE users ADD COLUMN email_confirmed BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET email_confirmed = TRUE WHERE role = 'admin' OR EXISTS (
    SELECT 1 FROM invitations i WHERE i.account_id = users.account_id AND i.email = users.email
);
