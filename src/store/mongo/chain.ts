// This process's chain of audit records, and its place in the order of all. Its own document is changed by every
// transaction of this process, so that it says which of them are in.
import type { ClientSession } from 'mongoose'
import type { AuditEvent } from '../../audit/events.ts'
import { recordDigest } from '../../base/chain.ts'
import { refuse } from '../../base/refusal.ts'
import { copyInTheWay } from './copy-marks.ts'
import type { Models } from './models.ts'

/** How many may write at the same time, processes of the command line among them. */
const SLOTS = 64
/** Positions of one slot in a millisecond: who needs more is a little ahead of the clock. 2^53 is reached in the year 2527. */
export const A_MILLISECOND = 8 * SLOTS
/**
 * Who was not heard of for so long has ended, and its slot is free: a node that is started again and again does not take them
 * all. Who comes back later goes on with a chain of its own.
 */
const GONE_AFTER = 100_000

export type Standing =
  /** The batch before this one is in, and this one is not. */
  | { kind: 'next' }
  /** This batch is in already, by that attempt. */
  | { kind: 'done'; attempt: number }
  /** This chain goes on no more. */
  | { kind: 'ended' }

export type Chain = Awaited<ReturnType<typeof createChain>>

/** The batch before is not in, or this one is: what is in must be looked up. */
export class ChainMoved extends Error {}

/**
 * Begins a chain. `now` is the store's time in milliseconds. Throws a refusal when SLOTS processes write already, or a copy is
 * being made.
 */
export async function createChain({ models, now, writer }: { models: Models; now: () => number; writer: string }) {
  const slot = await takeSlot(models, now, writer)
  // Looked at when others can see that this one is there: of a copy and a writer that begin at once, one sees the other.
  const inTheWay = await copyInTheWay(models, now())
  if (inTheWay) {
    await models.writer.deleteOne({ _id: writer })
    throw refuse('store.unavailable', inTheWay)
  }
  let batch = 1
  let attempt = 0
  /** Something went wrong since: what is in must be looked up. */
  let mustLook = false
  let head = { seq: 0, digest: '' }
  /** The head, if the attempt at hand becomes durable. */
  let next = head

  const newestPosition = async (session: ClientSession): Promise<number> =>
    (await models.audit.findOne({}, { _id: 1 }).sort({ _id: -1 }).session(session).lean())?._id ?? 0

  return {
    writer,
    slot,
    attempt: () => attempt,

    /** Begins an attempt at a batch: what of it is in already. */
    async begin(session: ClientSession): Promise<Standing> {
      attempt++
      next = head
      if (!mustLook) return { kind: 'next' }
      const own = await models.writer.findById(writer).session(session).lean()
      // Looked at first: a batch that is in is in, whatever became of the chain since.
      if (own?.batch === batch) {
        next = { seq: own.seq, digest: own.digest }
        return { kind: 'done', attempt: own.attempt }
      }
      // Ended by another; or what this process took for durable was rolled back, and the chain with it.
      if (own?.batch !== batch - 1 || own.slot === null) return { kind: 'ended' }
      return { kind: 'next' }
    },

    /**
     * Writes the batch's records, and that it is in. Part of its transaction, which may have seen the newest position already.
     */
    async append(session: ClientSession, events: readonly AuditEvent[], newest?: number): Promise<void> {
      const at = now()
      if (events.length > 0) {
        // In the order of what is there: a record that another one brought about stands behind it.
        let position = Math.max(newest ?? (await newestPosition(session)), at * A_MILLISECOND)
        const records = events.map(wellFormed).map((event) => {
          position = placeAfter(position, slot)
          const record = { writer, seq: next.seq + 1, at, event, previous: next.digest }
          const digest = recordDigest(record)
          next = { seq: record.seq, digest }
          return { _id: position, ...record, digest }
        })
        await models.audit.insertMany(records, { session, ordered: true })
      }
      const changed = await models.writer.updateOne(
        { _id: writer, batch: batch - 1, slot },
        { $set: { batch, attempt, ...next, seenAt: new Date(at) } },
        { session },
      )
      if (changed.modifiedCount !== 1) throw new ChainMoved()
    },

    /** The batch is durable. */
    done(): void {
      head = next
      batch++
      mustLook = false
    },

    /** An attempt failed, or nobody knows whether it did. */
    failed(): void {
      mustLook = true
    },

    /** No more comes of this chain. */
    async end(): Promise<void> {
      await models.writer.updateOne({ _id: writer }, { $set: { slot: null } })
    },
  }
}

/** BSON has no place for half a character: what a digest is made of must be what comes back. */
const wellFormed = (event: AuditEvent): AuditEvent =>
  JSON.parse(JSON.stringify(event), (_, value) => (typeof value === 'string' ? value.toWellFormed() : value))

const placeAfter = (position: number, slot: number): number => Math.floor(position / SLOTS) * SLOTS + SLOTS + slot

/** Takes the first free slot: the unique index lets one have it. */
async function takeSlot(models: Models, now: () => number, writer: string): Promise<number> {
  await models.writer.updateMany(
    { slot: { $gte: 0 }, seenAt: { $lt: new Date(now() - GONE_AFTER) } },
    { $set: { slot: null } },
  )
  for (let slot = 0; slot < SLOTS; slot++) {
    if (await models.writer.exists({ slot })) continue
    const at = new Date(now())
    try {
      const counts = { batch: 0, attempt: 0, seq: 0, digest: '' }
      await models.writer.insertOne({ _id: writer, slot, ...counts, startedAt: at, seenAt: at })
      return slot
    } catch (error) {
      if ((error as { code?: unknown }).code !== 11000) throw error
    }
  }
  throw refuse('store.unavailable', `${SLOTS} processes write to this store already`)
}
