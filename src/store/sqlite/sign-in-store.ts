import type { PersonKey } from '../../base/person.ts'
import type { FailureKind } from '../../signin/failures.ts'
import type { Phase, SignIn } from '../../signin/sign-in.ts'
import type { SignInStore } from '../../signin/sign-in-store.ts'
import { memoryOf, noteProof } from './device-store.ts'
import type { Engine, Transaction } from './engine.ts'
import { noteAccepted } from './last-hint-store.ts'
import { noteSignedIn } from './person-notes.ts'
import { recordMoved, recordOpened } from './sign-in-history-store.ts'

const read = (row: Record<string, unknown> | undefined): SignIn | undefined =>
  row ? JSON.parse(row.body as string) : undefined

function insert(transaction: Transaction, signIn: SignIn): void {
  const { id, version, phase, tenantId, objectId, openedAt, expiresAt, ticket } = signIn
  transaction.run(
    `INSERT INTO sign_in (id, version, phase, tenant_id, object_id, opened_at, expires_at, ticket_digest, code_digest, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    version,
    phase,
    tenantId,
    objectId,
    openedAt,
    expiresAt,
    ticket?.ticketDigest ?? null,
    ticket?.codeDigest ?? null,
    JSON.stringify(signIn),
  )
}

export function createSignInStore(engine: Engine): SignInStore {
  return {
    open: (signIn, hint, maxOpen, now, events) =>
      engine.write((transaction) => {
        const used = transaction.get('SELECT sign_in_id FROM used_hint WHERE digest = ?', hint.digest)
        if (used) {
          const earlier = transaction.get('SELECT body FROM sign_in WHERE id = ?', used.sign_in_id as string)
          return { kind: 'repeat' as const, signIn: read(earlier) }
        }
        const open = transaction.get(
          `SELECT count(*) AS n FROM sign_in WHERE phase = 'open' AND tenant_id = ? AND object_id = ? AND expires_at > ?`,
          signIn.tenantId,
          signIn.objectId,
          now,
        )
        if (Number(open?.n) >= maxOpen) return { kind: 'too-many' as const }
        transaction.run('INSERT INTO used_hint VALUES (?, ?, ?)', hint.digest, signIn.id, hint.keepUntil)
        insert(transaction, signIn)
        recordOpened(transaction, signIn)
        noteSignedIn(transaction, signIn)
        noteAccepted(transaction, signIn, now)
        transaction.audit(events)
        return { kind: 'opened' as const }
      }),

    move: (from, to, effects) =>
      engine.write((transaction) => {
        const {
          activate,
          ifDeviceActive,
          ifIntegrationEnabled,
          useOnce,
          useProof,
          ifNeverHadDevice,
          spendInvitation,
          releaseInvitation,
          countFailure,
          endFailures,
          recordUnwanted,
        } = effects
        if (ifDeviceActive) {
          if (!transaction.get(`SELECT 1 FROM device WHERE id = ? AND state = 'active'`, ifDeviceActive)) return false
        }
        if (ifIntegrationEnabled) {
          const enabled = `SELECT 1 FROM integration WHERE id = ? AND json_extract(body, '$.enabled')`
          if (!transaction.get(enabled, ifIntegrationEnabled)) return false
        }
        if (useOnce && transaction.get('SELECT 1 FROM used_hint WHERE digest = ?', useOnce.digest)) return false
        const memory = useProof && memoryOf(transaction, useProof)
        if (memory === 'other') return false
        if (ifNeverHadDevice) {
          const { tenantId, objectId } = ifNeverHadDevice
          if (transaction.get('SELECT 1 FROM device WHERE tenant_id = ? AND object_id = ? LIMIT 1', tenantId, objectId))
            return false
        }
        if (spendInvitation) {
          const { id, heldBy } = spendInvitation
          if (
            !transaction.get('SELECT 1 FROM invitation WHERE id = ? AND held_by = ? AND spent_at IS NULL', id, heldBy)
          )
            return false
        }
        const judgedBy = countFailure ?? endFailures
        if (judgedBy && failuresOf(transaction, judgedBy, judgedBy.kind).count !== judgedBy.after) return false
        const won = transaction.run(
          `UPDATE sign_in SET version = ?, phase = ?, ticket_digest = ?, code_digest = ?, pending_thumbprint = ?, body = ?
           WHERE id = ? AND version = ?`,
          to.version,
          to.phase,
          to.ticket?.ticketDigest ?? null,
          to.ticket?.codeDigest ?? null,
          to.pendingDevice?.thumbprint ?? null,
          JSON.stringify(to),
          from.id,
          from.version,
        )
        if (won !== 1) return false
        recordMoved(transaction, from, to, effects)
        if (useOnce)
          transaction.run('INSERT INTO used_hint VALUES (?, ?, ?)', useOnce.digest, from.id, useOnce.keepUntil)
        if (useProof && memory === 'first') noteProof(transaction, useProof)
        if (activate) {
          transaction.run(
            'INSERT INTO device (id, thumbprint, tenant_id, object_id, state, bound_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
            activate.id,
            activate.thumbprint,
            activate.tenantId,
            activate.objectId,
            activate.state,
            activate.boundAt,
            JSON.stringify(activate),
          )
        }
        if (to.phase === 'approved' && from.phase !== 'approved' && to.decision) {
          const { at, deviceId } = to.decision
          transaction.run('UPDATE device SET last_used_at = ? WHERE id = ?', at, deviceId)
        }
        if (spendInvitation) {
          transaction.run('UPDATE invitation SET spent_at = ? WHERE id = ?', spendInvitation.at, spendInvitation.id)
        }
        if (releaseInvitation) {
          transaction.run(
            'UPDATE invitation SET held_by = NULL, held_until = 0 WHERE id = ? AND held_by = ?',
            releaseInvitation.id,
            releaseInvitation.heldBy,
          )
        }
        if (countFailure) {
          const { tenantId, objectId, kind, at } = countFailure
          transaction.run(
            `INSERT INTO person_failure VALUES (?, ?, ?, 1, ?)
             ON CONFLICT DO UPDATE SET count = count + 1, last_at = excluded.last_at`,
            ...[tenantId, objectId, kind, at],
          )
        }
        if (endFailures) {
          const { tenantId, objectId, kind } = endFailures
          const row = 'tenant_id = ? AND object_id = ? AND kind = ?'
          transaction.run(`DELETE FROM person_failure WHERE ${row}`, tenantId, objectId, kind)
        }
        if (recordUnwanted) {
          const { tenantId, objectId, at, kind } = recordUnwanted
          transaction.run('INSERT INTO unwanted VALUES (?, ?, ?, ?)', tenantId, objectId, at, kind)
        }
        transaction.audit(effects.events)
        return true
      }),

    find: async (id) => read(engine.get('SELECT body FROM sign_in WHERE id = ?', id)),

    standing: async (id) => {
      const row = engine.get('SELECT version, phase, expires_at FROM sign_in WHERE id = ?', id)
      const { version, phase, expires_at } = row ?? {}
      return row && { version: Number(version), phase: phase as Phase, expiresAt: Number(expires_at) }
    },

    used: async (digests) => {
      const among = 'SELECT digest FROM used_hint WHERE digest IN (SELECT value FROM json_each(?))'
      return new Set(engine.all(among, JSON.stringify(digests)).map(({ digest }) => String(digest)))
    },

    findByHint: async (digest) =>
      read(
        engine.get('SELECT body FROM sign_in WHERE id = (SELECT sign_in_id FROM used_hint WHERE digest = ?)', digest),
      ),

    findByTicket: async (digest) =>
      read(
        engine.get('SELECT body FROM sign_in WHERE ticket_digest = ?', digest) ??
          engine.get('SELECT body FROM sign_in WHERE code_digest = ?', digest),
      ),

    findByPendingDevice: async (thumbprint) =>
      read(
        engine.get('SELECT body FROM sign_in WHERE pending_thumbprint = ? ORDER BY opened_at DESC LIMIT 1', thumbprint),
      ),

    openOf: async ({ tenantId, objectId }, now) =>
      engine
        .all(
          `SELECT body FROM sign_in WHERE phase = 'open' AND tenant_id = ? AND object_id = ? AND expires_at > ? ORDER BY opened_at`,
          tenantId,
          objectId,
          now,
        )
        .map((row) => read(row) as SignIn),

    failures: async (person, kind) => failuresOf(engine, person, kind),

    forgetFailures: ({ tenantId, objectId }, event) =>
      engine.write((transaction) => {
        const row = 'tenant_id = ? AND object_id = ?'
        if (transaction.run(`DELETE FROM person_failure WHERE ${row}`, tenantId, objectId) === 0) return false
        transaction.audit([event])
        return true
      }),

    due: async (now, limit) =>
      engine
        .all(
          `SELECT body FROM sign_in WHERE phase IN ('open', 'approved') AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
          now,
          limit,
        )
        .map((row) => read(row) as SignIn),

    forget: async (endedBefore, now) => {
      const until = { sign_in: endedBefore, used_hint: now, used_proof: now }
      for (const [table, time] of Object.entries(until)) {
        const due = DUE[table as keyof typeof DUE]
        if (!engine.get(`${due} LIMIT 1`, time)) continue
        const key = due.split(' ')[1]
        // A thousand at a time: what expired together must not hold up who signs in now.
        const some = `DELETE FROM ${table} WHERE ${key} IN (${due} LIMIT ${AT_A_TIME})`
        while ((await engine.write((transaction) => transaction.run(some, time))) === AT_A_TIME);
      }
    },
  }
}

/** Failures of a person in a row, as a transaction or the engine itself sees them. */
function failuresOf(
  on: Pick<Engine, 'get'>,
  { tenantId, objectId }: PersonKey,
  kind: FailureKind,
): { count: number; lastAt: number } {
  const row = on.get(
    'SELECT count, last_at FROM person_failure WHERE tenant_id = ? AND object_id = ? AND kind = ?',
    ...[tenantId, objectId, kind],
  )
  return { count: Number(row?.count ?? 0), lastAt: Number(row?.last_at ?? 0) }
}

const AT_A_TIME = 1000

/** What may be forgotten, by table; each takes the time until which. */
const DUE = {
  sign_in: `SELECT id FROM sign_in WHERE expires_at <= ? AND phase NOT IN ('open', 'approved')`,
  used_hint: 'SELECT digest FROM used_hint WHERE keep_until <= ?',
  used_proof: 'SELECT id FROM used_proof WHERE expires_at <= ?',
}
