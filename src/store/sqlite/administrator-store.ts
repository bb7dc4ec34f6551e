import type { Administrator, Passkey } from '../../administrators/administrator.ts'
import type { AdministratorStore, Changed, PasskeyStore } from '../../administrators/administrator-store.ts'
import type { Link } from '../../administrators/link.ts'
import type { Role } from '../../administrators/permissions.ts'
import type { Session } from '../../administrators/session.ts'
import type { AuditEvent } from '../../audit/events.ts'
import type { Engine, Transaction } from './engine.ts'

type Row = Record<string, unknown> | undefined

export const readAdministrator = (row: Row): Administrator | undefined =>
  row
    ? {
        id: row.id as string,
        name: row.name as string,
        role: row.role as Role,
        via: row.via as Administrator['via'],
        createdAt: Number(row.created_at),
        disabledAt: row.disabled_at === null ? null : Number(row.disabled_at),
      }
    : undefined

const readPasskey = (row: Row): Passkey | undefined =>
  row
    ? {
        ...JSON.parse(row.body as string),
        name: row.name,
        counter: Number(row.counter),
        backedUp: row.backed_up === 1,
        lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
      }
    : undefined

/** Whether the administrator exists and may enter. */
export const mayEnter = (transaction: Transaction, id: string): boolean =>
  transaction.get('SELECT 1 FROM administrator WHERE id = ? AND disabled_at IS NULL', id) !== undefined

/** False, and nothing is written, when the credential is somebody's already (Web Authentication section 7.1). */
function insertPasskey(transaction: Transaction, passkey: Passkey): boolean {
  const { id, administratorId, name, counter, backedUp, createdAt, lastUsedAt } = passkey
  if (transaction.get('SELECT 1 FROM administrator_passkey WHERE id = ?', id)) return false
  transaction.run(
    'INSERT INTO administrator_passkey VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    administratorId,
    name,
    counter,
    backedUp ? 1 : 0,
    createdAt,
    lastUsedAt,
    JSON.stringify(passkey),
  )
  return true
}

export function insertSession(transaction: Transaction, session: Session): void {
  const { id, digest, administratorId, startedAt, lastSeenAt, steppedUpAt } = session
  transaction.run(
    'INSERT INTO administrator_session VALUES (?, ?, ?, ?, ?, ?, ?)',
    id,
    digest,
    administratorId,
    startedAt,
    lastSeenAt,
    steppedUpAt,
    JSON.stringify(session),
  )
}

/**
 * That `who` is an owner who may enter, and can: who signs in with Entra can while their tenant is connected, unless it gave
 * them no role when they last came.
 */
const owns = (
  who: string,
): string => `${who}.role = 'owner' AND ${who}.disabled_at IS NULL AND (${who}.via <> 'entra' OR EXISTS (
  SELECT 1 FROM administrator_entra JOIN entra_sign_in ON entra_sign_in.tenant_id = administrator_entra.tenant_id
  WHERE administrator_entra.administrator_id = ${who}.id AND administrator_entra.confirmed_at IS NOT NULL))`

/** That somebody else is such an owner, or that this one is none: told of `?1`. */
const NOT_LAST_OWNER = `(role <> 'owner' OR disabled_at IS NOT NULL OR EXISTS (
  SELECT 1 FROM administrator AS other WHERE ${owns('other')} AND other.id <> ?1))`

/** The link, if it is neither spent nor over, and its maker may still let somebody in: the command line, or an owner. */
function standingLink(from: Pick<Engine, 'get'>, digest: string, now: number): Link | undefined {
  const row = from.get('SELECT body FROM administrator_link WHERE digest = ? AND expires_at > ?', digest, now)
  if (!row) return undefined
  const link = JSON.parse(row.body as string) as Link
  const maker = `SELECT 1 FROM administrator WHERE 'administrator:' || id = ? AND ${owns('administrator')}`
  return link.by === 'command-line' || from.get(maker, link.by) ? link : undefined
}

/** Runs `sql` on the administrator `?1`, unless no owner who may enter would be left. */
function unlessLastOwner(transaction: Transaction, id: string, sql: string, ...values: (string | number)[]): Changed {
  if (!transaction.get('SELECT 1 FROM administrator WHERE id = ?', id)) return 'unknown'
  return transaction.run(`${sql} WHERE id = ?1 AND ${NOT_LAST_OWNER}`, id, ...values) === 1 ? 'done' : 'last-owner'
}

