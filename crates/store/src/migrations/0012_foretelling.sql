-- The certificate that a server showed last, where a person typed its address: whose it is, since
-- when and until when it holds.
ALTER TABLE connections ADD COLUMN certificate_host TEXT;
ALTER TABLE connections ADD COLUMN certificate_begins_at BIGINT;
ALTER TABLE connections ADD COLUMN certificate_ends_at BIGINT;
-- Where a message goes that is not for the person's present address; forgotten once it is sent.
ALTER TABLE messages ADD COLUMN to_email TEXT;
