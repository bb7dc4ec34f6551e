import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { systemRandom } from '../../src/base/random.ts'
import { createKeys, KeysNotOpened } from '../../src/keys/keys.ts'
import { ANNOUNCED_FOR, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const MASTER = Buffer.alloc(32, 1)
const random = systemRandom

let folder: string
let clock: TestClock
let stores: Stores
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  clock = createTestClock()
  stores = openSqliteStores({ file: join(folder, 'store'), clock, random, changes: createLocalChanges() })
})
afterEach(async () => {
  await stores.close()
  rmSync(folder, { recursive: true, force: true })
})
const open = (master = MASTER) => createKeys({ store: stores.keys, master, clock, random })

describe('signing keys', () => {
  test('are made once by two that start together on one store, and both sign with it', async () => {
    const [one, two] = [open(), open()]
    await Promise.all([one.prepare(), two.prepare()])
    expect(await stores.keys.list()).toHaveLength(1)
    expect((await one.sign({})).kid).toBe((await two.sign({})).kid)
    const created = (await stores.audit.read(0, 10)).filter(({ record }) => record.event.type === 'key.created')
    expect(created).toHaveLength(1)
  })

  test('are there again after a restart, and no new one is made', async () => {
    await open().prepare()
    const [{ kid } = { kid: '' }] = await open().published()
    await open().prepare()
    expect((await open().published()).map((key) => key.kid)).toEqual([kid])
  })

  test('are sealed at rest: neither store, log nor audit holds the private half in any spelling', async () => {
    await open().prepare()
    const [key] = await stores.keys.list()
    expect(JSON.stringify(key)).not.toMatch(/PRIVATE KEY|"(d|p|q|dp|dq|qi|privateKey)":/)
    expect(key?.sealedPrivateKey).toMatch(/^v1\.[\w-]+\.[\w-]+\.[\w-]+$/)
    await stores.close()
    expect(readFileSync(join(folder, 'store'), 'latin1')).not.toContain('PRIVATE KEY')
    stores = openSqliteStores({ file: join(folder, 'store'), clock, random, changes: createLocalChanges() })
  })

  test('stop the start when the master key is another, and stay as they are', async () => {
    await open().prepare()
    const before = await stores.keys.list()
    await expect(open(Buffer.alloc(32, 2)).prepare()).rejects.toThrow(KeysNotOpened)
    await expect(open(Buffer.alloc(32, 2)).sign({})).rejects.toThrow(KeysNotOpened)
    expect(await stores.keys.list()).toEqual(before)
  })

  test('are not announced under another master key, which would stop the next start', async () => {
    await open().prepare()
    await expect(open(Buffer.alloc(32, 2)).announce('command-line')).rejects.toThrow(/COUNTERSIGN_MASTER_KEY/)
    expect(await stores.keys.list()).toHaveLength(1)
  })

  test('are not usable where there are none', async () => {
    expect(await open().usable()).toBe(false)
    await expect(open().sign({})).rejects.toThrow('no signing key is usable')
    await open().prepare()
    expect(await open().usable()).toBe(true)
  })
})

describe('rolling over', () => {
  const kids = async () => (await open().published()).map(({ kid }) => kid)

  test('publishes the next key at once, signs with it after 48 hours, and drops the old one 48 hours later', async () => {
    await open().prepare()
    const [old = ''] = await kids()
    const next = await open().announce('command-line')
    expect(await kids()).toEqual([old, next?.kid])
    expect((await open().sign({})).kid).toBe(old)

    clock.leap(ANNOUNCED_FOR - 60_000)
    expect((await open().sign({})).kid).toBe(old)
    clock.leap(60_000)
    expect((await open().sign({})).kid).toBe(next?.kid)
    expect(await kids()).toEqual([old, next?.kid])

    clock.leap(RETIRING_FOR + TOKEN_LIFE)
    expect(await kids()).toEqual([next?.kid])
  })

  test('announces one key only, however many ask at once', async () => {
    await open().prepare()
    const announced = await Promise.all([open().announce('command-line'), open().announce('command-line')])
    expect(announced.filter((key) => key !== undefined)).toHaveLength(1)
    expect(await open().announce('command-line')).toBeUndefined()
    expect(await kids()).toHaveLength(2)
  })

  test('never signs with an announced key, not even where it is the only one', async () => {
    await open().announce('command-line')
    expect(await open().usable()).toBe(false)
    await expect(open().sign({})).rejects.toThrow('no signing key is usable')
  })
})

describe('a signature', () => {
  test('is RS256, names its key, and is verified by what is published', async () => {
    await open().prepare()
    const { token, kid } = await open().sign({ aud: 'client', nonce: 'n' })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'JWT', kid })
    const published = (await open().published()).find((key) => key.kid === kid)
    const { payload } = await jwtVerify(token, await importJWK(published ?? {}, 'RS256'), { algorithms: ['RS256'] })
    expect(payload).toEqual({ aud: 'client', nonce: 'n' })
  })
})
