// The whole of a MongoDB, for a copy: nobody else writes to it meanwhile.
import type { Clock } from '../../base/clock.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { connect } from './connection.ts'
import { type Mark, type Role, setMark } from './copy-marks.ts'
import { bringUp, refuseOther, SCHEMA } from './migrate.ts'
import { anyModel, type Models, modelsOn } from './models.ts'
import type { Collection } from './rows.ts'
import { collections } from './schemas.ts'
import { createStoreClock } from './store-clock.ts'

export type Document = { _id: unknown } & Record<string, unknown>

export type WholeDatabase = {
  /** All documents in the order of their names. */
  read(collection: Collection): AsyncIterable<Document>
  /** Makes the collections and their indexes, before anything is in them. */
  prepare(): Promise<void>
  insert(collection: Collection, documents: readonly Document[]): Promise<void>
  count(collection: Collection, except: readonly string[]): Promise<number>
  now(): number
  /** What an earlier copy left was removed. */
  removed: boolean
  /** It may be used again. */
  release(): Promise<void>
  /** Ends; a target that was not released stays closed to everybody. */
  close(): Promise<void>
}

const READ_AT_ONCE = 500

/** Holds a MongoDB for a copy. Throws StartRefused when somebody works with it, or it is not fit for that. */
export async function holdWholeDatabase(uri: string, role: Role, machine: Clock): Promise<WholeDatabase> {
  const connection = await connect(uri)
  let mark: Mark | undefined
  try {
    const models = modelsOn(connection)
    const { now } = await createStoreClock(connection, machine)
    const names = (await connection.listCollections()).map(({ name }) => name)
    await refuseOther(models)
    if (role === 'source') await refuseOlder(models)
    else refuseForeign(names)
    mark = await setMark(models, role, now)
    if (!mark)
      throw new StartRefused(
        'Another copy works with this MongoDB. Wait until it is done: if it was broken off, two minutes.',
      )
    // Whoever begins to write looks for the mark after it says that it is there: one of the two sees the other.
    await refuseInUse(models, now())
    if (mark.tookOver && role === 'target') for (const name of collections) await emptied(models, name)
    return {
      read: (collection) => nativeOf(models, collection).find({}, { sort: { _id: 1 }, batchSize: READ_AT_ONCE }),
      prepare: () => bringUp(connection, models),
      async insert(collection, documents) {
        await nativeOf(models, collection).insertMany([...documents], { ordered: true })
      },
      count: (collection, except) => nativeOf(models, collection).countDocuments({ _id: { $nin: except } }),
      now,
      removed: mark.tookOver && role === 'target',
      release: mark.remove,
      async close() {
        await mark?.leave()
        await connection.close()
      },
    }
  } catch (error) {
    // Nothing was copied yet: it is as it was.
    if (mark && !(mark.tookOver && role === 'target')) await mark.remove().catch(() => undefined)
    await mark?.leave()
    await connection.close()
    throw error
  }
}

/** Documents as they are: what no schema of ours would make, the comparison is to see. */
type Native = {
  find(filter: object, options: object): AsyncIterable<Document>
  insertMany(documents: Document[], options: object): Promise<unknown>
  countDocuments(filter: object): Promise<number>
}
const nativeOf = (models: Models, collection: Collection): Native =>
  anyModel(models, collection).collection as unknown as Native

async function refuseOlder(models: Models): Promise<void> {
  const kept = await models.setting.findById('schema').lean()
  if (!kept) throw new StartRefused('There is no store to copy: this MongoDB (COUNTERSIGN_MONGODB_URI) holds none.')
  if (Number(kept.value) < SCHEMA)
    throw new StartRefused(
      `This MongoDB was written by an older Countersign (schema ${kept.value}; this one writes ${SCHEMA}). Start this one on it once: that brings it up to date.`,
    )
}

function refuseForeign(names: readonly string[]): void {
  const foreign = names.filter((name) => !name.startsWith('system.') && !collections.some((each) => each === name))
  if (foreign.length > 0)
    throw new StartRefused(
      `This database holds something else: ${foreign.slice(0, 5).join(', ')}. Countersign needs one of its own.`,
    )
}

/** Nodes write at least every 30 seconds that they are there. */
const SILENT = 100_000

async function refuseInUse(models: Models, now: number): Promise<void> {
  const seen = await models.writer.find({ slot: { $gte: 0 } }).lean()
  const there = seen.filter(({ seenAt }) => seenAt.getTime() >= now - SILENT)
  if (there.length > 0) {
    const newest = Math.max(...there.map(({ seenAt }) => seenAt.getTime()))
    throw new StartRefused(
      `This MongoDB is in use: ${there.length} ${there.length === 1 ? 'process works' : 'processes work'} with it, last seen ${new Date(newest).toISOString()}. Stop every node. What was killed counts as gone after two minutes.`,
    )
  }
  // One that wakes up later finds its place taken away, and the mark.
  await models.writer.updateMany({ slot: { $gte: 0 } }, { $set: { slot: null } })
}

/** Leaves the marks, which keep everybody out. */
async function emptied(models: Models, name: Collection): Promise<void> {
  await anyModel(models, name).deleteMany(name === 'setting' ? { _id: { $nin: ['copy-target', 'copy-source'] } } : {})
}
