/** Administrators who sign in with Entra. `tenant_id` and `connection_id` are those of what lets people in; null: nothing does. */
export const entraSignIn = `
CREATE TABLE entra_sign_in (
  one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, tenant_id TEXT, connection_id TEXT, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE administrator_entra (
  tenant_id TEXT NOT NULL, object_id TEXT NOT NULL, administrator_id TEXT NOT NULL UNIQUE, PRIMARY KEY (tenant_id, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE administrator_kept_form (
  digest TEXT PRIMARY KEY, session_id TEXT NOT NULL, expires_at INTEGER NOT NULL, sealed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_kept_form_end ON administrator_kept_form (expires_at);
`
