/** Where the audit log is forwarded to, how far each chain was delivered there, and what was not taken for good. */
export const forwarding = `
CREATE TABLE forward_destination (
  id TEXT PRIMARY KEY, holder TEXT, held_until INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE forward_mark (
  destination_id TEXT NOT NULL, writer TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (destination_id, writer)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter (
  destination_id TEXT NOT NULL, writer TEXT NOT NULL, seq INTEGER NOT NULL, failed_at INTEGER NOT NULL,
  again INTEGER NOT NULL CHECK (again IN (0, 1)), body TEXT NOT NULL, PRIMARY KEY (destination_id, writer, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letter_failed ON dead_letter (destination_id, failed_at, writer, seq);
CREATE INDEX dead_letter_again ON dead_letter (destination_id, failed_at, writer, seq) WHERE again = 1;
`
