import type { AuditStore } from '../../audit/audit.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { IntegrationStore } from '../../integrations/integrations.ts'
import { readAsItStands, readChainEntry, readCount } from './audit-reading-store.ts'
import type { Engine } from './engine.ts'
import { forgetHints, noteRefused } from './last-hint-store.ts'
import { recordRemoved } from './sign-in-history-store.ts'

const readIntegration = (row: Record<string, unknown> | undefined): Integration | undefined =>
  row ? JSON.parse(row.body as string) : undefined

export function createIntegrationStore(engine: Engine): IntegrationStore {
  return {
    insert: (integration, event) =>
      engine.write((transaction) => {
        const { id, tenantId, clientId } = integration
        if (transaction.get('SELECT 1 FROM integration WHERE tenant_id = ?', tenantId)) return 'tenant-taken'
        transaction.run(
          'INSERT INTO integration VALUES (?, ?, ?, ?)',
          id,
          tenantId,
          clientId,
          JSON.stringify(integration),
        )
        transaction.audit([event])
        return 'inserted'
      }),
    find: async (id) => readIntegration(engine.get('SELECT body FROM integration WHERE id = ?', id)),
    findByClientId: async (clientId) =>
      readIntegration(engine.get('SELECT body FROM integration WHERE client_id = ?', clientId)),
    list: async () =>
      engine
        .all('SELECT body FROM integration')
        .map((row) => readIntegration(row) as Integration)
        .sort((a, b) => a.createdAt - b.createdAt),
    replace: (integration, event) =>
      engine.write((transaction) => {
        const won = transaction.run(
          `UPDATE integration SET body = ? WHERE id = ? AND json_extract(body, '$.version') = ?`,
          JSON.stringify(integration),
          integration.id,
          integration.version - 1,
        )
        if (won === 1) transaction.audit([event])
        return won === 1
      }),
    remove: (id, at, event) =>
      engine.write((transaction) => {
        const row = transaction.get('SELECT tenant_id FROM integration WHERE id = ?', id)
        if (!row) return false
        const tenantId = row.tenant_id as string
        transaction.run('DELETE FROM integration WHERE id = ?', id)
        transaction.run(
          `UPDATE device SET state = 'revoked', revoked_at = ? WHERE tenant_id = ? AND state = 'active'`,
          at,
          tenantId,
        )
        transaction.run(
          'DELETE FROM push_subscription WHERE device_id IN (SELECT id FROM device WHERE tenant_id = ?)',
          tenantId,
        )
        transaction.run('DELETE FROM invitation WHERE tenant_id = ? AND spent_at IS NULL', tenantId)
        recordRemoved(transaction, tenantId, at)
        forgetHints(transaction, id)
        transaction.run(`DELETE FROM sign_in WHERE tenant_id = ? AND phase IN ('open', 'approved')`, tenantId)
        transaction.audit([event])
        return true
      }),
  }
}

export function createAuditStore(engine: Engine): AuditStore {
  return {
    append: (events) =>
      engine.write((transaction) => {
        transaction.audit(events)
        for (const event of events) noteRefused(transaction, event)
      }),
    count: async (event, minute, most) => {
      await engine.write((transaction) => {
        const full = transaction.get('SELECT 1 FROM refusal_count WHERE minute = ? LIMIT 1 OFFSET ?', minute, most - 1)
        transaction.run(
          `INSERT INTO refusal_count VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1`,
          minute,
          event.type,
          event.code,
          event.integrationId ?? '',
          full ? '*' : event.address,
          event.reason,
        )
        noteRefused(transaction, event)
      })
    },
    foldCounts: async (before) => {
      const whole = `minute < ? AND NOT (address = '*' AND minute % 60 = 0)`
      for (;;) {
        const oldest = engine.get(`SELECT minute FROM refusal_count WHERE ${whole} ORDER BY minute LIMIT 1`, before)
        if (!oldest) return
        // An hour at a time: a flood of yesterday must not hold up who signs in now.
        const from = Math.floor(Number(oldest.minute) / 60) * 60
        const until = Math.min(from + 60, before)
        // Nobody counts in an hour of yesterday any more: what is read here is what is replaced.
        const rows = engine.all(
          `SELECT type, code, integration_id, min(reason) AS reason, sum(count) AS count FROM refusal_count
             WHERE minute >= ? AND minute < ? GROUP BY type, code, integration_id`,
          ...[from, until],
        )
        await engine.write((transaction) => {
          transaction.run('DELETE FROM refusal_count WHERE minute >= ? AND minute < ?', from, until)
          for (const { type, code, integration_id, reason, count } of rows) {
            const values = [from, type, code, integration_id, '*', reason, count] as (string | number)[]
            transaction.run('INSERT INTO refusal_count VALUES (?, ?, ?, ?, ?, ?, ?)', ...values)
          }
        })
      }
    },
    forgetCounts: async (before) => {
      if (!engine.get('SELECT 1 FROM refusal_count WHERE minute < ? LIMIT 1', before)) return
      await engine.write((transaction) => transaction.run('DELETE FROM refusal_count WHERE minute < ?', before))
    },
    read: async (after, limit) =>
      engine.all('SELECT * FROM audit WHERE position > ? ORDER BY position LIMIT ?', after, limit).map(readAsItStands),
    chains: async (after, limit) => {
      const { writer, seq, position } = after ?? { writer: '', seq: 0, position: 0 }
      const sql = 'SELECT * FROM audit WHERE (writer, seq, position) > (?, ?, ?) ORDER BY writer, seq, position LIMIT ?'
      return engine.all(sql, writer, seq, position, limit).map(readChainEntry)
    },
    counts: async () => engine.all('SELECT * FROM refusal_count ORDER BY minute, code, address').map(readCount),
  }
}
