// What a destination did not get yet, as far as who delivers to it knows.
import type { Clock } from '../base/clock.ts'
import type { Destination } from './destination.ts'
import type { ForwardingStore } from './forwarding-store.ts'

/**
 * How often everything is looked through. What became durable behind others, of a chain that nobody knew, is found then; all
 * else when it is new.
 */
const LOOK_THROUGH_EVERY = 5 * 60_000

/** The chains of a destination: how far each was delivered, and which have more. Begins with nothing known. */
export function createLooking({ store, clock }: { store: ForwardingStore; clock: Clock }) {
  const marks = new Map<string, number>()
  const waiting = new Set<string>()
  let from = 0
  let thoroughAt: number | undefined

  async function readMarks(id: string): Promise<void> {
    marks.clear()
    for (const { writer, seq } of await store.marks(id)) marks.set(writer, seq)
  }

  return {
    marks,
    /** The chains that may have something to deliver. */
    waiting,

    /** Looks for what is new, and now and then through everything. */
    async look({ id, since }: Destination): Promise<void> {
      const now = clock.now()
      // A clock that was set back must not put it off.
      const isDue = thoroughAt === undefined || now >= thoroughAt + LOOK_THROUGH_EVERY || now < thoroughAt
      const { writers, soon, settled } = await store.moved(isDue ? since : from)
      if (isDue) {
        await store.track(id, writers, settled)
        await store.forget(id)
        await readMarks(id)
        waiting.clear()
        for (const writer of marks.keys()) waiting.add(writer)
        thoroughAt = now
      } else if (writers.some((writer) => !marks.has(writer))) {
        const unknown = writers.filter((writer) => !marks.has(writer))
        await store.track(id, unknown, since)
        await readMarks(id)
      }
      // A mark that was just forgotten is of a chain that was delivered: without one it would begin anew.
      for (const writer of writers) if (marks.has(writer)) waiting.add(writer)
      from = soon
    },
  }
}
