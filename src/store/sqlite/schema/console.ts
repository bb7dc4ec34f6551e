/**
 * Types of which nearly every sign-in writes an event. They have no place in the index by type: it would cost every sign-in
 * seven entries, and whoever looks for one of these finds it in any stretch of the log.
 */
export const everySignIn = [
  'hint.accepted',
  'signin.opened',
  'signin.prompted',
  'signin.approved',
  'signin.answered',
  'claim.signing',
  'claim.signed',
] as const

/** Holds for every other type. A query must say it in these words to use the index. */
export const RARE_TYPE = `type NOT IN (${everySignIn.map((type) => `'${type}'`).join(', ')})`

/** Holds for a sign-in that is over: only then is it in the index by outcome, once. A query must say it in these words. */
export const ENDED = `outcome NOT IN ('open', 'approved')`

/**
 * What the console reads. Every sign-in pays for these indexes, so there are few: a record stands at its time, the newest
 * together, and a sign-in's events are found by its person and time, not by an index of their own.
 */
export const consoleTables = `
CREATE TABLE sign_in_record (
  opened_at INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, integration_id TEXT NOT NULL, tenant_id TEXT NOT NULL, object_id TEXT NOT NULL,
  person TEXT NOT NULL, contract TEXT NOT NULL, outcome TEXT NOT NULL, ended_at INTEGER, method TEXT, device_id TEXT,
  address TEXT NOT NULL, place TEXT, browser TEXT NOT NULL, application TEXT, PRIMARY KEY (opened_at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_record_integration ON sign_in_record (integration_id, opened_at, id);
CREATE INDEX sign_in_record_person ON sign_in_record (object_id, tenant_id, opened_at, id);
CREATE INDEX sign_in_record_outcome ON sign_in_record (outcome, opened_at, id) WHERE ${ENDED};

CREATE TABLE person (
  object_id TEXT NOT NULL, tenant_id TEXT NOT NULL, integration_id TEXT NOT NULL, label TEXT NOT NULL, label_folded TEXT NOT NULL,
  last_sign_in_at INTEGER, first_seen_at INTEGER NOT NULL, PRIMARY KEY (object_id, tenant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_label ON person (label_folded, tenant_id, object_id);
CREATE INDEX person_integration ON person (integration_id, label_folded, tenant_id, object_id);

CREATE TABLE last_hint (
  integration_id TEXT NOT NULL, contract TEXT NOT NULL, accepted_at INTEGER, refused_at INTEGER, code TEXT, reason TEXT,
  PRIMARY KEY (integration_id, contract)
) STRICT, WITHOUT ROWID;

ALTER TABLE device ADD COLUMN last_used_at INTEGER;

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_type ON audit (type, at) WHERE ${RARE_TYPE};
CREATE INDEX audit_by ON audit (json_extract(event, '$.by'), at) WHERE json_extract(event, '$.by') IS NOT NULL;
CREATE INDEX audit_integration ON audit (json_extract(event, '$.integrationId'), at);
CREATE INDEX audit_person ON audit (json_extract(event, '$.objectId'), at);

ALTER TABLE refusal_count RENAME TO earlier_refusal_count;
CREATE TABLE refusal_count (
  minute INTEGER NOT NULL, type TEXT NOT NULL, code TEXT NOT NULL, integration_id TEXT NOT NULL, address TEXT NOT NULL,
  reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (minute, type, code, integration_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX refusal_count_integration ON refusal_count (integration_id, minute, type, code, address);
INSERT INTO refusal_count SELECT minute, type, code, '', address, reason, count FROM earlier_refusal_count;
DROP TABLE earlier_refusal_count;

INSERT INTO sign_in_record
  SELECT opened_at, id, body ->> 'integrationId', tenant_id, object_id, body ->> 'person', body -> 'asked' ->> 'contract', phase,
    CASE WHEN phase IN ('open', 'approved') THEN NULL ELSE expires_at END,
    CASE WHEN body -> 'decision' ->> 'proof' IS NOT NULL THEN 'push' END, body -> 'decision' ->> 'deviceId',
    body ->> 'address', body ->> 'place', body ->> 'browser', body ->> 'application'
  FROM sign_in;

INSERT INTO person
  SELECT object_id, tenant_id, body ->> 'integrationId', body ->> 'person', lower(body ->> 'person'), bound_at, bound_at
  FROM device WHERE true ORDER BY bound_at
  ON CONFLICT DO UPDATE SET integration_id = excluded.integration_id, label = excluded.label,
    label_folded = excluded.label_folded, last_sign_in_at = excluded.last_sign_in_at;
INSERT INTO person
  SELECT object_id, tenant_id, integration_id, person, lower(person), opened_at, opened_at
  FROM sign_in_record WHERE true ORDER BY opened_at
  ON CONFLICT DO UPDATE SET integration_id = excluded.integration_id, label = excluded.label,
    label_folded = excluded.label_folded, last_sign_in_at = max(last_sign_in_at, excluded.last_sign_in_at);
INSERT INTO person
  SELECT object_id, tenant_id, body ->> 'integrationId', object_id, lower(object_id), NULL, body ->> 'createdAt'
  FROM invitation WHERE true
  ON CONFLICT DO NOTHING;

INSERT INTO last_hint
  SELECT integration_id, contract, max(opened_at), NULL, NULL, NULL FROM sign_in_record GROUP BY integration_id, contract;

UPDATE device SET last_used_at = used.at
  FROM (
    SELECT json_extract(event, '$.deviceId') AS device_id, max(at) AS at FROM audit WHERE type = 'signin.approved' GROUP BY 1
  ) AS used
  WHERE used.device_id = device.id;
`
