import type { Administrator } from '../../administrators/administrator.ts'
import type { ChallengeStore, PasskeyUse, Proven, SessionStore } from '../../administrators/administrator-store.ts'
import type { Session } from '../../administrators/session.ts'
import type { LimitStore } from '../../base/limit-store.ts'
import { insertSession, mayEnter, readAdministrator } from './administrator-store.ts'
import type { Engine, Transaction } from './engine.ts'

type Row = Record<string, unknown> | undefined

// What changes lives in columns; the rest of the session in its body.
const readSession = (row: Row): Session | undefined =>
  row
    ? {
        ...JSON.parse(row.body as string),
        digest: row.digest,
        lastSeenAt: Number(row.last_seen_at),
        steppedUpAt: Number(row.stepped_up_at),
      }
    : undefined

/** Moves a passkey's counter forward, if there is such a passkey and it did not go backwards. */
function usePasskey(transaction: Transaction, { id, counter, backedUp, at }: PasskeyUse): Proven {
  if (!transaction.get('SELECT 1 FROM administrator_passkey WHERE id = ?', id)) return 'refused'
  const forward = transaction.run(
    `UPDATE administrator_passkey SET counter = ?2, backed_up = ?3, last_used_at = ?4
     WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0))`,
    id,
    counter,
    backedUp ? 1 : 0,
    at,
  )
  return forward === 1 ? 'done' : 'counter'
}

export function createSessionStore(engine: Engine): SessionStore {
  return {
    begin: (session, { replaces, use }, events) =>
      engine.write((transaction) => {
        if (!mayEnter(transaction, session.administratorId)) return 'refused'
        const used = use ? usePasskey(transaction, use) : 'done'
        if (used !== 'done') return used
        if (replaces) transaction.run('DELETE FROM administrator_session WHERE digest = ?', replaces)
        insertSession(transaction, session)
        transaction.audit(events)
        return 'done'
      }),
    stepUp: (from, { digest, at, use }, events) =>
      engine.write((transaction) => {
        const current = transaction.get('SELECT administrator_id FROM administrator_session WHERE digest = ?', from)
        if (!current || !mayEnter(transaction, current.administrator_id as string)) return 'refused'
        const used = use ? usePasskey(transaction, use) : 'done'
        if (used !== 'done') return used
        transaction.run(
          'UPDATE administrator_session SET digest = ?, stepped_up_at = ?, last_seen_at = ? WHERE digest = ?',
          digest,
          at,
          at,
          from,
        )
        transaction.audit(events)
        return 'done'
      }),
    find: async (digest) => {
      const session = readSession(engine.get('SELECT * FROM administrator_session WHERE digest = ?', digest))
      if (!session) return undefined
      const sql = 'SELECT * FROM administrator WHERE id = ? AND disabled_at IS NULL'
      const administrator: Administrator | undefined = readAdministrator(engine.get(sql, session.administratorId))
      return administrator && { session, administrator }
    },
    touch: async (id, at) => {
      await engine.write((transaction) =>
        transaction.run(
          'UPDATE administrator_session SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2',
          id,
          at,
        ),
      )
    },
    list: async (administratorId) =>
      engine
        .all(
          'SELECT * FROM administrator_session WHERE administrator_id = ? ORDER BY last_seen_at DESC, id',
          administratorId,
        )
        .map((row) => readSession(row) as Session),
    end: (id, administratorId, event) =>
      engine.write((transaction) => {
        const sql = 'DELETE FROM administrator_session WHERE id = ? AND administrator_id = ?'
        if (transaction.run(sql, id, administratorId) !== 1) return false
        transaction.audit([event])
        return true
      }),
    endOthers: (administratorId, except, event) =>
      engine.write((transaction) => {
        const sql = 'DELETE FROM administrator_session WHERE administrator_id = ? AND id <> ?'
        const ended = transaction.run(sql, administratorId, except ?? '')
        if (ended > 0) transaction.audit([event])
        return ended
      }),
  }
}

export function createChallengeStore(engine: Engine): ChallengeStore {
  return {
    insert: async ({ digest, purpose, subject, expiresAt }) => {
      await engine.write((transaction) =>
        transaction.run('INSERT INTO administrator_challenge VALUES (?, ?, ?, ?)', digest, purpose, subject, expiresAt),
      )
    },
    take: (digest, purpose, subject, now) =>
      engine.write(
        (transaction) =>
          transaction.run(
            'DELETE FROM administrator_challenge WHERE digest = ? AND purpose = ? AND subject = ? AND expires_at > ?',
            digest,
            purpose,
            subject,
            now,
          ) === 1,
      ),
  }
}

export function createLimitStore(engine: Engine): LimitStore {
  return {
    hit: (key, windowMs, now) =>
      engine.write((transaction) => {
        transaction.run(
          `INSERT INTO limit_window VALUES (?1, 1, ?2 + ?3) ON CONFLICT DO UPDATE SET
             hits = iif(reset_at <= ?2, 1, hits + 1), reset_at = iif(reset_at <= ?2, ?2 + ?3, reset_at)`,
          key,
          now,
          windowMs,
        )
        const row = transaction.get('SELECT hits, reset_at FROM limit_window WHERE key = ?', key)
        return { hits: Number(row?.hits), resetAt: Number(row?.reset_at) }
      }),
    forget: async (now) => {
      if (!engine.get('SELECT 1 FROM limit_window WHERE reset_at <= ? LIMIT 1', now)) return
      await engine.write((transaction) => transaction.run('DELETE FROM limit_window WHERE reset_at <= ?', now))
    },
  }
}

/** Forgets links and challenges that are over, and sessions begun or last seen before these times. */
export async function forgetAdministration(
  engine: Engine,
  { now, startedBefore, seenBefore }: { now: number; startedBefore: number; seenBefore: number },
): Promise<void> {
  const over: [string, string, number][] = [
    ['administrator_link', 'expires_at <= ?', now],
    ['administrator_challenge', 'expires_at <= ?', now],
    ['administrator_kept_form', 'expires_at <= ?', now],
    ['administrator_session', 'started_at <= ?', startedBefore],
    ['administrator_session', 'last_seen_at <= ?', seenBefore],
  ]
  for (const [table, condition, time] of over) {
    if (!engine.get(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`, time)) continue
    await engine.write((transaction) => transaction.run(`DELETE FROM ${table} WHERE ${condition}`, time))
  }
}
