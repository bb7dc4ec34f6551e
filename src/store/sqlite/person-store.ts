import type { DeviceRow, Person, PersonStore } from '../../devices/people.ts'
import { readDevice } from './device-store.ts'
import type { Engine } from './engine.ts'

const readPerson = (row: Record<string, unknown>): Person => ({
  tenantId: row.tenant_id as string,
  objectId: row.object_id as string,
  integrationId: row.integration_id as string,
  label: row.label as string,
  folded: row.label_folded as string,
  lastSignInAt: row.last_sign_in_at === null ? null : Number(row.last_sign_in_at),
  firstSeenAt: Number(row.first_seen_at),
})

/** Comes after every text that begins with what stands before it. */
const LAST_CHARACTER = '\u{10ffff}'

export function createPersonStore(engine: Engine): PersonStore {
  return {
    search: async (search, after, limit) => {
      const { integrationId } = search
      const ofIntegration = integrationId ? 'integration_id = ? AND ' : ''
      const first = integrationId ? [integrationId] : []
      if ('objectId' in search) {
        const sql = `SELECT * FROM person WHERE ${ofIntegration}object_id = ? AND tenant_id > ? ORDER BY tenant_id LIMIT ?`
        return engine.all(sql, ...first, search.objectId, after?.tenantId ?? '', limit).map(readPerson)
      }
      const { prefix } = search
      const index = integrationId ? 'person_integration' : 'person_label'
      // Nobody's tenant is the empty text: the place before everybody whose label this is.
      const place = after && after.folded >= prefix ? after : { folded: prefix, tenantId: '', objectId: '' }
      const sql = `SELECT * FROM person INDEXED BY ${index}
        WHERE ${ofIntegration}(label_folded, tenant_id, object_id) > (?, ?, ?) AND label_folded < ?
        ORDER BY label_folded, tenant_id, object_id LIMIT ?`
      const end = prefix + LAST_CHARACTER
      return engine.all(sql, ...first, place.folded, place.tenantId, place.objectId, end, limit).map(readPerson)
    },

    find: async ({ tenantId, objectId }) => {
      const row = engine.get('SELECT * FROM person WHERE object_id = ? AND tenant_id = ?', objectId, tenantId)
      return row && readPerson(row)
    },

    devicesOf: async ({ tenantId, objectId }) =>
      engine
        .all(
          'SELECT body, state, revoked_at, last_used_at FROM device WHERE tenant_id = ? AND object_id = ?',
          tenantId,
          objectId,
        )
        .map(
          (row): DeviceRow => ({
            ...readDevice(row),
            lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
          }),
        )
        .sort((a, b) => b.boundAt - a.boundAt),
  }
}
