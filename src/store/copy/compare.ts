// The digest of a collection: SHA-256 over its documents, in the order of their names, each on a line in one spelling.
import { createHash } from 'node:crypto'
import type { Rows } from '../mongo/rows.ts'
import { type Copied, moves } from './copied.ts'

/** One of the two stores of a copy. */
export type Side = {
  /** All documents in the order of their names. */
  read<C extends Copied>(collection: C): Iterable<Rows[C]> | AsyncIterable<Rows[C]>
}

export type Sum = { rows: number; digest: string }

/** The same value in one spelling: members in the order of their names. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([member, each]) => [member, inOrder(each)]))
}

/** A document on a line. An event's own spelling counts: its record's digest is made of it. */
export const lineOf = (row: Rows[Copied]): string =>
  JSON.stringify(inOrder('event' in row ? { ...row, event: JSON.stringify(row.event) } : row))

/** Counts and sums what moves of a collection at `now`. */
export async function sumOf(side: Side, collection: Copied, now: number): Promise<Sum> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const row of side.read(collection)) {
    if (!moves(collection, row, now)) continue
    rows++
    hash.update(lineOf(row)).update('\n')
  }
  return { rows, digest: hash.digest('hex') }
}
