/** Push subscriptions, how often a person was rung for, and what they did not want. */
export const push = `
CREATE TABLE push_subscription (
  device_id TEXT PRIMARY KEY, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ring (
  key TEXT NOT NULL, at INTEGER NOT NULL, prompt TEXT NOT NULL
) STRICT;
CREATE INDEX ring_key ON ring (key, at);
CREATE INDEX ring_end ON ring (at);

CREATE TABLE unwanted (
  tenant_id TEXT NOT NULL, object_id TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL
) STRICT;
CREATE INDEX unwanted_person ON unwanted (tenant_id, object_id, at);
CREATE INDEX unwanted_end ON unwanted (at);

UPDATE integration SET body = json_set(
  body, '$.version', 1, '$.namePersonInPush', json('false'), '$.firstUseDomains', json('[]')
);
`
