// A store of before the key book: its keys go on as they were, also one that is announced.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { phasesAt } from '../../src/keys/rotation.ts'
import { settled } from '../../src/keys/schedule.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { keyBook } from '../../src/store/sqlite/schema/key-book.ts'
import { steps } from '../../src/store/sqlite/schema.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { aKey, HOUR, NOW } from './contract/material.ts'
import { temporaryFile } from './temporary-file.ts'

const clock = { now: () => NOW }

function before(file: string, signsFrom: number[], lastAt: number): void {
  const old = new DatabaseSync(file)
  for (const step of steps.slice(0, steps.indexOf(keyBook))) old.exec(step)
  old.exec(`PRAGMA user_version = ${steps.indexOf(keyBook)}`)
  for (const at of signsFrom) {
    const { withdrawnAt: _new, ...key } = aKey({ createdAt: at - 48 * HOUR, signsFrom: at })
    old.prepare('INSERT INTO signing_key VALUES (?, ?, ?)').run(key.kid, at, JSON.stringify(key))
  }
  old
    .prepare(`INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES ('w', 1, ?, 't', '{}', '', '')`)
    .run(lastAt)
  old.close()
}

test('keys keep their order and their turns', async () => {
  const { file, remove } = temporaryFile()
  before(file, [NOW + 40 * HOUR, NOW - 1000 * HOUR, NOW - 100 * HOUR], NOW - 60_000)
  const stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  const book = await stores.keys.read()
  expect(book).toMatchObject({ version: 1, seenAt: NOW - 60_000 })
  expect(book.keys.map(({ signsFrom, withdrawnAt }) => [signsFrom - NOW, withdrawnAt])).toEqual([
    [-1000 * HOUR, null],
    [-100 * HOUR, null],
    [40 * HOUR, null],
  ])
  expect(phasesAt(book, NOW).map(({ phase }) => phase)).toEqual(['retired', 'signing', 'announced'])
  expect(settled(book, NOW).book).toBe(book)
  expect(await stores.keys.replace({ ...book, version: 2 }, [])).toBe(true)
  await stores.close()
  remove()
})

test('an announced key of a service that was down since counts its hours anew', async () => {
  const { file, remove } = temporaryFile()
  before(file, [NOW - 1000 * HOUR, NOW - 10 * HOUR], NOW - 50 * HOUR)
  const stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  const book = settled(await stores.keys.read(), NOW).book
  expect(book.keys[1]?.signsFrom).toBe(NOW + 40 * HOUR)
  expect(phasesAt(book, NOW).map(({ phase }) => phase)).toEqual(['signing', 'announced'])
  await stores.close()
  remove()
})

test('a store without keys has none', async () => {
  const { file, remove } = temporaryFile()
  before(file, [], NOW)
  const stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  expect(await stores.keys.read()).toEqual({ version: 0, seenAt: 0, keys: [] })
  await stores.close()
  remove()
})
