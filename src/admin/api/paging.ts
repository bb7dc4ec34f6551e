import { z } from 'zod'
import { type Page, pageOf, readCursor } from '../../base/page.ts'

/** The lists that are short enough to be read whole. */
export type ShortList = 'integrations' | 'webhooks' | 'keys'

/** What a cursor of `someOf` carries. It names its list: another list's cursor is none of this one. */
export const cursorIn = (list: ShortList) => z.tuple([z.literal(list), z.number().int(), z.string().max(128)])

type Placed = { id: string; createdAt: number }

/**
 * A page of a list that is read whole, oldest first: the rows after the one that the cursor names. When that is gone, those
 * that were made after it.
 */
export function someOf<T>(
  list: ShortList,
  all: readonly T[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  placeOf: (row: T) => Placed,
): Page<T> {
  const last = readCursor(cursor, cursorIn(list))
  return pageOf(last ? all.slice(beginning(all.map(placeOf), last[1], last[2])) : all, limit, (row) => {
    const { createdAt, id } = placeOf(row)
    return [list, createdAt, id]
  })
}

function beginning(places: readonly Placed[], createdAt: number, id: string): number {
  const named = places.findIndex((place) => place.id === id)
  if (named >= 0) return named + 1
  // Of what was made in the same moment, the order cannot be told any more: twice is better than never.
  const later = places.findIndex((place) => place.createdAt >= createdAt)
  return later >= 0 ? later : places.length
}
