// A store in which much has happened: people with their phones, and sign-ins that are long over, with their seven records each in
// the audit log. They are copies of one real sign-in, made by SQLite itself.
import { DatabaseSync } from 'node:sqlite'

/** Fills the store that `file` holds, of a service that does not run, and in which somebody has signed in. */
export function fillWithPast(file: string, { people, signIns }: { people: number; signIns: number }): void {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA temp_store = MEMORY; BEGIN')
  const numbers = (count: number) =>
    `WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count - 1})`
  // The copies of one person stand together, as they would if each came once a day.
  const objectId = (i: string) => `printf('c0000000-0000-4000-8000-%012d', ${i})`
  const personOf = (i: string) => objectId(`${i} / ${Math.max(1, Math.ceil(signIns / people))}`)
  const earlier = `abs(random() % ${90 * 86_400_000})`
  const digest = `lower(hex(randomblob(21))) || 'x'`

  database.exec(`
    ${numbers(people)} INSERT INTO person
      SELECT ${objectId('i')}, tenant_id, integration_id, printf('past%d@contoso.example', i), printf('past%d@contoso.example', i),
        last_sign_in_at, first_seen_at
      FROM numbers, (SELECT * FROM person LIMIT 1);
    ${numbers(people)} INSERT INTO device (id, thumbprint, tenant_id, object_id, state, bound_at, revoked_at, body, last_used_at)
      SELECT printf('c%031x', i), ${digest}, tenant_id, ${objectId('i')}, state, bound_at, revoked_at,
        json_set(body, '$.id', printf('c%031x', i), '$.objectId', ${objectId('i')}), last_used_at
      FROM numbers, (SELECT * FROM device LIMIT 1);
    CREATE TEMP TABLE last AS SELECT * FROM sign_in_record WHERE outcome = 'answered' ORDER BY opened_at DESC LIMIT 1;
    CREATE TEMP TABLE said AS SELECT row_number() OVER (ORDER BY seq) - 1 AS k, at, type, event FROM audit
      WHERE event ->> 'signInId' = (SELECT id FROM last);
    ${numbers(signIns)} INSERT INTO sign_in_record
      SELECT opened_at - ${earlier}, printf('c%031x', i), integration_id, tenant_id, ${personOf('i')}, person, contract, outcome,
        ended_at, method, device_id, address, place, browser, application
      FROM numbers, last;
    ${numbers(signIns)} INSERT INTO audit (writer, seq, at, type, event, previous, digest)
      SELECT 'past', i * (SELECT count(*) FROM said) + k + 1, at - ${earlier}, type,
        json_set(event, '$.objectId', ${personOf('i')}, '$.signInId', printf('c%031x', i)), ${digest}, ${digest}
      FROM numbers, said;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);`)
  database.close()
}
