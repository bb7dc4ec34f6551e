// How a collection stands in SQLite's tables. The documents are the shape that both sides are compared in.
import type { Rows } from '../mongo/rows.ts'
import type { Copied } from './copied.ts'

export type Cell = string | number | null
export type TableRow = Readonly<Record<string, unknown>>

/** A row of a table, by its columns. */
export type Filled = { table: string; columns: Readonly<Record<string, Cell>> }

/** Runs a query, and gives its rows one after another. */
export type Query = (sql: string) => Iterable<TableRow>

export type Mapping<C extends Copied> = {
  /** Every table that it reads and fills. */
  tables: readonly string[]
  /** All documents in the order of their names. */
  read(query: Query): Iterable<Rows[C]>
  fill(row: Rows[C]): readonly Filled[]
}

type Loose = Record<string, unknown>

/** The column of each member, or what a member is made of: that is read, and not written. */
type Columns<C extends Copied> = { readonly [M in keyof Required<Rows[C]>]?: string }
type AllColumns<C extends Copied> = { readonly [M in keyof Required<Rows[C]>]: string }

const isColumn = (from: string): boolean => /^\w+$/.test(from)

const cellOf = (value: unknown): Cell => {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'boolean') return value ? 1 : 0
  return (value ?? null) as Cell
}

/** What one table's query gives: a document's members, by name, in the order of the documents' names. */
export const selectOf = (table: string, columns: Readonly<Record<string, string | undefined>>, more = ''): string => {
  const { _id, ...rest } = columns
  const selected = Object.entries({ _id, ...rest }).map(([member, from]) => `${from} AS "${member}"`)
  return `SELECT ${selected.join(', ')}${more} FROM ${table} ORDER BY 1`
}

const readMember = (member: string, value: unknown): unknown => (member === 'endsAt' ? new Date(Number(value)) : value)

const readMembers = (row: TableRow, columns: object): Loose =>
  Object.fromEntries(Object.keys(columns).map((member) => [member, readMember(member, row[member])]))

/** SQLite has no true and false. */
const flagged = (document: Loose, flags: readonly PropertyKey[]): Loose => ({
  ...document,
  ...Object.fromEntries(flags.map((flag) => [flag, document[String(flag)] === 1])),
})

const cells = (row: Loose, columns: object): Record<string, Cell> =>
  Object.fromEntries(
    Object.entries(columns as Record<string, string>)
      .filter(([, from]) => isColumn(from))
      .map(([member, column]) => [column, cellOf(row[member])]),
  )

export function* mapped<T>(rows: Iterable<TableRow>, read: (row: TableRow) => T): Generator<T> {
  for (const row of rows) yield read(row)
}

/** Every member has a column; `flags` are those that are true or false. */
export const flat = <C extends Copied>(
  table: string,
  columns: AllColumns<C>,
  flags: readonly (keyof Required<Rows[C]>)[] = [],
): Mapping<C> => ({
  tables: [table],
  read: (query) =>
    mapped(query(selectOf(table, columns)), (row) => flagged(readMembers(row, columns), flags) as Rows[C]),
  fill: (row) => [{ table, columns: cells(row as Loose, columns) }],
})

/** A JSON body, and columns that hold what changes and what is searched for: where both say it, the column counts. */
export const bodied = <C extends Copied>(
  table: string,
  options: {
    columns: Columns<C>
    /** Whether the body has the document's name, as `id`. */
    named?: boolean
    /** Members that only columns hold. */
    notInBody?: readonly (keyof Required<Rows[C]>)[]
    flags?: readonly (keyof Required<Rows[C]>)[]
    /** Columns that are made of what is deeper in the document, or of nothing. */
    derived?: (row: Rows[C]) => Record<string, Cell>
  },
): Mapping<C> => {
  const { columns, named = true, notInBody = [], flags = [], derived = () => ({}) } = options
  return {
    tables: [table],
    read: (query) =>
      mapped(query(selectOf(table, columns, ', body AS "body"')), (row) => {
        const { id, ...rest } = JSON.parse(String(row.body)) as Loose
        const document: Loose = { ...(named || id === undefined ? {} : { id }), ...rest, ...readMembers(row, columns) }
        return flagged(document, flags) as Rows[C]
      }),
    fill: (row) => {
      const { _id, ...rest } = row as Loose
      const body = Object.entries(rest).filter(([member]) => !notInBody.some((each) => each === member))
      return [
        {
          table,
          columns: {
            ...cells(row as Loose, columns),
            ...derived(row),
            body: JSON.stringify({ ...(named ? { id: _id } : {}), ...Object.fromEntries(body) }),
          },
        },
      ]
    },
  }
}
