/** What people got wrong in a row, of every kind. */
export const failures = `
CREATE TABLE person_failure (
  tenant_id TEXT NOT NULL, object_id TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, object_id, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO person_failure SELECT tenant_id, object_id, 'number', count, last_at FROM wrong_numbers;
DROP TABLE wrong_numbers;
`