export function createAdministratorStore(engine: Engine): AdministratorStore {
  /** One row changed, and recorded; or none, and nothing is. */
  const once = (event: AuditEvent, sql: string, ...values: string[]): Promise<boolean> =>
    engine.write((transaction) => {
      const won = transaction.run(sql, ...values) === 1
      if (won) transaction.audit([event])
      return won
    })
  const all = (which: string): Administrator[] =>
    engine
      .all(`SELECT * FROM administrator WHERE ${which} ORDER BY created_at, id`)
      .map((row) => readAdministrator(row) as Administrator)

  return {
    hasOwner: async () =>
      engine.get(`SELECT 1 FROM administrator WHERE ${owns('administrator')} LIMIT 1`) !== undefined,
    owners: async () => all(owns('administrator')),
    find: async (id) => readAdministrator(engine.get('SELECT * FROM administrator WHERE id = ?', id)),
    list: async () => all('TRUE'),
    rename: (id, name, event) => once(event, 'UPDATE administrator SET name = ? WHERE id = ?', name, id),
    setRole: (id, role, event) =>
      engine.write((transaction) => {
        const changed =
          role === 'owner'
            ? transaction.run(`UPDATE administrator SET role = 'owner' WHERE id = ?`, id) === 1
              ? 'done'
              : 'unknown'
            : unlessLastOwner(transaction, id, 'UPDATE administrator SET role = ?2', role)
        if (changed === 'done') transaction.audit([event])
        return changed
      }),
    disable: (id, at, event) =>
      engine.write((transaction) => {
        if (transaction.get('SELECT 1 FROM administrator WHERE id = ? AND disabled_at IS NOT NULL', id)) return 'done'
        const changed = unlessLastOwner(transaction, id, 'UPDATE administrator SET disabled_at = ?2', at)
        if (changed !== 'done') return changed
        transaction.run('DELETE FROM administrator_session WHERE administrator_id = ?', id)
        transaction.audit([event])
        return changed
      }),
    enable: (id, event) =>
      once(event, 'UPDATE administrator SET disabled_at = NULL WHERE id = ? AND disabled_at IS NOT NULL', id),
    remove: (id, event) =>
      engine.write((transaction) => {
        const changed = unlessLastOwner(transaction, id, 'DELETE FROM administrator')
        if (changed !== 'done') return changed
        for (const table of [
          'administrator_passkey',
          'administrator_session',
          'administrator_link',
          'administrator_entra',
        ])
          transaction.run(`DELETE FROM ${table} WHERE administrator_id = ?`, id)
        transaction.audit([event])
        return changed
      }),

    insertLink: (link, event) =>
      engine.write((transaction) => {
        const { digest, administratorId, expiresAt } = link
        transaction.run(
          'INSERT INTO administrator_link VALUES (?, ?, ?, ?)',
          digest,
          administratorId,
          expiresAt,
          JSON.stringify(link),
        )
        transaction.audit([event])
      }),
    findLink: async (digest, now) => standingLink(engine, digest, now),
    enter: ({ linkDigest, now, create, passkey, session, replaces }, events) =>
      engine.write((transaction) => {
        const { administratorId } = session
        if (!create && !mayEnter(transaction, administratorId)) return false
        if (transaction.get('SELECT 1 FROM administrator_passkey WHERE id = ?', passkey.id)) return false
        if (standingLink(transaction, linkDigest, now)?.administratorId !== administratorId) return false
        transaction.run('DELETE FROM administrator_link WHERE digest = ?', linkDigest)
        if (create) {
          const { id, name, role, via, createdAt, disabledAt } = create
          transaction.run(
            'INSERT INTO administrator VALUES (?, ?, ?, ?, ?, ?)',
            id,
            name,
            role,
            via,
            createdAt,
            disabledAt,
          )
        }
        transaction.run('DELETE FROM administrator_session WHERE administrator_id = ?', administratorId)
        if (replaces) transaction.run('DELETE FROM administrator_session WHERE digest = ?', replaces)
        insertPasskey(transaction, passkey)
        insertSession(transaction, session)
        transaction.audit(events)
        return true
      }),
  }
}

export function createPasskeyStore(engine: Engine): PasskeyStore {
  return {
    find: async (id) => readPasskey(engine.get('SELECT * FROM administrator_passkey WHERE id = ?', id)),
    of: async (administratorId) =>
      engine
        .all('SELECT * FROM administrator_passkey WHERE administrator_id = ? ORDER BY created_at, id', administratorId)
        .map((row) => readPasskey(row) as Passkey),
    insert: (passkey, event) =>
      engine.write((transaction) => {
        if (!mayEnter(transaction, passkey.administratorId) || !insertPasskey(transaction, passkey)) return false
        transaction.audit([event])
        return true
      }),
    rename: (id, administratorId, name, event) =>
      engine.write((transaction) => {
        const sql = 'UPDATE administrator_passkey SET name = ? WHERE id = ? AND administrator_id = ?'
        if (transaction.run(sql, name, id, administratorId) !== 1) return false
        transaction.audit([event])
        return true
      }),
    remove: (id, administratorId, event) =>
      engine.write((transaction) => {
        const theirs = 'SELECT 1 FROM administrator_passkey WHERE id = ? AND administrator_id = ?'
        if (!transaction.get(theirs, id, administratorId)) return 'unknown'
        const removed = transaction.run(
          `DELETE FROM administrator_passkey WHERE id = ?1 AND (
             EXISTS (SELECT 1 FROM administrator_passkey AS other WHERE other.administrator_id = ?2 AND other.id <> ?1)
             OR EXISTS (SELECT 1 FROM administrator WHERE id = ?2 AND via = 'entra'))`,
          id,
          administratorId,
        )
        if (removed === 0) return 'last'
        transaction.audit([event])
        return 'done'
      }),
  }
}
