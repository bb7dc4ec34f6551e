// Brings the audit log to wherever it is forwarded: at least once, each chain in its order, none left out. It is no part of
// any request: whoever signs in never waits for it.
import { randomId } from '../base/random.ts'
import { isRefusal, type Refusal } from '../base/refusal.ts'
import type { Carrier } from './carrier.ts'
import { type Course, type CourseMeans, createCourse } from './course.ts'
import type { Destination } from './destination.ts'

/** Of all nodes one delivers to a destination. Who was not heard of for so long is followed by another. */
const HELD_FOR = 45_000
/**
 * Whose time ends later than this from now took it by a clock that is ahead by more than that time, and died with it or was
 * put right. Two nodes whose clocks differ by less do not take it from each other.
 */
const HELD_AT_MOST = 2 * HELD_FOR
/** What is under way ends before the time of who sends it does: a receiver has ten seconds. */
const SPARE = 15_000

type Options = Omit<CourseMeans, 'closing'> & {
  /** What carries to a destination; undefined when nothing is to be delivered to it from here. */
  carrierOf: (destination: Destination) => Carrier | undefined
}

export type Forwarder = ReturnType<typeof createForwarder>

export function createForwarder({ carrierOf, ...means }: Options) {
  const { store, clock, random, log } = means
  const holder = randomId(random)
  const closing = new AbortController()
  /** Until when this process delivers, and what it knows, by destination. */
  const held = new Map<string, { until: number; course: Course }>()
  const busy = new Map<string, Promise<void>>()

  /** Whether this process is who delivers; with enough of its time left for one more delivery. */
  async function hold({ id }: Pick<Destination, 'id'>): Promise<Course | undefined> {
    if (closing.signal.aborted) return undefined
    const now = clock.now()
    const own = held.get(id)
    const isFresh = own && now < own.until - SPARE && own.until <= now + HELD_FOR
    if (isFresh) return own.course
    const until = now + HELD_FOR
    if (!(await store.hold(id, holder, { now, until, furthest: now + HELD_AT_MOST }))) {
      held.delete(id)
      return undefined
    }
    // Who was followed by another knows nothing of what that one did.
    const isStillOwn = own && now < own.until
    const course = isStillOwn ? own.course : createCourse({ ...means, closing: closing.signal })
    held.set(id, { until, course })
    return course
  }

  async function run(destination: Destination, carrier: Carrier): Promise<void> {
    const isAnothers = destination.holder !== null && destination.holder !== holder
    const left = destination.heldUntil - clock.now()
    if (isAnothers && left > 0 && left <= HELD_AT_MOST) return
    const isKnown = held.has(destination.id)
    const course = await hold(destination)
    // Who begins goes on where the one before stood at its end.
    const current = isKnown ? destination : await store.find(destination.id)
    if (course && current) await course(current, carrier, async () => (await hold(current)) === course)
  }

  /** A store that is away comes back; everything else is a bug. */
  function failed(error: Error | Refusal): void {
    if (isRefusal(error)) log.warn({ reason: error.reason }, 'forwarding the audit log waits for the store')
    else log.error({ message: error.message, stack: error.stack }, 'forwarding the audit log failed')
  }

  let listing: Promise<Destination[]> | undefined

  return {
    /** Delivers what there is. Called every second, on every node; a destination that is busy is left alone. */
    async tend(): Promise<void> {
      if (listing) return
      listing = store.list()
      const destinations = await listing.catch(failed).finally(() => {
        listing = undefined
      })
      if (!destinations) return
      for (const id of held.keys()) if (!destinations.some((each) => each.id === id)) held.delete(id)
      await Promise.all(
        destinations.map((destination) => {
          const carrier = carrierOf(destination)
          if (!carrier || closing.signal.aborted || busy.has(destination.id)) return undefined
          const running = run(destination, carrier)
            .catch((error: Error | Refusal) => {
              // Begins anew with what the store knows.
              held.delete(destination.id)
              failed(error)
            })
            .finally(() => busy.delete(destination.id))
          busy.set(destination.id, running)
          return running
        }),
      )
    },

    /** Sends nothing more, and lets another node go on at once. */
    async close(): Promise<void> {
      closing.abort()
      await Promise.all(busy.values())
      await Promise.all([...held.keys()].map((id) => store.release(id, holder).catch(() => undefined)))
      held.clear()
    },
  }
}
