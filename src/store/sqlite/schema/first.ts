/** Integrations, devices, sign-ins, keys, the audit log. */
export const first = `
CREATE TABLE integration (
  id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL UNIQUE, client_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
  id TEXT PRIMARY KEY, thumbprint TEXT NOT NULL UNIQUE, tenant_id TEXT NOT NULL, object_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'revoked')), bound_at INTEGER NOT NULL, revoked_at INTEGER, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_person ON device (tenant_id, object_id, state);

CREATE TABLE invitation (
  id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, object_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
  held_by TEXT, held_until INTEGER NOT NULL, spent_at INTEGER, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_person ON invitation (tenant_id, object_id);

CREATE TABLE sign_in (
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, phase TEXT NOT NULL, tenant_id TEXT NOT NULL, object_id TEXT NOT NULL,
  opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ticket_digest TEXT, code_digest TEXT, pending_thumbprint TEXT,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_open ON sign_in (tenant_id, object_id, expires_at) WHERE phase = 'open';
CREATE INDEX sign_in_due ON sign_in (expires_at) WHERE phase IN ('open', 'approved');
CREATE INDEX sign_in_end ON sign_in (expires_at);
CREATE UNIQUE INDEX sign_in_ticket ON sign_in (ticket_digest) WHERE ticket_digest IS NOT NULL;
CREATE UNIQUE INDEX sign_in_code ON sign_in (code_digest) WHERE code_digest IS NOT NULL;
CREATE INDEX sign_in_pending ON sign_in (pending_thumbprint) WHERE pending_thumbprint IS NOT NULL;

CREATE TABLE used_hint (
  digest TEXT PRIMARY KEY, sign_in_id TEXT NOT NULL, keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_hint_end ON used_hint (keep_until);

CREATE TABLE used_proof (
  id TEXT PRIMARY KEY, digest TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_proof_end ON used_proof (expires_at);

CREATE TABLE wrong_numbers (
  tenant_id TEXT NOT NULL, object_id TEXT NOT NULL, count INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_key (
  kid TEXT PRIMARY KEY, signs_from INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  position INTEGER PRIMARY KEY AUTOINCREMENT, writer TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  type TEXT NOT NULL, event TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (writer, seq)
) STRICT;

CREATE TABLE refusal_count (
  minute INTEGER NOT NULL, type TEXT NOT NULL, code TEXT NOT NULL, address TEXT NOT NULL, reason TEXT NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (minute, type, code, address)
) STRICT, WITHOUT ROWID;
`
