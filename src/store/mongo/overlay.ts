// What a transaction has read, and what its writes make of it, in memory. Each write is judged on what those before it in the
// same transaction left; one that fails leaves nothing.
import { fits, type Match } from './matching.ts'
import type { Collection, Rows } from './rows.ts'

/** What a write must have read: of each collection, every document that fits one of these. */
export type Wanted = { readonly [C in Collection]?: readonly Match<C>[] }

/** What there is to do in a collection when the transaction ends. */
export type Changes = {
  collection: Collection
  insert: unknown[]
  replace: { _id: unknown }[]
  remove: unknown[]
  /** Changed in nothing but their `touches`: whoever changes one of them at the same time makes one of the two begin again. */
  touch: unknown[]
}

/** What a write sees and does. */
export type View = {
  get<C extends Collection>(collection: C, id: Rows[C]['_id']): Rows[C] | undefined
  /** All that fit, in no order. */
  all<C extends Collection>(collection: C, match: Match<C>): Rows[C][]
  put<C extends Collection>(collection: C, row: Rows[C]): void
  remove<C extends Collection>(collection: C, id: Rows[C]['_id']): void
  /** This document, which must be there, may not be changed by anybody before this is durable. */
  touch(collection: 'device', id: string): void
  /** Nobody else who holds this may become durable between this transaction's reading and its end. */
  guard(name: string): void
}

type Row = { _id: unknown } & Record<string, unknown>
type Table = Map<unknown, Row | null>

const nameOf = (collection: string, match: object): string =>
  JSON.stringify([collection, Object.entries(match).sort(([a], [b]) => (a < b ? -1 : 1))])

export type Overlay = ReturnType<typeof createOverlay>

/** `read` holds, of each collection, every document that fits `wanted`. */
export function createOverlay(wanted: readonly Wanted[], read: ReadonlyMap<Collection, readonly unknown[]>) {
  const known = new Set(
    wanted.flatMap((each) =>
      Object.entries(each).flatMap(([collection, matches]) => matches.map((match) => nameOf(collection, match))),
    ),
  )
  const stored = new Map<Collection, Table>()
  for (const [collection, rows] of read)
    stored.set(collection, new Map((rows as Row[]).map((row) => [row._id, row] as const)))

  const changed = new Map<Collection, Table>()
  const touched = new Set<string>()
  const guards = new Set<string>()
  /** Undoes what the write at hand did, newest first. */
  let undo: (() => void)[] = []

  const tableOf = (of: Map<Collection, Table>, collection: Collection): Table => {
    let table = of.get(collection)
    if (!table) {
      table = new Map()
      of.set(collection, table)
    }
    return table
  }

  function now(collection: Collection, id: unknown): Row | undefined {
    const change = changed.get(collection)?.get(id)
    return change === undefined ? (stored.get(collection)?.get(id) ?? undefined) : (change ?? undefined)
  }

  function set(collection: Collection, id: unknown, row: Row | null): void {
    const table = tableOf(changed, collection)
    const [had, before] = [table.has(id), table.get(id)]
    undo.push(() => (had ? table.set(id, before as Row | null) : table.delete(id)))
    table.set(id, row)
  }

  function add(to: Set<string>, name: string): void {
    if (to.has(name)) return
    to.add(name)
    undo.push(() => to.delete(name))
  }

  /** Whoever judges by what nobody read would take what is there for missing. */
  function mustBeWanted(collection: Collection, match: object): void {
    if (!known.has(nameOf(collection, match)))
      throw new TypeError(`a write looks at ${nameOf(collection, match)}, and did not say so`)
  }

  const view: View = {
    get: (collection, id) => {
      mustBeWanted(collection, { _id: id })
      return now(collection, id) as never
    },
    all: (collection, match) => {
      mustBeWanted(collection, match)
      const ids = new Set([...(stored.get(collection)?.keys() ?? []), ...(changed.get(collection)?.keys() ?? [])])
      const rows = [...ids].map((id) => now(collection, id)).filter((row) => row !== undefined)
      return rows.filter((row) => fits(row, match)) as never
    },
    put: (collection, row) => set(collection, row._id, row as never),
    remove: (collection, id) => set(collection, id, null),
    touch: (collection, id) => add(touched, JSON.stringify([collection, id])),
    guard: (name) => add(guards, name),
  }

  return {
    view,
    /** Begins a write: `takeBack` leaves nothing of it. */
    begin(): { takeBack(): void } {
      const mine: (() => void)[] = []
      undo = mine
      return {
        takeBack: () => {
          for (const step of mine.splice(0).reverse()) step()
        },
      }
    },
    guards: (): readonly string[] => [...guards],
    isChanged: (): boolean =>
      guards.size > 0 || touched.size > 0 || [...changed.values()].some((table) => table.size > 0),
    changes(): Changes[] {
      const of = (collection: Collection): Changes => {
        const [before, after] = [stored.get(collection) ?? new Map(), changed.get(collection) ?? new Map()]
        const ids = [...after.keys()]
        const there = (id: unknown): boolean => before.has(id)
        const put = ids.map((id) => after.get(id)).filter((row) => row !== null)
        const named = [...touched].map((name) => JSON.parse(name) as [Collection, string])
        return {
          collection,
          insert: put.filter(({ _id }) => !there(_id)),
          replace: put.filter(({ _id }) => there(_id)),
          remove: ids.filter((id) => after.get(id) === null && there(id)),
          touch: named.filter(([where, id]) => where === collection && !after.has(id)).map(([, id]) => id),
        }
      }
      const concerned = new Set([...changed.keys(), ...(touched.size > 0 ? (['device'] as const) : [])])
      return [...concerned].map(of)
    },
  }
}
