import type { EntraSettings } from '../../administrators/entra-connection.ts'
import type { EntraStore, KeptFormStore } from '../../administrators/entra-store.ts'
import { insertSession, readAdministrator } from './administrator-store.ts'
import type { Engine } from './engine.ts'

const BY_IDENTITY = `SELECT administrator.* FROM administrator_entra
  JOIN administrator ON administrator.id = administrator_entra.administrator_id
  WHERE tenant_id = ? AND object_id = ?`

export function createEntraStore(engine: Engine): EntraStore {
  return {
    settings: async () => {
      const row = engine.get('SELECT body FROM entra_sign_in')
      return row && (JSON.parse(row.body as string) as EntraSettings)
    },
    save: (next, event) =>
      engine.write((transaction) => {
        const { version, active, on } = next
        const now = transaction.get('SELECT version, connection_id FROM entra_sign_in')
        if (Number(now?.version ?? 0) !== version - 1) return 'changed'
        const withPasskey = `SELECT 1 FROM administrator WHERE role = 'owner' AND via <> 'entra' AND disabled_at IS NULL LIMIT 1`
        if (!on && now?.connection_id && !transaction.get(withPasskey)) return 'last-owner'
        const tenantId = on ? (active?.tenantId ?? null) : null
        transaction.run(
          `INSERT INTO entra_sign_in VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
             version = excluded.version, tenant_id = excluded.tenant_id, connection_id = excluded.connection_id,
             body = excluded.body`,
          version,
          tenantId,
          on ? (active?.id ?? null) : null,
          JSON.stringify(next),
        )
        transaction.run(
          `DELETE FROM administrator_session WHERE administrator_id IN (
             SELECT administrator_id FROM administrator_entra WHERE tenant_id IS NOT ?)`,
          tenantId,
        )
        transaction.audit([event])
        return 'done'
      }),

    find: async ({ tenantId, objectId }) => readAdministrator(engine.get(BY_IDENTITY, tenantId, objectId)),
    identityOf: async (administratorId) => {
      const sql = 'SELECT tenant_id, object_id FROM administrator_entra WHERE administrator_id = ?'
      const row = engine.get(sql, administratorId)
      return row && { tenantId: row.tenant_id as string, objectId: row.object_id as string }
    },
    standingOf: async (administratorId) => {
      const row = engine.get(
        `SELECT confirmed_at, EXISTS (
           SELECT 1 FROM entra_sign_in WHERE entra_sign_in.tenant_id = administrator_entra.tenant_id) AS connected
         FROM administrator_entra WHERE administrator_id = ?`,
        administratorId,
      )
      if (!row) return undefined
      return {
        isConnected: row.connected === 1,
        confirmedAt: row.confirmed_at === null ? null : Number(row.confirmed_at),
      }
    },
    arrive: ({ connectionId, identity, at, known, administrator, session, replaces }, events) =>
      engine.write((transaction) => {
        const { tenantId, objectId } = identity
        const on = 'SELECT 1 FROM entra_sign_in WHERE connection_id = ? AND tenant_id = ?'
        if (!transaction.get(on, connectionId, tenantId)) return 'refused'
        const current = readAdministrator(transaction.get(BY_IDENTITY, tenantId, objectId))
        if (current?.id !== known?.id || current?.role !== known?.role) return 'again'
        if (current?.disabledAt) return 'again'
        const { id, name, role, via, createdAt, disabledAt } = administrator
        if (known) transaction.run('UPDATE administrator SET role = ? WHERE id = ?', role, id)
        else {
          const sql = 'INSERT INTO administrator VALUES (?, ?, ?, ?, ?, ?)'
          transaction.run(sql, id, name, role, via, createdAt, disabledAt)
          transaction.run('INSERT INTO administrator_entra VALUES (?, ?, ?, NULL)', tenantId, objectId, id)
        }
        transaction.run('UPDATE administrator_entra SET confirmed_at = ? WHERE administrator_id = ?', at, id)
        if (replaces) transaction.run('DELETE FROM administrator_session WHERE digest = ?', replaces)
        if (session) insertSession(transaction, session)
        transaction.audit(events)
        return 'done'
      }),
    turnAway: ({ tenantId, objectId }, events) =>
      engine.write((transaction) => {
        const theirs = 'tenant_id = ? AND object_id = ?'
        transaction.run(`UPDATE administrator_entra SET confirmed_at = NULL WHERE ${theirs}`, tenantId, objectId)
        transaction.run(
          `DELETE FROM administrator_session WHERE administrator_id IN (
             SELECT administrator_id FROM administrator_entra WHERE ${theirs})`,
          tenantId,
          objectId,
        )
        transaction.audit(events)
      }),
  }
}

export function createKeptFormStore(engine: Engine): KeptFormStore {
  return {
    insert: async ({ digest, sessionId, expiresAt, sealed }) => {
      const sql = 'INSERT INTO administrator_kept_form VALUES (?, ?, ?, ?)'
      await engine.write((transaction) => transaction.run(sql, digest, sessionId, expiresAt, sealed))
    },
    find: async (digest, sessionId, now) => {
      const sql = 'SELECT sealed FROM administrator_kept_form WHERE digest = ? AND session_id = ? AND expires_at > ?'
      return engine.get(sql, digest, sessionId, now)?.sealed as string | undefined
    },
  }
}
