import type { Rows } from '../mongo/rows.ts'
import { type Side, type Sum, sumOf } from './compare.ts'
import { type Copied, moves } from './copied.ts'
import { copied } from './tables.ts'

export type Target = Side & {
  write<C extends Copied>(collection: C, rows: readonly Rows[C][]): Promise<void>
  /** Everything is written. */
  written(): Promise<void>
}

/** A collection on both sides, read again after it was copied. */
export type Compared = { collection: Copied; from: Sum; to: Sum }

/** So many documents are in memory at a time. */
const PAGE = 500

async function copyOne<C extends Copied>(collection: C, from: Side, to: Target, now: number): Promise<void> {
  let page: Rows[C][] = []
  for await (const row of from.read(collection)) {
    if (!moves(collection, row, now)) continue
    page.push(row)
    if (page.length < PAGE) continue
    await to.write(collection, page)
    page = []
  }
  if (page.length > 0) await to.write(collection, page)
}

/** Copies every document, then reads both sides anew, and sums what is there. */
export async function copyRows(from: Side, to: Target, now: () => number): Promise<Compared[]> {
  const began = now()
  for (const collection of copied) await copyOne(collection, from, to, began)
  await to.written()
  const compared: Compared[] = []
  for (const collection of copied) {
    // What ended meanwhile counts no more: MongoDB may have deleted it by itself.
    const at = now()
    compared.push({ collection, from: await sumOf(from, collection, at), to: await sumOf(to, collection, at) })
  }
  return compared
}

export const isSame = ({ from, to }: Compared): boolean => from.rows === to.rows && from.digest === to.digest
