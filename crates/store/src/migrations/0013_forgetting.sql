-- What failed is forgotten with time: in place of a count stands the instant from which nothing of
-- it counts any more. What was counted before is forgotten at once.
ALTER TABLE sign_in_failures RENAME COLUMN failures TO forgotten_at;
