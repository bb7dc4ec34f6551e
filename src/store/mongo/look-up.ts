// What one turn of the event loop looks up in a collection is one reading. A node under load looks up much at once, and what
// a reading costs is mostly its way there and back (docs/performance.md).
import DataLoader from 'dataloader'
import { anyOf, fits, type Match } from './matching.ts'
import type { Collection, Rows } from './rows.ts'

/** Each of a reading's documents is held against each of its matches. */
const MOST_AT_ONCE = 64

/**
 * Makes the look at every document that fits a match, in no order. `find` reads all at once. Nothing is kept: what is found
 * was there after it was asked for, and where the reading fails, each look fails as it does.
 */
export function createLookUp(find: (collection: Collection, filter: object) => Promise<readonly object[]>) {
  const loaders = new Map<Collection, DataLoader<object, object[]>>()

  function loaderOf(collection: Collection): DataLoader<object, object[]> {
    const known = loaders.get(collection)
    if (known) return known
    const loader = new DataLoader<object, object[]>(
      async (matches) => {
        const rows = await find(collection, anyOf(matches))
        return matches.map((match) => rows.filter((row) => fits(row, match)))
      },
      { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: (read) => void setImmediate(read) },
    )
    loaders.set(collection, loader)
    return loader
  }

  return <C extends Collection>(collection: C, match: Match<C>): Promise<Rows[C][]> =>
    loaderOf(collection).load(match) as Promise<Rows[C][]>
}
