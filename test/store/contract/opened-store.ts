import type { AuditEvent } from '../../../src/audit/events.ts'
import type { Stores } from '../../../src/store/stores.ts'
import type { Took } from '../../../src/store/took.ts'

/** An empty store for one test. */
export type OpenedStore = {
  stores: Stores
  /** What `stores` took so far. It is measured, and `beside` is not: every suite runs on both. */
  took: Parameters<Took>[]
  /** The same store as another process or node sees it: with a connection of its own. */
  beside: Stores
  /** Closes both. */
  close(): Promise<void>
}

export type OpenStore = () => Promise<OpenedStore>

/** How many callers race for a move that happens once. */
export const CALLERS = 1000

/** Lets CALLERS attempts run at once, through both connections in turn, and gives what each was told. */
export const race = <T>(
  { stores, beside }: OpenedStore,
  attempt: (through: Stores, caller: number) => Promise<T>,
): Promise<T[]> =>
  Promise.all(Array.from({ length: CALLERS }, (_, caller) => attempt(caller % 2 === 0 ? stores : beside, caller)))

/** Every event recorded so far, in the order in which they became durable. */
export async function recorded(stores: Pick<Stores, 'audit'>): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  for (let after = 0; ; ) {
    const page = await stores.audit.read(after, 500)
    const last = page.at(-1)
    if (!last) return events
    after = last.position
    events.push(...page.map(({ record }) => record.event))
  }
}

export const typesOf = async (stores: Stores): Promise<string[]> => (await recorded(stores)).map(({ type }) => type)
