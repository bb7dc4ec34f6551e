import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { systemRandom } from '../../src/base/random.ts'
import { makeKeyMaterial, makeRsaPair } from '../../src/keys/certificate.ts'
import { createKeys, KeysNotOpened } from '../../src/keys/keys.ts'
import { ANNOUNCED_FOR, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const MASTER = Buffer.alloc(32, 1)
const random = systemRandom
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Made once, and used in turn: a pair takes longer than all else in a test. Their certificates and names differ. */
let pairs: Awaited<ReturnType<typeof makeRsaPair>>[]
let made = 0
const makePair = async () => pairs[made++ % pairs.length]!
beforeAll(async () => {
  pairs = await Promise.all([makeRsaPair(), makeRsaPair(), makeRsaPair()])
})

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
const open = (master = MASTER) =>
  createKeys({ store: stores.keys, master, clock, random, makePair, rotateAfter: 90 * DAY })
const kept = async () => (await stores.keys.read()).keys
const events = () => recorded(stores)
const eventsOf = async (type: string) => (await events()).filter((event) => event.type === type)
/** The service runs for so long: it tends its keys all the while. */
async function serve(time: number, keys = open()): Promise<void> {
  for (let left = time; left > 0; left -= 40 * MINUTE) {
    clock.leap(Math.min(left, 40 * MINUTE))
    await keys.tend()
  }
}

describe('signing keys', () => {
  test('are made once by two that start together on one store, and both sign with it', async () => {
    const [one, two] = [open(), open()]
    await Promise.all([one.prepare(), two.prepare()])
    expect(await kept()).toHaveLength(1)
    expect((await one.sign({})).kid).toBe((await two.sign({})).kid)
    expect(await eventsOf('key.created')).toHaveLength(1)
  })

  test('are there again after a restart, and no new one is made', async () => {
    await open().prepare()
    const [{ kid } = { kid: '' }] = await open().published()
    await open().prepare()
    expect((await open().published()).map((key) => key.kid)).toEqual([kid])
  })

  test('are sealed at rest: neither store, log nor audit holds the private half in any spelling', async () => {
    await open().prepare()
    const [key] = await kept()
    expect(JSON.stringify(key)).not.toMatch(/PRIVATE KEY|"(d|p|q|dp|dq|qi|privateKey)":/)
    expect(key?.sealedPrivateKey).toMatch(/^v1\.[\w-]+\.[\w-]+\.[\w-]+$/)
    await stores.close()
    expect(readFileSync(join(folder, 'store'), 'latin1')).not.toContain('PRIVATE KEY')
    stores = openSqliteStores({ file: join(folder, 'store'), clock, random, changes: createLocalChanges() })
  })

  test('stop the start when the master key is another, and stay as they are', async () => {
    await open().prepare()
    const before = await kept()
    await expect(open(Buffer.alloc(32, 2)).prepare()).rejects.toThrow(KeysNotOpened)
    await expect(open(Buffer.alloc(32, 2)).sign({})).rejects.toThrow(KeysNotOpened)
    expect(await kept()).toEqual(before)
  })

  test('are not announced under another master key, which would stop the next start', async () => {
    await open().prepare()
    await expect(open(Buffer.alloc(32, 2)).announce('command-line')).rejects.toThrow(/COUNTERSIGN_MASTER_KEY/)
    expect(await kept()).toHaveLength(1)
  })

  test('are not usable where there are none', async () => {
    expect(await open().usable()).toBe(false)
    await expect(open().sign({})).rejects.toThrow('no signing key is usable')
    await open().prepare()
    expect(await open().usable()).toBe(true)
  })
})

describe('a master key that opens no key', () => {
  test('is told what to give instead, and why no new key is made', async () => {
    await open().prepare()
    const [{ kid } = { kid: '' }] = await kept()
    const { message } = (await open(Buffer.alloc(32, 2))
      .prepare()
      .catch((error: Error) => error)) as Error
    for (const part of [
      kid,
      'COUNTERSIGN_MASTER_KEY or COUNTERSIGN_MASTER_KEY_FILE',
      'COUNTERSIGN_MASTER_KEY_PREVIOUS',
      'New keys are not made',
    ])
      expect(message).toContain(part)
  })

  test('makes the service unusable, and not merely its claims', async () => {
    await open().prepare()
    await expect(open(Buffer.alloc(32, 2)).usable()).rejects.toThrow(KeysNotOpened)
  })
})

describe('whoever can write to the store', () => {
  /** Changes the one key in the store, as only somebody with its file could. */
  async function tamper(change: object): Promise<void> {
    const book = await stores.keys.read()
    const keys = book.keys.map((key) => ({ ...key, ...change }))
    expect(await stores.keys.replace({ ...book, version: book.version + 1, keys }, [])).toBe(true)
  }
  const foreign = () => makeKeyMaterial(clock.now(), Buffer.alloc(16, 7), async () => pairs[2]!)

  test.each(['n', 'certificate'] as const)('cannot make us publish a key of theirs: another %s', async (part) => {
    made = 0
    const keys = open()
    await keys.prepare()
    await keys.published()
    await tamper({ [part]: (await foreign())[part] })
    // Also by one who opened it when it was still good.
    for (const each of [keys, open()]) {
      await expect(each.published()).rejects.toThrow(KeysNotOpened)
      await expect(each.sign({})).rejects.toThrow(KeysNotOpened)
    }
  })

  test('cannot make us publish another exponent', async () => {
    await open().prepare()
    await tamper({ e: 'Aw' })
    await expect(open().published()).rejects.toThrow(KeysNotOpened)
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

    await serve(ANNOUNCED_FOR - MINUTE)
    expect((await open().sign({})).kid).toBe(old)
    await serve(2 * MINUTE)
    expect((await open().sign({})).kid).toBe(next?.kid)
    expect(await kids()).toEqual([old, next?.kid])

    await serve(RETIRING_FOR + TOKEN_LIFE)
    expect(await kids()).toEqual([next?.kid])
  })

  test('announces one key only, however many ask at once', async () => {
    await open().prepare()
    const announced = await Promise.all([open().announce('command-line'), open().announce('command-line')])
    expect(announced.filter((key) => key !== undefined)).toHaveLength(1)
    expect(await open().announce('command-line')).toBeUndefined()
    expect(await kids()).toHaveLength(2)
  })

  test('announces nothing where there is no key that could sign until then', async () => {
    expect(await open().announce('command-line')).toBeUndefined()
    expect(await kept()).toEqual([])
  })

  test('announces by itself what is due, once, though two tend the keys, and says that the service did', async () => {
    await open().prepare()
    clock.leap(89 * DAY)
    await Promise.all([open().tend(), open().tend()])
    expect(await kept()).toHaveLength(2)
    expect(await eventsOf('key.created')).toMatchObject([{ by: 'service' }, { by: 'service' }])
    expect(await open().tend()).toEqual([])
  })

  test('writes nothing while nothing changes, however often it is looked', async () => {
    const keys = open()
    await keys.prepare()
    const before = await stores.keys.read()
    clock.leap(MINUTE)
    expect(await keys.tend()).toEqual([])
    expect(await stores.keys.read()).toEqual(before)
  })

  test('announces at the start what has become due meanwhile', async () => {
    const [made] = await open().prepare()
    expect(made).toMatchObject({ type: 'key.created' })
    clock.leap(100 * DAY)
    expect(await open().prepare()).toMatchObject([{ type: 'key.created', by: 'service' }])
    expect(await open().prepare()).toEqual([])
  })

  test('postpones a key that nobody published, and records it', async () => {
    await open().prepare()
    const next = await open().announce('command-line')
    clock.leap(72 * 60 * MINUTE)
    expect((await open().sign({})).kid).not.toBe(next?.kid)
    await open().prepare()
    const [moved] = await eventsOf('key.rescheduled')
    expect(moved).toMatchObject({ keyId: next?.kid, by: 'service' })
    const { signsFrom } = (await kept())[1]!
    expect(signsFrom - clock.now()).toBeGreaterThan(47 * 60 * MINUTE)
  })

  test('drops a key that a wrong clock announced, records it, and announces another', async () => {
    await open().prepare()
    clock.leap(1000 * DAY)
    const wrong = await open().announce('command-line')
    clock.leap(-1000 * DAY)
    await open().tend()
    expect(await eventsOf('key.withdrawn')).toMatchObject([
      { keyId: wrong?.kid, reason: 'its certificate does not fit the time', by: 'service' },
    ])
    expect(await kids()).not.toContain(wrong?.kid)
    expect(await open().announce('command-line')).toBeDefined()
  })

  test('gives every key a certificate of its own, for that key, that outlives its publication', async () => {
    await open().prepare()
    await open().announce('command-line')
    const published = await open().published()
    const times = await open().timetable()
    for (const [i, { kid, n, e, x5c }] of published.entries()) {
      const certificate = new X509Certificate(Buffer.from(x5c[0], 'base64'))
      expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ n, e })
      expect(createHash('sha1').update(certificate.raw).digest('base64url')).toBe(kid)
      const ends = Date.parse(certificate.validTo)
      expect(Math.abs(ends - times[i]!.certificateUntil)).toBeLessThan(1000)
      expect(ends).toBeGreaterThan(times[i]!.publishedUntil)
    }
    expect(new Set(published.map(({ x5c }) => x5c[0])).size).toBe(2)
  })
})

