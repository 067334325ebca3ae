-- A password that was chosen with a sign-in link holds only after the second step.
ALTER TABLE half_sessions ADD COLUMN password_hash TEXT;
