// A store's file as the one who uses it alone: nobody else reads or writes it until it is released.
import { chownSync, closeSync, existsSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from '../../base/start-refused.ts'
import { steps } from './schema.ts'

/** Files that SQLite keeps beside one, by what their names end with. */
export const BESIDE = ['-wal', '-shm', '-journal'] as const

/** What a copy or a restore writes to, until it is whole. */
export const partOf = (file: string): string => `${file}.part`

const SQLITE_BUSY = 5
const primaryCode = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) % 256
/** SQLITE_CORRUPT and SQLITE_NOTADB: what is in the file is no database, or not a whole one. */
export const isDamage = (error: unknown): boolean => [11, 26].includes(primaryCode(error))

/** A command that is about to end is waited for; a service is not. */
const WAIT = 1000

/**
 * Opens a file that is there, for this process alone: every process that has a store open holds a lock on it, whether or not it
 * does anything. The lock goes with this process, however that ends. Throws StartRefused when somebody uses the file.
 */
export function holdFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: WAIT })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    return database
  } catch (error) {
    database.close()
    if (primaryCode(error) !== SQLITE_BUSY) throw error
    throw new StartRefused(
      `${file} is in use. Stop every Countersign that works with it, the command line too, then repeat.`,
    )
  }
}

/** A store that was being made and never became whole says nothing about whom it knows: nothing is begun beside it. */
export function refuseUnfinished(file: string): void {
  const part = partOf(file)
  if (!existsSync(part)) return
  // Killed between two renames: to remove the part would begin an empty store beside the one that was there.
  const aside = existsSync(file) ? [] : movedAside(file)
  const instead =
    aside.length === 0
      ? 'remove that file, and what was there before counts.'
      : `give the store that was there before its name back, ${file}, and remove that file: it may be ${aside.join(' or ')}.`
  throw new StartRefused(
    `A copy into this store, or a restore, was broken off or is under way: ${part} is there. Repeat it, which begins anew; or ${instead}`,
  )
}

/** What lies beside a store under its name and an instant (`countersign.sqlite.2026-11-23T15-30-00Z`), the newest first. */
function movedAside(file: string): string[] {
  const isStamp = (end: string): boolean => /^\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/.test(end)
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)))
  const dated = names.filter((name) => isStamp(name.slice(basename(file).length)))
  return dated
    .toSorted()
    .reverse()
    .map((name) => join(dirname(file), name))
}

/** Makes the part, empty and readable by its owner only. What was left of one before is removed, unless it is being written. */
export function beginPart(file: string): { part: string; removed: boolean } {
  const part = partOf(file)
  const removed = existsSync(part)
  if (removed) {
    try {
      holdFile(part).close()
    } catch (error) {
      if (!isDamage(error)) throw error
    }
  }
  removePart(file)
  closeSync(openSync(part, 'wx', 0o600))
  giveToOwnerOf(dirname(file), part)
  return { part, removed }
}

export function removePart(file: string): void {
  for (const end of ['', ...BESIDE]) rmSync(`${partOf(file)}${end}`, { force: true })
}

/** What root makes in the folder of the service's user must be theirs: the service could not open it. */
function giveToOwnerOf(folder: string, file: string): void {
  const { uid, gid } = statSync(folder)
  if (statSync(file).uid !== uid && process.getuid?.() === 0) chownSync(file, uid, gid)
}

export const schemaOfFile = (database: DatabaseSync): number =>
  (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version

const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
const tablesIn = (database: DatabaseSync): string[] =>
  database
    .prepare(TABLES)
    .all()
    .map(({ name }) => String(name))

/** The tables of a store of this schema, of which there may be older ones. */
export function tablesOfSchema(schema: number): string[] {
  const empty = new DatabaseSync(':memory:')
  for (const step of steps.slice(0, schema)) empty.exec(step)
  const names = tablesIn(empty)
  empty.close()
  return names
}

/** Why this is not a store that this Countersign can start on; undefined: it is one, of this schema or an older one. */
export function faultOfStore(database: DatabaseSync): string | undefined {
  const schema = schemaOfFile(database)
  if (schema > steps.length)
    return `was written by a newer Countersign (schema ${schema}; this one knows ${steps.length}): use that version`
  const there = tablesIn(database)
  const isStore = schema > 0 && tablesOfSchema(schema).every((name) => there.includes(name))
  return isStore ? undefined : 'is no store of Countersign'
}
