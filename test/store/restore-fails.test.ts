// A restore that fails after the old store was moved aside, by what a file system really refuses.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { StartRefused } from '../../src/base/start-refused.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { moveAside } from '../../src/store/sqlite/move-aside.ts'
import { restoreFile } from '../../src/store/sqlite/restore.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'

const STAMP = '2026-11-23T15-30-00Z'
const OLD = 'what is left of a store'.repeat(1000)

let folder: string
let backup: string
let store: string
let aside: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restore-fails-'))
  backup = join(folder, 'backup.sqlite')
  const changes = createLocalChanges()
  await openSqliteStores({ file: backup, clock: systemClock, random: systemRandom, changes }).close()
  mkdirSync(join(folder, 'data'))
  store = join(folder, 'data', 'countersign.sqlite')
  aside = `${store}.${STAMP}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const files = (): string[] => readdirSync(join(folder, 'data')).toSorted()
const refusal = async (): Promise<string> => {
  const error = await restoreFile(backup, store, { replace: true, stamp: STAMP }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StartRefused)
  return (error as StartRefused).message
}

describe('a restore that fails on its way', () => {
  test('puts the old store back when what lies beside it cannot be moved', async () => {
    writeFileSync(store, OLD)
    writeFileSync(`${store}-shm`, 'its index')
    mkdirSync(`${aside}-shm`)
    const said = await refusal()
    expect(said).toContain(`${store}-shm cannot be moved aside`)
    expect(said).toContain('nothing was restored. What was there is in its place again.')
    expect([readFileSync(store, 'utf8'), readFileSync(`${store}-shm`, 'utf8')]).toEqual([OLD, 'its index'])
    expect(files()).toEqual(
      ['countersign.sqlite', `countersign.sqlite.${STAMP}-shm`, 'countersign.sqlite-shm'].toSorted(),
    )
  })

  test('puts back what was moved when the name of the store is taken after all', async () => {
    // A link to nowhere is no store, and takes the name all the same.
    symlinkSync(join(folder, 'nowhere'), store)
    writeFileSync(`${store}-wal`, 'its log')
    expect(await refusal()).toBe(
      `${store} was made by somebody else meanwhile: nothing was restored. What was there is in its place again.`,
    )
    expect(readFileSync(`${store}-wal`, 'utf8')).toBe('its log')
    expect(files()).toEqual(['countersign.sqlite', 'countersign.sqlite-wal'])
  })
})

describe('files that made way', () => {
  test('and cannot come back stay together, and the error names where they are', () => {
    writeFileSync(store, OLD)
    writeFileSync(`${store}-wal`, 'its log')
    const { refused } = moveAside(store, aside, ['', '-wal'])
    mkdirSync(store)
    const { message } = refused('it failed')
    expect(message).toBe(
      `it failed: nothing was restored. What was there is now ${aside} (was ${store}), ${aside}-wal (was ${store}-wal). ` +
        'Give it its name back, or restore again.',
    )
    expect([readFileSync(aside, 'utf8'), existsSync(`${store}-wal`)]).toEqual([OLD, false])
  })

  test('come back without overwriting what somebody else made there', () => {
    writeFileSync(store, OLD)
    const { refused } = moveAside(store, aside, [''])
    copyFileSync(backup, store)
    expect(refused('it failed').message).toContain(`is now ${aside} (was ${store})`)
    expect(readFileSync(store).equals(readFileSync(backup))).toBe(true)
  })
})