describe('an emergency rotation', () => {
  const kids = async () => (await open().published()).map(({ kid }) => kid)
  const signing = async () => (await open().sign({})).kid

  test('signs with a new key at once and publishes no other, neither the compromised nor an announced one', async () => {
    await open().prepare()
    const old = await signing()
    const announced = await open().announce('command-line')
    const made = await open().replaceAtOnce(old, 'administrator:ada')
    expect(await kids()).toEqual([made?.kid])
    expect(await signing()).toBe(made?.kid)
    await serve(5 * DAY)
    expect(await signing()).toBe(made?.kid)
    const by = 'administrator:ada'
    expect((await events()).slice(2)).toEqual([
      { type: 'key.created', keyId: made?.kid, signsFrom: expect.any(String), emergency: true, by },
      { type: 'key.withdrawn', keyId: old, reason: 'emergency rotation', by },
      { type: 'key.withdrawn', keyId: announced?.kid, reason: 'emergency rotation', by },
    ])
  })

  test('of two who ask at once is one: the second would withdraw what the first has just made', async () => {
    await open().prepare()
    const old = await signing()
    const made = await Promise.all([open().replaceAtOnce(old, 'command-line'), open().replaceAtOnce(old, 'service')])
    expect(made.filter((key) => key !== undefined)).toHaveLength(1)
    expect(await kept()).toHaveLength(2)
  })

  test('leaves what was retired before as it was', async () => {
    await open().prepare()
    const first = await signing()
    await open().announce('command-line')
    await serve(5 * DAY)
    await open().replaceAtOnce(await signing(), 'command-line')
    expect((await eventsOf('key.withdrawn')).map((event) => 'keyId' in event && event.keyId)).not.toContain(first)
    expect((await open().timetable()).map(({ phase }) => phase)).toEqual(['retired', 'retired', 'signing'])
  })

  test('goes on as ever: its key gets a successor in its time', async () => {
    await open().prepare()
    await open().replaceAtOnce(await signing(), 'command-line')
    clock.leap(89 * DAY)
    await open().tend()
    expect((await open().timetable()).map(({ phase }) => phase)).toEqual(['retired', 'signing', 'announced'])
  })

  test('replaces nothing where there is nothing', async () => {
    expect(await open().replaceAtOnce('any', 'command-line')).toBeUndefined()
    expect(await kept()).toEqual([])
  })

  test('is not done under another master key', async () => {
    await open().prepare()
    await expect(open(Buffer.alloc(32, 2)).replaceAtOnce(await signing(), 'command-line')).rejects.toThrow(
      KeysNotOpened,
    )
    expect(await kept()).toHaveLength(1)
  })
})

describe('a signature', () => {
  test('is RS256, names its key, and is verified by what is published', async () => {
    await open().prepare()
    const { token, kid } = await open().sign({ aud: 'client', nonce: 'n' })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'JWT', kid })
    const published = (await open().published()).find((key) => key.kid === kid)
    expect(published).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256', x5t: kid })
    const { payload } = await jwtVerify(token, await importJWK(published ?? {}, 'RS256'), { algorithms: ['RS256'] })
    expect(payload).toEqual({ aud: 'client', nonce: 'n' })
  })
})
