// Group commit on MongoDB: the writes that are waiting share one transaction, one of them open at a time. What they must read
// is read for all of them together; each is then judged in memory, as on SQLite; what they change is written together, with
// their audit records. So a sign-in's move costs a share of a dozen round trips, however many are under way
// (docs/decisions/0022-mongodb-group-commit.md).
import type { ClientSession } from 'mongoose'
import { refuse } from '../../base/refusal.ts'
import type { Took } from '../took.ts'
import { type Chain, ChainMoved, createChain } from './chain.ts'
import { isAway, isDuplicate, isUnknown, refusedIfAway } from './faults.ts'
import { type Alone, createGroup, type Job, nothing, type Told, type Transaction } from './group.ts'
import type { Models } from './models.ts'
import type { Wanted } from './overlay.ts'

export type Engine = {
  models: Models
  /** Told how long reads beside the writes take, where somebody measures. */
  took?: Took
  /** Queues a synchronous write; resolves with its result once that is durable. A write that throws leaves nothing. */
  write<T>(wanted: Wanted, work: (transaction: Transaction) => T): Promise<T>
  /** Queues a transaction of its own. It may be done more than once, until it is durable. */
  alone<T>(work: (transaction: Alone) => Promise<T>): Promise<T>
  /** Says that this process is there: its place in the order of the audit log stays its own. */
  stay(): Promise<void>
  /** Whether the last group became durable. When it did not, another is tried. */
  writable(): Promise<boolean>
  /** Finishes what is queued, and ends this process's chain. */
  close(): Promise<void>
}

/** Nothing is told before a majority of the members has it on disk. */
const DURABLE = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 5000 },
  readPreference: 'primary',
} as const
/** Longer than an election; a browser that waits for so long is told to try again. */
const GIVE_UP_AFTER = 15_000
/** What has a transaction of its own takes its time, and no browser of a person who signs in waits for it. */
const GIVE_UP_ALONE_AFTER = 60_000
const LARGEST_GROUP = 256
const LONGEST_QUEUE = 5000
/** A transaction that met another one waits a little, so that the same two do not meet again. */
const AGAIN_AFTER = 3

export async function openEngine(options: {
  models: Models
  startSession: () => Promise<ClientSession>
  now: () => number
  /** A name for a chain that nobody has. */
  newWriter: () => string
  /** From 0 to 1, for the pauses. */
  chance: () => number
}): Promise<Engine> {
  const { models, startSession, now, newWriter, chance } = options
  const session = await startSession()
  const attempt = createGroup({ models, session, now })
  /** Begun with the first write: who only reads takes no place. */
  let chain: Chain | undefined
  let queue: Job[] = []
  let running: Promise<void> | undefined
  let closing = false
  let isWritable = true

  /**
   * Makes a group durable, and tells each of its writes. Where a connection broke, nobody knows whether a commit arrived: the
   * chain's own document, changed by each transaction, says it, and what was told then holds. A repeat never acts twice.
   */
  async function commit(jobs: readonly Job[]): Promise<void> {
    const attempts = new Map<number, Told>()
    const until = Math.min(...jobs.map((job) => job.until))
    for (let duplicates = 0; ; ) {
      try {
        chain ??= await createChain({ models, now, writer: newWriter() })
        session.startTransaction(DURABLE)
        const standing = await chain.begin(session)
        if (standing.kind === 'next') {
          const { told, isChange } = await attempt(jobs, chain)
          if (isChange) attempts.set(chain.attempt(), told)
          await commitKnown(session, until)
          return finish(told, isChange)
        }
        // What was read counts once a majority has it: an election may take back what only one member knows.
        await commitKnown(session, until)
        if (standing.kind === 'ended') {
          // Its place was given to another, or an election took its newest records back: it goes on with a new chain.
          chain = undefined
          attempts.clear()
          continue
        }
        const earlier = attempts.get(standing.attempt)
        if (earlier) return finish(earlier, true)
        // A group that was given up is in after all. Its writers were told that nobody knows.
        chain.done()
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined)
        chain?.failed()
        const mayRepeat = error instanceof ChainMoved || isAway(error) || (isDuplicate(error) && duplicates++ < 2)
        if (!mayRepeat || performance.now() >= until) return fail(jobs, error)
        await pause(AGAIN_AFTER * (1 + 2 * chance()))
      }
    }
  }

  function finish(told: Told, isChange: boolean): void {
    isWritable = true
    if (isChange) chain?.done()
    for (const tell of told) tell()
  }

  /** Nobody knows which write of a group the store refused: each is tried by itself, and fails by itself. */
  async function fail(jobs: readonly Job[], error: unknown): Promise<void> {
    if (isAway(error)) isWritable = false
    if (jobs.length === 1 || isAway(error)) {
      for (const job of jobs) job.reject(refusedIfAway(error))
      return
    }
    for (const job of jobs) await commit([job])
  }

  async function run(): Promise<void> {
    // What else this turn of the event loop has to write goes along.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const group = takeGroup()
      if (group.length > 0) await commit(group)
    }
    running = undefined
  }

  /** Those that go together next. Who waited for too long waits no more. */
  function takeGroup(): Job[] {
    const now = performance.now()
    for (const job of queue)
      if (job.until < now) job.reject(refuse('store.unavailable', 'waited too long for the store'))
    queue = queue.filter(({ until }) => until >= now)
    const first = queue.findIndex(({ alone }) => alone)
    if (first === 0) return queue.splice(0, 1)
    return queue.splice(0, Math.min(LARGEST_GROUP, first === -1 ? queue.length : first))
  }

  const add = <T>(job: Omit<Job, 'resolve' | 'reject' | 'until'>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (closing) return reject(new Error('the store is closed'))
      if (queue.length >= LONGEST_QUEUE) return reject(refuse('service.busy', `${queue.length} writes are waiting`))
      const until = performance.now() + (job.alone ? GIVE_UP_ALONE_AFTER : GIVE_UP_AFTER)
      queue.push({ ...job, resolve: resolve as (value: unknown) => void, reject, until })
      running ??= run()
    })

  return {
    models,
    write: (wanted, work) => add({ wanted, work, alone: null }),
    alone: (work) => add({ wanted: {}, work: null, alone: work }),
    stay: async () => {
      if (chain) await add(nothing)
    },
    async writable() {
      if (isWritable) return true
      return add(nothing)
        .then(() => true)
        .catch(() => false)
    },
    async close() {
      if (closing) return
      const last = queue.length > 0 || running
      closing = true
      if (last) await running
      await chain?.end().catch(() => undefined)
      await session.endSession()
    },
  }
}

/** Commits, and asks again as long as the outcome is unknown: the same commit again is the same commit. */
async function commitKnown(session: ClientSession, until: number): Promise<void> {
  for (;;) {
    try {
      return await session.commitTransaction()
    } catch (error) {
      if (!isUnknown(error) || performance.now() >= until) throw error
      await pause(AGAIN_AFTER)
    }
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
