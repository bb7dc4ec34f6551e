// What the console reads of people and sign-ins.
import type { PersonStore } from '../../devices/people.ts'
import type { SignInHistoryStore } from '../../signin/history.ts'
import { noneOfAny } from '../../signin/phases.ts'
import type { Phase } from '../../signin/sign-in.ts'
import { readDevice } from './device-store.ts'
import type { Engine } from './engine.ts'
import { beyond, createReading, whileThere } from './reading.ts'
import { fromRow, personId, unnamed } from './rows.ts'

/** Comes after every text that begins with what stands before it. */
const LAST_CHARACTER = '\u{10ffff}'

export function createPersonStore(engine: Engine): PersonStore {
  const { one, many } = createReading(engine)
  return {
    search: async (search, after, limit) => {
      const { integrationId } = search
      const ofIntegration = integrationId ? { integrationId } : {}
      if ('objectId' in search) {
        const { objectId } = search
        const wanted = { ...ofIntegration, objectId, tenantId: { $gt: after?.tenantId ?? '' } }
        return (await many('person', wanted, { tenantId: 1 }, limit)).map(unnamed)
      }
      const { prefix } = search
      const place = after && after.folded >= prefix ? after : { folded: prefix, tenantId: '', objectId: '' }
      const { folded, tenantId, objectId } = place
      const within = { folded: { $gte: prefix, $lt: prefix + LAST_CHARACTER } }
      const wanted = { ...ofIntegration, $and: [within, beyond({ folded, tenantId, objectId }, '$gt')] }
      return (await many('person', wanted, { folded: 1, tenantId: 1, objectId: 1 }, limit)).map(unnamed)
    },

    find: async (person) => {
      const row = await one('person', { _id: personId(person) })
      return row && unnamed(row)
    },

    devicesOf: async ({ tenantId, objectId }) => {
      const rows = await many('device', { tenantId, objectId }, { boundAt: -1 })
      return rows.map((row) => ({ ...readDevice(row), lastUsedAt: row.lastUsedAt }))
    },
  }
}

export function createSignInHistoryStore(engine: Engine): SignInHistoryStore {
  const { one, many, drop } = createReading(engine)
  return {
    list: async ({ person, outcome, integrationId, from, to }, before, limit) => {
      const within = { openedAt: { $gte: from ?? 0, ...(to !== undefined && { $lt: to }) } }
      const wanted = {
        ...(person && { objectId: person.objectId, tenantId: person.tenantId }),
        ...(outcome && { outcome }),
        ...(integrationId && { integrationId }),
        $and: [within, ...(before ? [beyond({ openedAt: before.openedAt, _id: before.id }, '$lt')] : [])],
      }
      return (await many('sign_in_record', wanted, { openedAt: -1, _id: -1 }, limit)).map(fromRow)
    },

    countByOutcome: async (since) => {
      const found = await whileThere(() =>
        engine.models.sign_in_record.aggregate<{ _id: Phase; n: number }>([
          { $match: { openedAt: { $gte: since } } },
          { $group: { _id: '$outcome', n: { $sum: 1 } } },
        ]),
      )
      return { ...noneOfAny, ...Object.fromEntries(found.map(({ _id, n }) => [_id, n])) }
    },

    find: async (id) => {
      const row = await one('sign_in_record', { _id: id })
      return row && fromRow(row)
    },

    forget: (before) => drop('sign_in_record', { openedAt: { $lt: before } }),
  }
}
