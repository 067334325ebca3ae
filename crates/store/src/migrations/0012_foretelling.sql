-- Where a message goes that is not for the person's present address; forgotten once it is sent.
ALTER TABLE messages ADD COLUMN to_email TEXT;
