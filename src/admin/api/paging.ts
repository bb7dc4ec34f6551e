import { z } from 'zod'
import { type Page, pageOf, readCursor } from '../../base/page.ts'

const Last = z.tuple([z.string()])

/** A page of what is short enough to be read whole: the rows after the one that the cursor names. */
export function someOf<T>(
  all: readonly T[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  keyOf: (row: T) => string,
): Page<T> {
  const last = readCursor(cursor, Last)?.[0]
  const after = last === undefined ? 0 : all.findIndex((row) => keyOf(row) === last) + 1
  return pageOf(all.slice(after), limit, (row) => [keyOf(row)])
}
