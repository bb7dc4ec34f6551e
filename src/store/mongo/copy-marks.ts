// Marks that keep everybody else from a MongoDB of which a copy is made, or into which one goes. They are settings.
import type { Models } from './models.ts'

export type Role = 'source' | 'target'

const MARKS: Readonly<Record<Role, string>> = { source: 'copy-source', target: 'copy-target' }

/** Who makes a copy says so this often; who was not heard of for longer than this has ended. */
export const STAY_EVERY = 20_000
export const GONE_AFTER = 100_000

const markOf = async (models: Models, role: Role): Promise<number | undefined> => {
  const row = await models.setting.findById(MARKS[role]).lean()
  return row ? Number(row.value) : undefined
}

/** Why nobody may work with this store now, `now` being its own time; undefined: nothing is in the way. */
export async function copyInTheWay(models: Models, now: number): Promise<string | undefined> {
  const [into, from] = [await markOf(models, 'target'), await markOf(models, 'source')]
  if (into !== undefined) {
    return into > now - GONE_AFTER
      ? 'A copy into this MongoDB is under way. Wait until it is done.'
      : 'A copy into this MongoDB was broken off, so that only a part of a store is there. Make the copy again, which begins anew, or drop the database.'
  }
  if (from === undefined || from <= now - GONE_AFTER) return undefined
  return 'This MongoDB is being copied to another store, and may not change meanwhile. If that copy was broken off, wait two minutes.'
}

export type Mark = {
  /** An earlier copy left its mark. */
  tookOver: boolean
  /** Takes the mark away. Throws when it was lost to another. */
  remove(): Promise<void>
  /** Says no more that it is there; the mark stays. */
  leave(): Promise<void>
}

/** Sets a mark, and keeps saying that it holds. undefined: another process holds it. */
export async function setMark(models: Models, role: Role, now: () => number): Promise<Mark | undefined> {
  const _id = MARKS[role]
  let value = String(now())
  const earlier = await models.setting.findById(_id).lean()
  if (earlier && Number(earlier.value) > now() - GONE_AFTER) return undefined
  try {
    // Of two who find the same, one wins.
    if (!earlier) await models.setting.insertOne({ _id, value })
    else {
      const taken = await models.setting.updateOne({ _id, value: earlier.value }, { $set: { value } })
      if (taken.modifiedCount !== 1) return undefined
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 11000) return undefined
    throw error
  }

  let last: Promise<unknown> = Promise.resolve()
  const stay = async (): Promise<void> => {
    const next = String(Math.max(now(), Number(value) + 1))
    const kept = await models.setting.updateOne({ _id, value }, { $set: { value: next } })
    if (kept.modifiedCount === 1) value = next
  }
  const timer = setInterval(() => {
    // What fails is found out at the end: the mark is not what it should be.
    last = last.then(stay).catch(() => undefined)
  }, STAY_EVERY)
  const leave = async (): Promise<void> => {
    clearInterval(timer)
    await last
  }
  return {
    tookOver: earlier !== null,
    leave,
    async remove() {
      await leave()
      const removed = await models.setting.deleteOne({ _id, value })
      if (removed.deletedCount !== 1) throw new Error('the mark of this copy was taken by another')
    },
  }
}
