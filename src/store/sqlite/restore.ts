import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { StartRefused } from '../../base/start-refused.ts'
import { putInPlace } from './backup.ts'
import { BESIDE, beginPart, faultOfStore, holdFile, isDamage, removePart, schemaOfFile } from './held-file.ts'
import { type Aside, moveAside } from './move-aside.ts'

/** `moved`: where the files are that were there. */
export type Restored = { bytes: number; schema: number; moved: string[] }

/** All pages in one step. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * Puts a backup in the place of a store. It is checked as a whole before anything is touched; what was there is moved aside under a
 * name with `stamp`. Throws StartRefused when the file is no whole store of ours, a store is there and `replace` is not said, or
 * a process uses that store. When it fails after that was moved aside, what was there is put back, or the error names where it is.
 */
export async function restoreFile(
  from: string,
  to: string,
  { replace, stamp }: { replace: boolean; stamp: string },
): Promise<Restored> {
  if (!existsSync(from) || !statSync(from).isFile()) throw new StartRefused(`There is no file ${from}.`)
  const there = ['', ...BESIDE].map((end) => `${to}${end}`).filter((file) => existsSync(file))
  if (there.length > 0 && !replace) {
    throw new StartRefused(
      `There is a store in ${dirname(to)} already. With --replace it is moved aside, and nothing of it is lost.`,
    )
  }
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  const held = there.includes(to) ? holdOld(to) : undefined
  try {
    const { part } = beginPart(to)
    await copyPages(from, part)
    const schema = checked(part, from)
    const aside = makeWay(to, stamp, held)
    place(part, to, aside)
    return { bytes: statSync(to).size, schema, moved: aside.moved }
  } finally {
    if (held?.isOpen) held.close()
    removePart(to)
  }
}

/** What is no database any more cannot be held, and nobody can work with it. */
function holdOld(file: string): DatabaseSync | undefined {
  try {
    return holdFile(file)
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

async function copyPages(from: string, part: string): Promise<void> {
  try {
    const source = new DatabaseSync(from, { readOnly: true })
    try {
      await backup(source, part, { rate: ALL_PAGES })
    } finally {
      source.close()
    }
  } catch (error) {
    throw notWhole(from, error)
  }
}

const notWhole = (file: string, error: unknown): unknown =>
  (error as { errcode?: unknown }).errcode === undefined
    ? error
    : new StartRefused(`${file} is no whole backup: ${(error as Error).message}. Nothing was changed.`)

/** Checks every page and every index. Gives the schema; throws StartRefused when it is not a store that can be started on. */
function checked(part: string, from: string): number {
  const database = new DatabaseSync(part)
  try {
    database.exec('PRAGMA journal_mode = DELETE')
    const found = database.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string }
    if (found.integrity_check !== 'ok')
      throw new StartRefused(`${from} is damaged: ${found.integrity_check}. Nothing was changed.`)
    const fault = faultOfStore(database)
    if (fault) throw new StartRefused(`${from} ${fault}. Nothing was changed.`)
    return schemaOfFile(database)
  } catch (error) {
    throw notWhole(from, error)
  } finally {
    database.close()
  }
}

/** Moves the store with whatever is beside it, while nobody can open it: a part of another store is in the way. */
function makeWay(file: string, stamp: string, held: DatabaseSync | undefined): Aside {
  const aside = `${file}.${stamp}`
  if (existsSync(aside)) throw new StartRefused(`${aside} is there already. Repeat it in a second.`)
  const isOne = held !== undefined && becomesOneFile(held)
  const ends = ['', ...(isOne ? [] : BESIDE)].filter((end) => existsSync(`${file}${end}`))
  const moved = moveAside(file, aside, ends)
  // What SQLite keeps beside it until then, it removes now, by its name.
  if (held?.isOpen) held.close()
  return moved
}

/** Puts the part in its place. Throws StartRefused when that fails, and what made way is back then where it can be. */
function place(part: string, to: string, aside: Aside): void {
  let isPlaced: boolean
  try {
    isPlaced = putInPlace(part, to)
  } catch (error) {
    throw aside.refused(`${to} cannot be made (${(error as Error).message})`)
  }
  if (!isPlaced) throw aside.refused(`${to} was made by somebody else meanwhile`)
}

/** Brings what is in its log into the one file. False: it is damaged, and its log must go along. */
function becomesOneFile(held: DatabaseSync): boolean {
  try {
    held.exec('PRAGMA journal_mode = DELETE')
    return true
  } catch (error) {
    if (!isDamage(error)) throw error
    held.close()
    return false
  }
}
