import type { SignInFilter, SignInHistoryStore, SignInPlace, SignInRecord } from '../../signin/history.ts'
import { isEnd, phases } from '../../signin/phases.ts'
import type { Phase, SignIn } from '../../signin/sign-in.ts'
import type { Effects } from '../../signin/sign-in-store.ts'
import type { Engine, Transaction } from './engine.ts'
import { ENDED } from './schema/console.ts'

/** Writes the record of a sign-in that is being opened. */
export function recordOpened(transaction: Transaction, signIn: SignIn): void {
  const { id, openedAt, integrationId, tenantId, objectId, person, asked, phase } = signIn
  const { address, place, browser, application } = signIn
  transaction.run(
    `INSERT INTO sign_in_record
       (opened_at, id, integration_id, tenant_id, object_id, person, contract, outcome, address, place, browser, application)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[openedAt, id, integrationId, tenantId, objectId, person, asked.contract, phase],
    ...[address, place, browser, application],
  )
}

/** Writes what a move made of a sign-in; most moves change nothing here. */
export function recordMoved(transaction: Transaction, from: SignIn, to: SignIn, { events }: Effects): void {
  if (from.phase === to.phase) return
  const approved = events.find((event) => event.type === 'signin.approved')
  transaction.run(
    `UPDATE sign_in_record SET outcome = ?, ended_at = ?, method = coalesce(?, method), device_id = coalesce(?, device_id)
     WHERE opened_at = ? AND id = ?`,
    to.phase,
    isEnd(to.phase) ? transaction.now() : null,
    approved?.method ?? null,
    to.decision?.deviceId ?? null,
    from.openedAt,
    from.id,
  )
}

/** The open sign-ins of a tenant that is being removed have come to nothing. */
export function recordRemoved(transaction: Transaction, tenantId: string, at: number): void {
  transaction.run(
    `UPDATE sign_in_record SET outcome = 'cancelled', ended_at = ? WHERE id IN
       (SELECT id FROM sign_in WHERE tenant_id = ? AND phase IN ('open', 'approved'))`,
    at,
    tenantId,
  )
}

const readRecord = (row: Record<string, unknown>): SignInRecord => ({
  id: row.id as string,
  integrationId: row.integration_id as string,
  tenantId: row.tenant_id as string,
  objectId: row.object_id as string,
  person: row.person as string,
  contract: row.contract as SignInRecord['contract'],
  openedAt: Number(row.opened_at),
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
  outcome: row.outcome as Phase,
  method: row.method as string | null,
  deviceId: row.device_id as string | null,
  address: row.address as string,
  place: row.place as string | null,
  browser: row.browser as string,
  application: row.application as string | null,
})

/**
 * The index that leaves the least to look through, named in the query: SQLite knows nothing of how often a value occurs, and
 * a wrong guess reads a million rows. Nearly every sign-in is answered, so that this outcome is found in any stretch of them.
 */
function indexFor({ person, outcome, integrationId }: SignInFilter): string {
  if (person) return 'INDEXED BY sign_in_record_person'
  if (outcome && isEnd(outcome) && (outcome !== 'answered' || !integrationId))
    return 'INDEXED BY sign_in_record_outcome'
  return integrationId ? 'INDEXED BY sign_in_record_integration' : ''
}

/** What is open or approved was opened at most this long before its time is over. */
const LONGEST_LIFE = 600_000

/** No text is less than the empty one: the place before everything of that instant. */
const placeBefore = (openedAt: number): SignInPlace => ({ openedAt, id: '' })

export function createSignInHistoryStore(engine: Engine): SignInHistoryStore {
  /** When the first of those that are not over was opened, or a little before: they are the newest, and there are few. */
  function firstAlive(): number {
    const row = engine.get(`SELECT min(expires_at) AS first FROM sign_in WHERE phase IN ('open', 'approved')`)
    return typeof row?.first === 'number' ? row.first - LONGEST_LIFE : Number.MAX_SAFE_INTEGER
  }

  return {
    list: async (filter, before, limit) => {
      const { person, outcome, integrationId, to = Number.MAX_SAFE_INTEGER } = filter
      const from = Math.max(filter.from ?? 0, outcome && !isEnd(outcome) ? firstAlive() : 0)
      const wanted = [
        ...(person ? [{ sql: 'object_id = ? AND tenant_id = ?', values: [person.objectId, person.tenantId] }] : []),
        ...(outcome ? [{ sql: `outcome = ?${isEnd(outcome) ? ` AND ${ENDED}` : ''}`, values: [outcome] }] : []),
        ...(integrationId ? [{ sql: 'integration_id = ?', values: [integrationId] }] : []),
      ]
      const end = before && before.openedAt < to ? before : placeBefore(to)
      const sql = `SELECT * FROM sign_in_record ${indexFor(filter)}
        WHERE ${wanted.map((one) => `${one.sql} AND `).join('')}opened_at >= ? AND (opened_at, id) < (?, ?)
        ORDER BY opened_at DESC, id DESC LIMIT ?`
      return engine
        .all(sql, ...wanted.flatMap(({ values }) => values), from, end.openedAt, end.id, limit)
        .map(readRecord)
    },

    countByOutcome: async (since) => {
      const count = (outcome: Phase): number => {
        const sql = 'SELECT count(*) AS n FROM sign_in_record WHERE outcome = ? AND opened_at >= ?'
        const row = isEnd(outcome)
          ? engine.get(`${sql} AND ${ENDED}`, outcome, since)
          : engine.get(sql, outcome, Math.max(since, firstAlive()))
        return Number(row?.n)
      }
      return Object.fromEntries(phases.map((outcome) => [outcome, count(outcome)])) as Record<Phase, number>
    },

    find: async (id) => {
      const row = engine.get('SELECT * FROM sign_in_record WHERE id = ?', id)
      return row && readRecord(row)
    },

    forget: async (before) => {
      const due = 'SELECT opened_at, id FROM sign_in_record WHERE opened_at < ?'
      if (!engine.get(`${due} LIMIT 1`, before)) return
      // A thousand at a time: what is forgotten must not hold up who signs in now.
      const some = `DELETE FROM sign_in_record WHERE (opened_at, id) IN (${due} LIMIT ${AT_A_TIME})`
      while ((await engine.write((transaction) => transaction.run(some, before))) === AT_A_TIME);
    },
  }
}

const AT_A_TIME = 1000
