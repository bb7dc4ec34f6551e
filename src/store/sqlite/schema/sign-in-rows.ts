/**
 * Sign-ins by row number, with an index by id. In a table without one SQLite reads whole rows, from several pages each, to
 * compare their ids (sqlite.org/withoutrowid.html: "works best when individual rows are not too large").
 */
export const signInRows = `
CREATE TABLE sign_in_next (
  id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, phase TEXT NOT NULL, tenant_id TEXT NOT NULL, object_id TEXT NOT NULL,
  opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ticket_digest TEXT, code_digest TEXT, pending_thumbprint TEXT,
  body TEXT NOT NULL
) STRICT;
INSERT INTO sign_in_next SELECT
  id, version, phase, tenant_id, object_id, opened_at, expires_at, ticket_digest, code_digest, pending_thumbprint, body
  FROM sign_in;
DROP TABLE sign_in;
ALTER TABLE sign_in_next RENAME TO sign_in;
CREATE INDEX sign_in_open ON sign_in (tenant_id, object_id, expires_at) WHERE phase = 'open';
CREATE INDEX sign_in_due ON sign_in (expires_at) WHERE phase IN ('open', 'approved');
CREATE INDEX sign_in_end ON sign_in (expires_at);
CREATE UNIQUE INDEX sign_in_ticket ON sign_in (ticket_digest) WHERE ticket_digest IS NOT NULL;
CREATE UNIQUE INDEX sign_in_code ON sign_in (code_digest) WHERE code_digest IS NOT NULL;
CREATE INDEX sign_in_pending ON sign_in (pending_thumbprint) WHERE pending_thumbprint IS NOT NULL;
`
