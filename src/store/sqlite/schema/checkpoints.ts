/** Signed checkpoints, and how far each chain is signed: a chain that is closed is not written to any more. */
export const checkpoints = `
CREATE TABLE audit_checkpoint (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, through INTEGER NOT NULL, jws TEXT NOT NULL
) STRICT;

CREATE TABLE audit_chain (
  writer TEXT PRIMARY KEY, seq INTEGER NOT NULL, closed INTEGER NOT NULL CHECK (closed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_chain_open ON audit_chain (writer) WHERE closed = 0;
`
