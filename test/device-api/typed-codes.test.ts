// Short codes that are typed wrong: counted by network, and of all networks together no more than a limit.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Audit } from '../../src/audit/audit.ts'
import type { LimitStore } from '../../src/base/limit-store.ts'
import { createTypedCodes, type TypedCodes } from '../../src/device-api/typed-codes.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const ADDRESS = '203.0.113.7'

let now: number
let hits: Map<string, { hits: number; resetAt: number }>
let recorded: object[]
let codes: TypedCodes
beforeEach(() => {
  now = NOW
  hits = new Map()
  recorded = []
  const limits: LimitStore = {
    async hit(key, windowMs, at) {
      const window = hits.get(key) ?? { hits: 0, resetAt: at + windowMs }
      const next = { ...window, hits: window.hits + 1 }
      hits.set(key, next)
      return next
    },
    forget: async () => {},
  }
  const audit: Pick<Audit, 'record'> = { record: async (...events) => void recorded.push(...events) }
  codes = createTypedCodes({ limits, audit, clock: { now: () => now } })
})
/** So many were counted, here or at other nodes. */
const counted = (key: string, most: number, resetAt = NOW + MINUTE) => hits.set(key, { hits: most, resetAt })
const wait = (retryAfterSeconds: number) =>
  expect.objectContaining({ code: 'code.too-many', reason: 'too many wrong codes', facts: { retryAfterSeconds } })
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString()

describe('wrong codes', () => {
  test('are counted for their network, for ten minutes and a day, and for all', async () => {
    expect(codes.allow('2001:db8::1')).toBe(true)
    expect(await codes.wrong('2001:db8::1')).toBeUndefined()
    expect(Object.fromEntries(hits)).toEqual({
      'wrong-codes-of-all:all': { hits: 1, resetAt: NOW + MINUTE },
      'wrong-codes:2001:db8:0:0::/64': { hits: 1, resetAt: NOW + 10 * MINUTE },
      'wrong-codes-of-day:2001:db8:0:0::/64': { hits: 1, resetAt: NOW + 24 * 60 * MINUTE },
    })
    expect(recorded).toEqual([])
  })

  test.each([
    ['ten in ten minutes', 'wrong-codes', 10, 10 * MINUTE],
    ['thirty in a day', 'wrong-codes-of-day', 30, 24 * 60 * MINUTE],
  ])('beyond %s make their network wait, on record once', async (_what, kind, most, window) => {
    counted(`${kind}:${ADDRESS}`, most - 1, NOW + window)
    expect(await codes.wrong(ADDRESS)).toBeUndefined()
    expect(codes.allow(ADDRESS)).toBe(true)
    expect(await codes.wrong(ADDRESS)).toEqual(wait(window / 1000))
    expect(codes.allow(ADDRESS)).toEqual(wait(window / 1000))
    expect(await codes.wrong(ADDRESS)).toEqual(wait(window / 1000))
    expect(recorded).toEqual([{ type: 'limit.reached', of: 'codes', address: ADDRESS, until: at(window) }])
    expect(codes.allow('203.0.113.8')).toBe(true)
    now += window - 1
    expect(codes.allow(ADDRESS)).toEqual(wait(1))
    now += 1
    expect(codes.allow(ADDRESS)).toBe(true)
  })

  test('of both rules wait for the later end', async () => {
    counted(`wrong-codes:${ADDRESS}`, 10, NOW + 10 * MINUTE)
    counted(`wrong-codes-of-day:${ADDRESS}`, 30, NOW + 60 * MINUTE)
    expect(await codes.wrong(ADDRESS)).toEqual(wait(3600))
    expect(codes.allow(ADDRESS)).toEqual(wait(3600))
    expect(recorded).toMatchObject([{ until: at(60 * MINUTE) }])
  })

  test('that another node recorded as too many are not recorded again', async () => {
    counted(`wrong-codes:${ADDRESS}`, 11, NOW + 10 * MINUTE)
    expect(await codes.wrong(ADDRESS)).toEqual(wait(600))
    expect(recorded).toEqual([])
  })
})

describe('a flood from very many networks', () => {
  test('is counted up to a limit, on record once; beyond it nobody waits and nothing is written', async () => {
    counted('wrong-codes-of-all:all', 1000)
    expect(await codes.wrong(ADDRESS)).toBeUndefined()
    const reached = [{ type: 'limit.reached', of: 'all-codes', until: at(MINUTE) }]
    expect(recorded).toEqual(reached)
    const written = [...hits]
    for (let i = 0; i < 50; i++) expect(await codes.wrong(ADDRESS)).toBeUndefined()
    expect(codes.allow(ADDRESS)).toBe(true)
    expect([[...hits], recorded]).toEqual([written, reached])
    // When the minute is over, they are counted anew.
    hits.clear()
    now += MINUTE
    await codes.wrong(ADDRESS)
    expect(hits.get(`wrong-codes:${ADDRESS}`)).toMatchObject({ hits: 1 })
  })

  test('makes nobody wait less who waits already', async () => {
    counted(`wrong-codes:${ADDRESS}`, 10, NOW + 10 * MINUTE)
    await codes.wrong(ADDRESS)
    counted('wrong-codes-of-all:all', 1000)
    await codes.wrong('198.51.100.9')
    expect(codes.allow(ADDRESS)).toEqual(wait(600))
  })
})
