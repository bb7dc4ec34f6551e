import type { RingStore, Unwanted } from '../../push/ring.ts'
import type { DeviceSubscription } from '../../push/subscription.ts'
import type { SubscriptionStore } from '../../push/subscriptions.ts'
import type { VapidStore } from '../../push/vapid.ts'
import type { Engine } from './engine.ts'

const IS_ACTIVE = `SELECT 1 FROM device WHERE id = ? AND state = 'active'`

export function createSubscriptionStore(engine: Engine): SubscriptionStore {
  return {
    ofDevices: async (deviceIds) =>
      deviceIds
        .map((id) => engine.get('SELECT body FROM push_subscription WHERE device_id = ?', id))
        .filter((row) => row !== undefined)
        .map((row) => JSON.parse(row.body as string) as DeviceSubscription),

    keep: (subscription, event) =>
      engine.write((transaction) => {
        if (!transaction.get(IS_ACTIVE, subscription.deviceId)) return false
        transaction.run(
          'INSERT INTO push_subscription VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
          subscription.deviceId,
          JSON.stringify(subscription),
        )
        transaction.audit([event])
        return true
      }),

    retire: (subscription, event) =>
      engine.write((transaction) => {
        const body = JSON.stringify(subscription)
        const sql = 'DELETE FROM push_subscription WHERE device_id = ? AND body = ?'
        const won = transaction.run(sql, subscription.deviceId, body) === 1
        if (won) transaction.audit([event])
        return won
      }),
  }
}

export function createRingStore(engine: Engine): RingStore {
  return {
    ring: (key, prompt, now, { gap, most, window }) =>
      engine.write((transaction) => {
        if (transaction.get('SELECT 1 FROM ring WHERE key = ? AND at > ?', key, now - gap)) return false
        const full = 'SELECT 1 FROM ring WHERE key = ? AND at > ? LIMIT 1 OFFSET ?'
        if (transaction.get(full, key, now - window, most - 1)) return false
        transaction.run('INSERT INTO ring VALUES (?, ?, ?)', key, now, prompt)
        return true
      }),

    since: async (key, since) =>
      engine
        .all('SELECT at, prompt FROM ring WHERE key = ? AND at > ? ORDER BY at', key, since)
        .map(({ at, prompt }) => ({ at: Number(at), prompt: prompt as string })),

    unwanted: async ({ tenantId, objectId }, since) =>
      engine
        .all(
          'SELECT at, kind FROM unwanted WHERE tenant_id = ? AND object_id = ? AND at > ? ORDER BY at',
          tenantId,
          objectId,
          since,
        )
        .map(({ at, kind }) => ({ at: Number(at), kind: kind as Unwanted['kind'] })),

    forget: async (before) => {
      for (const table of ['ring', 'unwanted']) {
        if (!engine.get(`SELECT 1 FROM ${table} WHERE at < ? LIMIT 1`, before)) continue
        await engine.write((transaction) => transaction.run(`DELETE FROM ${table} WHERE at < ?`, before))
      }
    },
  }
}

export function createVapidStore(engine: Engine): VapidStore {
  const find = `SELECT value FROM setting WHERE name = 'vapid-key'`
  return {
    sealedKey: async () => engine.get(find)?.value as string | undefined,
    keepFirst: (sealed) =>
      engine.write((transaction) => {
        transaction.run(`INSERT INTO setting VALUES ('vapid-key', ?) ON CONFLICT DO NOTHING`, sealed)
        return transaction.get(find)?.value as string
      }),
  }
}
