// What an operator reads when Entra's keys cannot be had or are not enough, when they are fetched, and when they are not.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Log } from '../../src/base/log.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import { createEntraKeys, type EntraKeys, type ForeignKeys } from '../../src/entra/entra-keys.ts'
import { createFakeFetch, publish, rsaKey } from './fake-fetch.ts'

const [GLOBAL, CHINA] = ['https://global.example/keys', 'https://china.example/keys']
const TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01'
const [first, second] = [rsaKey('first'), rsaKey('second')]
const HOUR = 3_600_000

let now: number
let warned: { facts: object; message: string }[]
let world: ReturnType<typeof createFakeFetch>
let keys: EntraKeys

/** The clock stands, so that what was fetched in the moment it was asked for is told from what was fetched before. */
const clock = { now: () => now }
const log: Log = { info: () => {}, warn: (facts, message) => void warned.push({ facts, message }), error: () => {} }
const begin = (foreignKeys: ForeignKeys = 'refuse') => {
  keys = createEntraKeys({ fetch: world.fetch, clock, log, foreignKeys })
}
beforeEach(() => {
  now = 1_800_000_000_000
  warned = []
  world = createFakeFetch(() => Response.json(publish(first)))
  begin()
})

/** What was found: the kid itself, or the code and reason of a refusal. */
const find = async (kid: string): Promise<string> => {
  const found = await keys.find(GLOBAL, kid, TENANT)
  return isRefusal(found) ? `${found.code}: ${found.reason}` : kid
}
const asked = () => world.requests.map(({ url }) => url)

describe('why a hint’s key is not there', () => {
  const NONE = `entra.keys-unavailable: no keys from ${GLOBAL}`

  test.each([
    ['is away', () => Promise.reject(new Error('connect ECONNREFUSED')), 'connect ECONNREFUSED'],
    ['answers 500', () => new Response('{}', { status: 500 }), 'status 500'],
    ['answers 500 and nothing', () => new Response(null, { status: 500 }), 'status 500'],
    ['answers nothing', () => new Response(null), 'no body'],
    ['answers too much', () => new Response(Buffer.alloc(512 * 1024 + 1, 32)), 'answer is too large'],
    ['answers no keys', () => Response.json({ keys: [] }), 'no RSA signing key in the answer'],
    ['answers a page', () => new Response('Sorry'), expect.stringContaining('JSON')],
  ] as const)('is said in the log when the endpoint %s', async (_what, answer, reason) => {
    world.answer = answer
    expect(await find('first')).toBe(NONE)
    expect(warned).toEqual([{ facts: { url: GLOBAL, reason }, message: 'keys of Entra could not be fetched' }])
  })

  test('is not for the size of an answer that is just within bounds', async () => {
    world.answer = () => new Response(JSON.stringify(publish(first)).padEnd(512 * 1024))
    expect([await find('first'), warned]).toEqual(['first', []])
  })

  test('is that nobody publishes it, when the keys were fetched for it', async () => {
    expect(await find('second')).toBe('hint.key: kid is not among the keys of its cloud')
  })

  test('is that the keys were fetched just before: it may be newer', async () => {
    await find('first')
    now += 1
    expect(await find('second')).toBe('entra.key-unseen: kid is unknown, and the keys were fetched a moment ago')
  })

  test('is that there are no newer keys', async () => {
    await find('first')
    now += 15_000
    world.answer = () => Promise.reject(new Error('away'))
    expect(await find('second')).toBe(`entra.keys-unavailable: kid is unknown, and no newer keys from ${GLOBAL}`)
  })

  test.each(['refuse', 'log'] as const)('is that it is published for another tenant (%s)', async (foreign) => {
    begin(foreign)
    const issuer = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
    world.answer = () => Response.json({ keys: [{ ...publish(first).keys[0], issuer }] })
    const found = { refuse: 'hint.key: key is published for another tenant', log: 'first' }
    expect(await find('first')).toBe(found[foreign])
    expect(warned).toEqual([
      {
        facts: { url: GLOBAL, kid: 'first', issuer },
        message: 'a hint is signed with a key that is published for another tenant',
      },
    ])
  })
})

describe('the keys are fetched', () => {
  test('as JSON', async () => {
    await find('first')
    expect(world.requests[0]?.init.headers).toEqual({ accept: 'application/json' })
  })

  test('not again by who asks for a known one within the hour', async () => {
    await find('first')
    for (const later of [15_000, HOUR - 1]) {
      now = 1_800_000_000_000 + later
      expect(await find('first')).toBe('first')
    }
    expect(asked()).toEqual([GLOBAL])
    now += 1
    await find('first')
    expect(asked()).toEqual([GLOBAL, GLOBAL])
  })
})

describe('keeping the keys fresh', () => {
  const keepFresh = (anew = false) => keys.keepFresh([GLOBAL, CHINA], anew)

  test('fetches what is not there yet, so that the first sign-in waits for nothing', async () => {
    await find('first')
    await keepFresh()
    expect(asked()).toEqual([GLOBAL, CHINA])
  })

  test('leaves what is younger than an hour, and fetches what is not', async () => {
    await keepFresh()
    now += HOUR - 1
    await keepFresh()
    expect(asked()).toHaveLength(2)
    now += 1
    world.answer = () => Response.json(publish(second))
    await keepFresh()
    expect(asked()).toEqual([GLOBAL, CHINA, GLOBAL, CHINA])
    expect(await find('second')).toBe('second')
  })

  test('fetches all of it anew when that is wanted', async () => {
    await keepFresh()
    now += 15_000
    await keepFresh(true)
    expect(asked()).toHaveLength(4)
  })

  test.each([true, false])('asks no endpoint more often than every 15 seconds (anew: %s)', async (anew) => {
    world.answer = () => Promise.reject(new Error('away'))
    await keepFresh(anew)
    now += 14_999
    await keepFresh(anew)
    expect(asked()).toHaveLength(2)
    now += 1
    await keepFresh(anew)
    expect(asked()).toHaveLength(4)
  })
})
