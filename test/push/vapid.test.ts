import { createECDH } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Random, systemRandom } from '../../src/base/random.ts'
import { seal, unseal } from '../../src/base/seal.ts'
import { StartRefused } from '../../src/base/start-refused.ts'
import { createVapidHeader, prepareVapidKey, type VapidStore, vapidKeyOf } from '../../src/push/vapid.ts'
import { createTestClock } from '../support/clock.ts'

const MASTER = Buffer.alloc(32, 7)
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
const base64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url')

function emptyStore(): VapidStore & { kept: string | undefined } {
  const store = {
    kept: undefined as string | undefined,
    sealedKey: async () => store.kept,
    keepFirst: async (sealed: string) => {
      store.kept ??= sealed
      return store.kept
    },
  }
  return store
}

describe('the pair of a private key', () => {
  test('is the one that any other program would find', () => {
    const ecdh = createECDH('prime256v1')
    const publicKey = ecdh.generateKeys('base64url')
    const privateKey = Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url')
    expect(vapidKeyOf(privateKey)).toEqual({ privateKey, publicKey })
    expect(vapidKeyOf(`${privateKey}=`)).toEqual({ privateKey, publicKey })
  })

  test.each([
    ['nothing', ''],
    ['too short', base64url('01'.repeat(31))],
    ['too long', base64url('01'.repeat(33))],
    ['zero', base64url('00'.repeat(32))],
    ['the group’s order', base64url(ORDER)],
    ['beyond the order', base64url('ff'.repeat(32))],
    ['no base64url', `${base64url('01'.repeat(32)).slice(0, -1)}!`],
    ['other bits in its last character', `${base64url('01'.repeat(32)).slice(0, -1)}F`],
  ])('there is none of: %s', (_name, text) => {
    expect(vapidKeyOf(text)).toBeUndefined()
  })
})

describe('the key of a service', () => {
  const prepare = (store: VapidStore, master = MASTER, random: Random = systemRandom) =>
    prepareVapidKey({ store, master, random })

  test('is made once, and the same from then on', async () => {
    const store = emptyStore()
    const first = await prepare(store)
    expect(vapidKeyOf(first.privateKey)).toEqual(first)
    expect(await prepare(store)).toEqual(first)
  })

  test('is the same for services that start at once', async () => {
    const store = emptyStore()
    const keys = await Promise.all([prepare(store), prepare(store), prepare(store)])
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1)
  })

  test('is kept sealed, for this purpose', async () => {
    const store = emptyStore()
    const { privateKey } = await prepare(store)
    expect(store.kept).not.toContain(privateKey)
    expect(unseal(MASTER, 'vapid-key', store.kept ?? '')).toBe(privateKey)
    expect(unseal(MASTER, 'signing-key:k', store.kept ?? '')).toBeUndefined()
  })

  test('is not made anew when another master key is given: the start is refused', async () => {
    const store = emptyStore()
    await prepare(store)
    const before = store.kept
    const refused = new StartRefused(
      'The key for push in the store is not opened by this master key. Give the master key that sealed it. A new one is not made: every phone would have to be subscribed again.',
    )
    await expect(prepare(store, Buffer.alloc(32, 8))).rejects.toThrow(refused)
    expect(store.kept).toBe(before)
  })

  test('that was sealed and is none refuses the start too', async () => {
    const store = emptyStore()
    store.kept = seal(MASTER, 'vapid-key', 'nonsense', systemRandom)
    await expect(prepare(store)).rejects.toBeInstanceOf(StartRefused)
  })

  test('is drawn again where chance gives no key', async () => {
    const draws = [Buffer.alloc(32, 0xff), Buffer.alloc(32, 0), Buffer.alloc(32, 1)]
    const bytes = (length: number): Buffer => (length === 32 ? draws.shift() : undefined) ?? Buffer.alloc(length)
    const { privateKey } = await prepare(emptyStore(), MASTER, { ...systemRandom, bytes })
    expect(Buffer.from(privateKey, 'base64url')).toEqual(Buffer.alloc(32, 1))
  })
})

describe('the header', () => {
  const key = vapidKeyOf(base64url('01'.repeat(32)))
  if (!key) throw new Error('no key')
  const header = (clock = createTestClock()) =>
    createVapidHeader({ key, subject: 'mailto:push@contoso.example', clock })
  const claims = (text: string) => decodeJwt(/t=([^,]+)/.exec(text)?.[1] ?? '')

  test('is for one push service', () => {
    const make = header()
    expect(claims(make('https://a.example')).aud).toBe('https://a.example')
    expect(claims(make('https://b.example')).aud).toBe('https://b.example')
  })

  test('serves for an hour, and never outlives its token', () => {
    const clock = createTestClock()
    clock.hold()
    const make = header(clock)
    const first = make('https://a.example')
    clock.leap(3_600_000 - 1)
    expect(make('https://a.example')).toBe(first)
    clock.leap(1)
    const second = make('https://a.example')
    expect(second).not.toBe(first)
    expect(Number(claims(second).exp) * 1000).toBeGreaterThan(clock.now() + 3_600_000)
  })

  test('is made anew, and no memory is filled, however many push services somebody names', () => {
    const make = header()
    const first = make('https://a.example')
    for (let i = 0; i < 1000; i++) make(`https://${i}.example`)
    expect(make('https://a.example')).toBe(first)
    make('https://1000.example')
    expect(make('https://a.example')).not.toBe(first)
  })
})
