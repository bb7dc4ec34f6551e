/**
 * Signing keys in the order in which they were made, which no clock can change, and how far their timetable was watched. Of
 * keys that are there already the last record in the audit log says when somebody was there.
 */
export const keyBook = `
ALTER TABLE signing_key ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE signing_key SET
  position = (SELECT count(*) FROM signing_key AS earlier WHERE earlier.signs_from < signing_key.signs_from),
  body = json_set(body, '$.withdrawnAt', json('null'));

CREATE TABLE key_book (
  one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, seen_at INTEGER NOT NULL
) STRICT;
INSERT INTO key_book
  SELECT 1, 1, coalesce((SELECT max(at) FROM audit), 0) WHERE EXISTS (SELECT 1 FROM signing_key);
`
