import type { AuditStore } from '../../audit/audit.ts'
import type { AuditEntry, AuditFilter, AuditReadingStore } from '../../audit/audit-reading.ts'
import type { RefusalCount } from '../../audit/events.ts'
import type { Engine } from './engine.ts'
import { beyond, createReading } from './reading.ts'
import { type Rows, unnamed } from './rows.ts'
import { noteRefused, wantedByRefused } from './sign-in-notes.ts'

const MINUTE = 60_000
/** An event of a sign-in is at most this far from it: clocks are set, and the claim follows the end. */
const AROUND = 60 * MINUTE

const readEntry = ({ _id, ...record }: Rows['audit']): AuditEntry => ({ position: _id, record })

const countId = ({ minute, type, code, integrationId, address }: Omit<RefusalCount, 'reason' | 'count'>): string =>
  JSON.stringify([minute, type, code, integrationId, address])

export function createAuditStore(engine: Engine): AuditStore {
  const { one, many, count: countRows, drop } = createReading(engine)
  return {
    append: (events) =>
      engine.write(wantedByRefused(events), (transaction) => {
        transaction.audit(events)
        for (const event of events) noteRefused(transaction, event)
      }),

    count: async ({ type, code, integrationId, address, reason, ...event }, minute, most) => {
      // Counted before and not in the transaction: a thousand, or some more, is all the same.
      const isFull = (await countRows('refusal_count', { minute }, most)) >= most
      const key = { minute, type, code, integrationId: integrationId ?? null, address: isFull ? '*' : address }
      const _id = countId(key)
      const whole = { type, code, integrationId, address, reason, ...event } as Parameters<AuditStore['count']>[0]
      await engine.write({ refusal_count: [{ _id }], ...wantedByRefused([whole]) }, (transaction) => {
        const counted = transaction.get('refusal_count', _id)
        const next = counted ? { ...counted, count: counted.count + 1 } : { _id, ...key, reason, count: 1 }
        transaction.put('refusal_count', next)
        noteRefused(transaction, whole)
      })
    },

    foldCounts: async (before) => {
      const isWhole = { $or: [{ address: { $ne: '*' } }, { minute: { $not: { $mod: [60, 0] } } }] }
      for (;;) {
        const oldest = await one('refusal_count', { minute: { $lt: before }, ...isWhole }, { minute: 1 })
        if (!oldest) return
        // An hour at a time: a flood of yesterday must not hold up who signs in now.
        const from = Math.floor(oldest.minute / 60) * 60
        const ofHour = { minute: { $gte: from, $lt: Math.min(from + 60, before) } }
        await engine.alone(async ({ session, models }) => {
          const rows = (await models.refusal_count.find(ofHour).session(session).lean()) as Rows['refusal_count'][]
          await models.refusal_count.deleteMany(ofHour, { session })
          await models.refusal_count.insertMany(folded(rows, from), { session })
        })
      }
    },

    forgetCounts: (before) => drop('refusal_count', { minute: { $lt: before } }),

    read: async (after, limit) => (await many('audit', { _id: { $gt: after } }, { _id: 1 }, limit)).map(readEntry),

    chains: async (after, limit) => {
      // Of one number there is one: the index sees to it, and leads the reading.
      const { writer, seq } = after ?? { writer: '', seq: 0 }
      const rows = await many('audit', beyond({ writer, seq }, '$gt'), { writer: 1, seq: 1 }, limit)
      return rows.map((row) => ({ ...readEntry(row), agrees: true }))
    },

    counts: async () => (await many('refusal_count', {}, { minute: 1, code: 1, address: 1 })).map(unnamed),
  }
}

/** One count of each type, code and integration in an hour, for every address. */
function folded(rows: readonly Rows['refusal_count'][], hour: number): Rows['refusal_count'][] {
  const sums = new Map<string, Rows['refusal_count']>()
  for (const { type, code, integrationId, reason, count } of rows) {
    const key = { minute: hour, type, code, integrationId, address: '*' }
    const _id = countId(key)
    const sum = sums.get(_id)
    const first = sum && sum.reason < reason ? sum.reason : reason
    sums.set(_id, { _id, ...key, reason: first, count: (sum?.count ?? 0) + count })
  }
  return [...sums.values()]
}

/** A filter of which everything is said: a sign-in is found by its person, about its time. */
type Narrowed = { wanted: Record<string, unknown>; from: number; to: number }

export function createAuditReadingStore(engine: Engine): AuditReadingStore {
  const { one, many } = createReading(engine)

  /** The filter with its person and time; undefined when nothing can fit it. */
  async function narrow(filter: AuditFilter): Promise<Narrowed | undefined> {
    const { type, by, signInId, integrationId, person, from = 0, to = Number.MAX_SAFE_INTEGER } = filter
    const said = { type, by, integrationId, signInId, objectId: person?.objectId, tenantId: person?.tenantId }
    const wantedOf = (facts: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(facts)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [`event.${name}`, value]),
      )
    if (!signInId) return { wanted: wantedOf(said), from, to }
    const record = await one('sign_in_record', { _id: signInId })
    if (!record) return undefined
    const { objectId, tenantId, openedAt, endedAt } = record
    if (person && !(person.objectId === objectId && person.tenantId === tenantId)) return undefined
    const end = endedAt === null ? to : endedAt + AROUND
    return {
      wanted: wantedOf({ ...said, objectId, tenantId }),
      from: Math.max(from, openedAt - AROUND),
      to: Math.min(to, end),
    }
  }

  return {
    newest: async (filter, before, limit) => {
      const narrowed = await narrow(filter)
      if (!narrowed) return []
      const { wanted, from, to } = narrowed
      const place = before && before.at < to ? [beyond({ at: before.at, _id: before.position }, '$lt')] : []
      const within = { $and: [{ at: { $gte: from, $lt: to } }, ...place] }
      return (await many('audit', { ...wanted, ...within }, { at: -1, _id: -1 }, limit)).map(readEntry)
    },

    oldest: async (filter, after, limit) => {
      const narrowed = await narrow(filter)
      if (!narrowed) return []
      const { wanted, from, to } = narrowed
      const place = after && after.at >= from ? [beyond({ at: after.at, _id: after.position }, '$gt')] : []
      const within = { $and: [{ at: { $gte: from, $lt: to } }, ...place] }
      return (await many('audit', { ...wanted, ...within }, { at: 1, _id: 1 }, limit)).map(readEntry)
    },

    refusals: async ({ integrationId, from = 0, to = Number.MAX_SAFE_INTEGER }, limit) => {
      const minute = { $gte: Math.floor(from / MINUTE), $lt: Math.ceil(to / MINUTE) }
      const newestFirst = { minute: -1, type: -1, code: -1, integrationId: -1, address: -1 } as const
      const wanted = { minute, ...(integrationId && { integrationId }) }
      return (await many('refusal_count', wanted, newestFirst, limit)).map(unnamed)
    },
  }
}
