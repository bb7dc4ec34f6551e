// Reading outside of a transaction: what a majority has.
import type { SortOrder } from 'mongoose'
import { type Took, timed } from '../took.ts'
import { refusedIfAway } from './faults.ts'
import { createLookUp } from './look-up.ts'
import { anyModel, type Models } from './models.ts'
import type { Collection, Rows } from './rows.ts'

type Filter = Record<string, unknown>
type Sort = Record<string, SortOrder>

/** Does it; what fails because MongoDB is away is a refusal. */
export const whileThere = async <T>(work: () => PromiseLike<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw refusedIfAway(error)
  }
}

/** `took` is told how long each read takes. */
export function createReading({ models, took }: { models: Models; took?: Took }) {
  const model = (collection: Collection) => anyModel(models, collection)
  const read = <T>(work: () => PromiseLike<T>): Promise<T> =>
    took ? timed(took, 'read', () => whileThere(work)) : whileThere(work)
  return {
    /** Every document that fits, in no order. */
    matching: createLookUp((collection, filter) => read(() => model(collection).find(filter).lean())),

    async one<C extends Collection>(collection: C, filter: Filter, sort: Sort = {}): Promise<Rows[C] | undefined> {
      const row = await read(() => model(collection).findOne(filter).sort(sort).lean())
      return (row ?? undefined) as unknown as Rows[C] | undefined
    },

    async many<C extends Collection>(collection: C, filter: Filter, sort: Sort = {}, limit = 0): Promise<Rows[C][]> {
      const rows = await read(() => model(collection).find(filter).sort(sort).limit(limit).lean())
      return rows as unknown as Rows[C][]
    },

    count: (collection: Collection, filter: Filter, limit: number): Promise<number> =>
      read(() => model(collection).countDocuments(filter, { limit })),

    /** Deletes what nobody needs any more. */
    async drop(collection: Collection, filter: Filter): Promise<void> {
      // Most of the time there is nothing: that costs no write.
      await whileThere(async () => {
        if (await model(collection).exists(filter)) await model(collection).deleteMany(filter)
      })
    },
  }
}

/** What stands behind a place, or before it, in the order of several members. */
export function beyond(place: Readonly<Record<string, string | number>>, direction: '$gt' | '$lt'): Filter {
  const members = Object.entries(place)
  const alternatives = members.map(([member, value], i) => ({
    ...Object.fromEntries(members.slice(0, i)),
    [member]: { [direction]: value },
  }))
  return { $or: alternatives }
}
