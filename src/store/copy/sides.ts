import type { Document, WholeDatabase } from '../mongo/whole-database.ts'
import type { WholeFile } from '../sqlite/whole-file.ts'
import type { Target } from './copy-rows.ts'
import { mappingOf } from './tables.ts'

/** SQLite reads without a pause. After so many rows whatever else is to be done is done, such as saying that we are there. */
const BREATH = 500

export const fileSide = ({ query, insert, written }: WholeFile): Target => ({
  async *read(collection) {
    let rows = 0
    for (const row of mappingOf(collection).read(query)) {
      yield row
      if (++rows % BREATH === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  },
  async write(collection, rows) {
    const { fill } = mappingOf(collection)
    for (const row of rows) for (const { table, columns } of fill(row)) insert(table, columns)
  },
  written: async () => written(),
})

/** `touches` tells MongoDB's transactions apart, and nobody else. */
const untouched = ({ touches: _touches, ...document }: Document): Document => document as Document

export const databaseSide = ({ read, insert }: WholeDatabase): Target => ({
  async *read(collection) {
    for await (const document of read(collection)) yield untouched(document) as never
  },
  write: (collection, rows) => insert(collection, rows as readonly object[] as readonly Document[]),
  written: async () => undefined,
})
