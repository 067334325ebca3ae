-- A password that was chosen with a sign-in link holds only after the second step.
ALTER TABLE half_sessions ADD COLUMN password_hash TEXT;
-- Who made the link by which a session came that may connect calendars and nothing else.
ALTER TABLE sessions ADD COLUMN invited_by TEXT;
