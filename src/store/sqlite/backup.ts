import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'

/** `taken`: that file is there already, or a part of it that is being written or was left behind. */
export type BackedUp = { kind: 'written'; bytes: number } | { kind: 'taken'; file: string }

/** All pages in one step: what another process writes meanwhile would make smaller ones begin again. */
const ALL_PAGES = 2 ** 31 - 1

/** A file system without hard links. */
const HAS_NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/**
 * Copies a store's file, as it is at one moment, while others write to it (SQLite Online Backup API). It is not opened as a
 * store: nothing is brought up to date, and no key is needed. The copy stands under its name only when it is whole, is read
 * through once, can be read by its owner only, and is one file without others beside it. Throws what the system or SQLite
 * throws, and then leaves nothing.
 */
export async function backUpFile(from: string, to: string): Promise<BackedUp> {
  if (existsSync(to)) return { kind: 'taken', file: to }
  const part = `${to}.part`
  try {
    // Made before anything is in it, so that nobody else ever reads it.
    closeSync(openSync(part, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return { kind: 'taken', file: part }
    throw error
  }
  try {
    await copy(from, part)
    return putInPlace(part, to) ? { kind: 'written', bytes: statSync(to).size } : { kind: 'taken', file: to }
  } finally {
    rmSync(part, { force: true })
    rmSync(`${part}-journal`, { force: true })
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

async function copy(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { timeout: 5000 })
  try {
    await backup(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
  const copied = new DatabaseSync(to)
  try {
    // One file from then on, which a reader need not write beside. A store that opens it goes back to WAL.
    copied.exec('PRAGMA journal_mode = DELETE')
    const { quick_check } = copied.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (quick_check !== 'ok') throw new Error(`the store is damaged (${quick_check})`)
  } finally {
    copied.close()
  }
}

/** Gives the part its name, unless somebody else took that meanwhile. */
export function putInPlace(part: string, to: string): boolean {
  try {
    linkSync(part, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!HAS_NO_LINKS.includes(codeOf(error))) throw error
    if (existsSync(to)) return false
    renameSync(part, to)
    return true
  }
}
