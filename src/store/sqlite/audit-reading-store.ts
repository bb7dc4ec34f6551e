import type { ChainEntry } from '../../audit/audit.ts'
import type { AuditEntry, AuditFilter, AuditReadingStore } from '../../audit/audit-reading.ts'
import type { RefusalCount } from '../../audit/events.ts'
import type { PersonKey } from '../../base/person.ts'
import type { Engine } from './engine.ts'
import { everySignIn, RARE_TYPE } from './schema/console.ts'

type Row = Record<string, unknown>
type Condition = { sql: string; values: (string | number)[] }

/** A filter of which everything is said: a sign-in is found by its person, about its time. */
type Narrowed = Omit<AuditFilter, 'person' | 'from' | 'to'> & Partial<PersonKey> & { from: number; to: number }

const MINUTE = 60_000
/** An event of a sign-in is at most this far from it: clocks are set, and the claim follows the end. */
const AROUND = 60 * MINUTE

export const readEntry = (row: Row): AuditEntry => ({
  position: Number(row.position),
  record: {
    writer: row.writer as string,
    seq: Number(row.seq),
    at: Number(row.at),
    event: JSON.parse(row.event as string),
    previous: row.previous as string,
    digest: row.digest as string,
  },
})

/** The same as it stands, whatever somebody made of its text. */
export function readAsItStands(row: Row): AuditEntry {
  try {
    return readEntry(row)
  } catch {
    return readEntry({ ...row, event: JSON.stringify({ type: 'unreadable', text: row.event }) })
  }
}

/** The same in its chain. What is searched by is the column and the text: they must say what the record says. */
export function readChainEntry(row: Row): ChainEntry {
  const entry = readAsItStands(row)
  const { event } = entry.record
  return { ...entry, agrees: row.type === event.type && row.event === JSON.stringify(event) }
}

/** A count, as it is kept: without an integration the column is empty, since a key has no NULL. */
export const readCount = ({ integration_id, ...count }: Row): RefusalCount => ({
  ...(count as Omit<RefusalCount, 'integrationId'>),
  integrationId: (integration_id as string) || null,
})

const isRare = (type: string): boolean => !everySignIn.some((often) => often === type)

/**
 * The index that leaves the least to look through, named in the query: SQLite knows nothing of how often a value occurs. A
 * type that every sign-in writes is found in any stretch of the log, and is in no index.
 */
function indexFor({ objectId, by, type, integrationId }: Narrowed): string {
  if (objectId) return 'audit_person'
  if (by) return 'audit_by'
  if (type && isRare(type)) return 'audit_type'
  return integrationId ? 'audit_integration' : 'audit_at'
}

function conditionsOf({ signInId, objectId, tenantId, by, type, integrationId }: Narrowed): Condition[] {
  const fact = (name: string, value: string | undefined): Condition[] =>
    value ? [{ sql: `json_extract(event, '$.${name}') = ?`, values: [value] }] : []
  return [
    ...fact('objectId', objectId),
    ...fact('tenantId', tenantId),
    ...fact('signInId', signInId),
    ...fact('by', by),
    ...(type ? [{ sql: isRare(type) ? `type = ? AND ${RARE_TYPE}` : 'type = ?', values: [type] }] : []),
    ...fact('integrationId', integrationId),
  ]
}

/** A query by the page. */
const queryOf = (filter: Narrowed, conditions: readonly Condition[], order: 'ASC' | 'DESC'): string =>
  `SELECT * FROM audit INDEXED BY ${indexFor(filter)} WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}
   ORDER BY at ${order}, position ${order} LIMIT ?`

export function createAuditReadingStore(engine: Engine): AuditReadingStore {
  /** The filter with its person and time; undefined when nothing can fit it. */
  function narrow({ person, from = 0, to = Number.MAX_SAFE_INTEGER, ...filter }: AuditFilter): Narrowed | undefined {
    if (!filter.signInId) return { ...filter, ...person, from, to }
    const sql = 'SELECT object_id, tenant_id, opened_at, ended_at FROM sign_in_record WHERE id = ?'
    const record = engine.get(sql, filter.signInId)
    if (!record) return undefined
    const [objectId, tenantId] = [record.object_id as string, record.tenant_id as string]
    if (person && !(person.objectId === objectId && person.tenantId === tenantId)) return undefined
    const end = record.ended_at === null ? to : Number(record.ended_at) + AROUND
    return {
      ...{ ...filter, objectId, tenantId },
      from: Math.max(from, Number(record.opened_at) - AROUND),
      to: Math.min(to, end),
    }
  }

  const read = (filter: Narrowed, conditions: Condition[], order: 'ASC' | 'DESC', limit: number): AuditEntry[] => {
    const values = conditions.flatMap((condition) => condition.values)
    return engine.all(queryOf(filter, conditions, order), ...values, limit).map(readEntry)
  }

  return {
    newest: async (wanted, before, limit) => {
      const filter = narrow(wanted)
      if (!filter) return []
      // Positions begin at 1: the place before everything of that instant.
      const end = before && before.at < filter.to ? before : { at: filter.to, position: 0 }
      const within = { sql: 'at >= ? AND (at, position) < (?, ?)', values: [filter.from, end.at, end.position] }
      return read(filter, [...conditionsOf(filter), within], 'DESC', limit)
    },

    oldest: async (wanted, after, limit) => {
      const filter = narrow(wanted)
      if (!filter) return []
      const start = after && after.at >= filter.from ? after : { at: filter.from, position: 0 }
      const within = { sql: 'at < ? AND (at, position) > (?, ?)', values: [filter.to, start.at, start.position] }
      return read(filter, [...conditionsOf(filter), within], 'ASC', limit)
    },

    refusals: async ({ integrationId, from = 0, to = Number.MAX_SAFE_INTEGER }, limit) => {
      const [first, end] = [Math.floor(from / MINUTE), Math.ceil(to / MINUTE)]
      const [index, condition] = integrationId
        ? ['INDEXED BY refusal_count_integration', 'integration_id = ? AND ']
        : ['', '']
      const order = integrationId ? 'type DESC, code DESC' : 'type DESC, code DESC, integration_id DESC'
      const sql = `SELECT * FROM refusal_count ${index} WHERE ${condition}minute >= ? AND minute < ?
        ORDER BY minute DESC, ${order}, address DESC LIMIT ?`
      return engine.all(sql, ...(integrationId ? [integrationId] : []), first, end, limit).map(readCount)
    },
  }
}
