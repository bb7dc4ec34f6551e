// One transaction of one or more writes: what they must read is read for all of them, each is judged in memory, and what they
// change is written together, with their audit records.
import type { ClientSession } from 'mongoose'
import type { AuditEvent } from '../../audit/events.ts'
import type { Chain } from './chain.ts'
import { anyModel, type Models } from './models.ts'
import { createOverlay, type Overlay, type View, type Wanted } from './overlay.ts'
import { readWanted } from './read-wanted.ts'

export type Transaction = View & {
  /** The time that this transaction's events carry. */
  now(): number
  /** Appends events to this process's chain. */
  audit(events: readonly AuditEvent[]): void
  /** Holds a guard that many may hold at once, but not with who holds it from all. */
  guardShared(name: string): void
  /** Nobody who shares this guard may become durable between this transaction's reading and its end. */
  guardFromAll(name: string): void
}

/** A transaction that changes more than can be read first: it writes by itself, and nobody's write shares it. */
export type Alone = Pick<Transaction, 'now' | 'audit'> & {
  /** Before anything is changed: who comes later with a share of it begins again, and not this one. */
  guardFromAll(name: string): Promise<void>
  /** Gives `value`, for a transaction that found nothing to change. */
  nothingToDo<T>(value: T): T
  session: ClientSession
  models: Models
}

/** A write that waits: synchronous, over what it wants; or with a transaction of its own. */
export type Job = {
  wanted: Wanted
  work: ((transaction: Transaction) => unknown) | null
  alone: ((transaction: Alone) => Promise<unknown>) | null
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  /** Until when it may wait. */
  until: number
}

/** What came of a transaction: a function for each of its writes that tells it so. */
export type Told = readonly (() => void)[]

/** `isChange`: there is something to make durable. */
export type Attempted = { told: Told; isChange: boolean }

export function createGroup({ models, session, now }: { models: Models; session: ClientSession; now: () => number }) {
  async function flush(overlay: Pick<Overlay, 'changes' | 'guards'>): Promise<void> {
    for (const { collection, insert, replace, remove, touch } of overlay.changes()) {
      const operations = [
        ...insert.map((document) => ({ insertOne: { document } })),
        ...replace.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row } })),
        ...remove.map((_id) => ({ deleteOne: { filter: { _id } } })),
        ...touch.map((_id) => ({ updateOne: { filter: { _id }, update: { $inc: { touches: 1 } } } })),
      ]
      if (operations.length === 0) continue
      await anyModel(models, collection).bulkWrite(operations as never[], { session })
    }
    await hold(overlay.guards())
  }

  async function hold(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const touch = { update: { $inc: { touches: 1 } }, upsert: true }
    await models.guard.bulkWrite(
      names.map((_id) => ({ updateOne: { filter: { _id }, ...touch } })),
      { session },
    )
  }

  /** One attempt at a group. The result is what each of its writes is to be told once it is durable. */
  return async function attempt(jobs: readonly Job[], chain: Chain): Promise<Attempted> {
    const events: AuditEvent[] = []
    const audit = (more: readonly AuditEvent[]): void => void events.push(...more)
    const [alone] = jobs
    if (alone?.alone) {
      let isChange = true
      const value = await alone.alone({
        ...{ session, models, audit, now, guardFromAll: (name) => hold(sharesOf(name)) },
        nothingToDo(given) {
          isChange = false
          return given
        },
      })
      if (isChange) await chain.append(session, events)
      return { told: [() => alone.resolve(value)], isChange }
    }
    const wanted = jobs.map((job) => job.wanted)
    const { rows, newest } = await readWanted({ models, session, writer: chain.writer }, wanted)
    const overlay = createOverlay(wanted, rows)
    const { guard } = overlay.view
    const guardShared = (name: string): void => guard(shareOf(name, chain.slot))
    const guardFromAll = (name: string): void => sharesOf(name).forEach(guard)
    const transaction: Transaction = { ...overlay.view, now, audit, guardShared, guardFromAll }
    const told = jobs.map((job) => {
      const mine = overlay.begin()
      const eventsBefore = events.length
      try {
        const value = job.work?.(transaction)
        if (value instanceof Promise) throw new TypeError('a write must be synchronous')
        return () => job.resolve(value)
      } catch (error) {
        mine.takeBack()
        events.length = eventsBefore
        return () => job.reject(error)
      }
    })
    // Who lost, or found all as it should be, is told once a majority has what they saw.
    const isChange = overlay.isChanged() || events.length > 0 || jobs.some(({ work }) => work === stillHere)
    if (isChange) {
      await flush(overlay)
      await chain.append(session, events, newest)
    }
    return { told, isChange }
  }
}

/** What every sign-in shares has this many documents: two processes seldom stand in each other's way. */
const SHARES = 16
const shareOf = (name: string, which: number): string => `${name}#${which % SHARES}`
const sharesOf = (name: string): string[] => Array.from({ length: SHARES }, (_, i) => shareOf(name, i))

/** A write that changes nothing but this process's own document. */
const stillHere = (): undefined => undefined
export const nothing = { wanted: {}, work: stillHere, alone: null }
