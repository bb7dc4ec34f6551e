// Tables are read by the page, each from where the one before ended: an offset would read all that it leaves out.
import type { z } from 'zod'

/** Some rows of a table, and where the next ones begin; null when there are none. */
export type Page<T> = { rows: T[]; next: string | null }

/** Whoever asks for more rows at once gets this many. */
export const MOST_ROWS = 500

export const pageSize = (limit: number): number => Math.min(Math.max(Math.trunc(limit) || 1, 1), MOST_ROWS)

type Key = readonly (string | number)[]

export const cursorOf = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** A page of `size` rows, made of one row more where there is one. `keyOf` says what the next page begins after. */
export function pageOf<T>(found: readonly T[], size: number, keyOf: (row: T) => Key): Page<T> {
  const rows = found.slice(0, size)
  const last = rows.at(-1)
  const next = found.length > size && last ? cursorOf(keyOf(last)) : null
  return { rows, next }
}

/** The key that a cursor of `pageOf` carries. Without a cursor, or with one that is not ours: null, the first page. */
export function readCursor<K>(cursor: string | undefined, shape: z.ZodType<K>): K | null {
  if (!cursor) return null
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    return null
  }
}
