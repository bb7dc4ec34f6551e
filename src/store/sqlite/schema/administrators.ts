/** Administrators, what lets them in, and how often strangers tried. */
export const administrators = `
CREATE TABLE administrator (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, via TEXT NOT NULL,
  created_at INTEGER NOT NULL, disabled_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE administrator_link (
  digest TEXT PRIMARY KEY, administrator_id TEXT NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_link_end ON administrator_link (expires_at);

CREATE TABLE administrator_passkey (
  id TEXT PRIMARY KEY, administrator_id TEXT NOT NULL, name TEXT NOT NULL, counter INTEGER NOT NULL,
  backed_up INTEGER NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_passkey_owner ON administrator_passkey (administrator_id, created_at);

CREATE TABLE administrator_session (
  id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, administrator_id TEXT NOT NULL, started_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL, stepped_up_at INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_session_owner ON administrator_session (administrator_id);
CREATE INDEX administrator_session_start ON administrator_session (started_at);
CREATE INDEX administrator_session_seen ON administrator_session (last_seen_at);

CREATE TABLE administrator_challenge (
  digest TEXT PRIMARY KEY, purpose TEXT NOT NULL, subject TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_challenge_end ON administrator_challenge (expires_at);

CREATE TABLE administrator_token (
  id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL, created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL, last_used_at INTEGER, revoked_at INTEGER, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrator_token_made ON administrator_token (created_at);
CREATE INDEX administrator_token_end ON administrator_token (ends_at);

CREATE TABLE limit_window (
  key TEXT PRIMARY KEY, hits INTEGER NOT NULL, reset_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX limit_window_end ON limit_window (reset_at);
`
