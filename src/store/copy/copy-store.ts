// A whole store, copied from one engine to the other and compared. Nobody works with either meanwhile.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { holdWholeDatabase, type WholeDatabase } from '../mongo/whole-database.ts'
import { holdWholeFile, makeWholeFile, type WholeFile } from '../sqlite/whole-file.ts'
import { ownSettings } from './copied.ts'
import { type Compared, copyRows, isSame, type Target } from './copy-rows.ts'
import { databaseSide, fileSide } from './sides.ts'
import { copied } from './tables.ts'

export type Destination = 'mongodb' | 'embedded'

export type Copied = {
  /** Whether both sides are the same. If not, the target stays closed to everybody. */
  same: boolean
  compared: Compared[]
  /** What a broken-off copy had left in the target was removed first. */
  removed: boolean
}

export type Copying = {
  to: Destination
  /** The embedded store. */
  file: string
  uri: string
  clock: Clock
  /** Only a test puts something between: how a side is read and written. */
  through?: (side: Target, which: 'source' | 'target') => Target
}

/** Copies, and compares. Throws StartRefused when a side is in use, the source is not there, or the target not empty. */
export async function copyStore({ to, file, uri, clock, through = (side) => side }: Copying): Promise<Copied> {
  const database = await holdWholeDatabase(uri, to === 'mongodb' ? 'target' : 'source', clock)
  try {
    return to === 'mongodb' ? await intoDatabase(file, database, through) : await intoFile(database, file, through)
  } catch (error) {
    throw brokenOff(error)
  } finally {
    await database.close()
  }
}

/** What MongoDB, SQLite or the system says, in a sentence; what is none of theirs is a bug. */
function brokenOff(error: unknown): unknown {
  const { name, code, errcode, message } = error as Error & { code?: unknown; errcode?: unknown }
  if (error instanceof StartRefused || !(name.startsWith('Mongo') || code !== undefined || errcode !== undefined))
    return error
  return new StartRefused(
    `The copy was broken off, and nobody can start on what there is of it: ${message}. Repeat it; towards MongoDB, after two minutes.`,
  )
}

type Through = NonNullable<Copying['through']>

async function intoDatabase(file: string, database: WholeDatabase, through: Through): Promise<Copied> {
  let source: WholeFile
  try {
    await refuseFilled(database)
    source = holdWholeFile(file)
  } catch (error) {
    // Nothing was written: it is as it was, unless that is a part of a store.
    if (!database.removed) await database.release()
    throw error
  }
  try {
    await database.prepare()
    const [from, target] = [through(fileSide(source), 'source'), through(databaseSide(database), 'target')]
    const compared = await copyRows(from, target, database.now)
    const same = compared.every(isSame)
    if (same) await database.release()
    return { same, compared, removed: database.removed }
  } finally {
    source.close()
  }
}

async function intoFile(database: WholeDatabase, file: string, through: Through): Promise<Copied> {
  let released = false
  const release = async (): Promise<void> => {
    if (released) return
    released = true
    await database.release()
  }
  try {
    if (existsSync(file)) {
      throw new StartRefused(
        `There is a store in ${dirname(file)} already, and a copy overwrites nothing. Move ${file} aside, with what is beside it (-wal, -shm), or give another folder.`,
      )
    }
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const made = makeWholeFile(file)
    try {
      const [from, target] = [through(databaseSide(database), 'source'), through(fileSide(made), 'target')]
      const compared = await copyRows(from, target, database.now)
      const same = compared.every(isSame)
      if (same) {
        // It fails when somebody else could have written meanwhile: then this is no copy.
        await release()
        made.finish()
      }
      return { same, compared, removed: made.removed }
    } finally {
      made.abandon()
    }
  } finally {
    await release()
  }
}

/** Throws StartRefused with what is in it. */
async function refuseFilled(database: WholeDatabase): Promise<void> {
  const filled: string[] = []
  for (const collection of copied) {
    const rows = await database.count(collection, ownSettings)
    if (rows > 0) filled.push(`${collection} ${rows}`)
  }
  if (filled.length === 0) return
  throw new StartRefused(
    `This MongoDB is not empty, and a copy overwrites nothing. In it are: ${filled.join(', ')}. Name another database in COUNTERSIGN_MONGODB_URI, or drop this one if nobody needs it.`,
  )
}
