// Who brings nothing that Entra signed: counted, limited, and never in the way of anybody else.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Audit } from '../../src/audit/audit.ts'
import type { LimitStore } from '../../src/base/limit-store.ts'
import { type Refusal, refuse } from '../../src/base/refusal.ts'
import { createStrangers, type Strangers } from '../../src/entra/strangers.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const forged = refuse('hint.signature', 'signature verification failed')

let now: number
let hits: Map<string, number>
let counted: object[]
let recorded: object[]
let strangers: Strangers
beforeEach(() => {
  now = NOW
  hits = new Map()
  counted = []
  recorded = []
  const limits: LimitStore = {
    hit: async (key) => {
      hits.set(key, (hits.get(key) ?? 0) + 1)
      return { hits: hits.get(key) ?? 0, resetAt: NOW + MINUTE }
    },
    forget: async () => {},
  }
  const audit: Pick<Audit, 'count' | 'record'> = {
    count: async (event) => void counted.push(event),
    record: async (...events) => void recorded.push(...events),
  }
  strangers = createStrangers({ limits, audit, clock: { now: () => now } })
})

const from = { type: 'hint.refused', address: '203.0.113.7', contract: 'external-mfa', integrationId: 'one' } as const
const count = (more: Partial<typeof from> | object = {}, refusal: Refusal = forged) =>
  strangers.count(refusal, { ...from, ...more })
/** All tries but the last that is allowed, as other nodes counted them. */
const usedUp = (kind: string, key: string, most: number) => hits.set(`strangers-${kind}:${key}`, most)
const tooMany = (seconds: number) => ({
  ...{ code: 'request.too-many', reason: forged.reason, facts: { retryAfterSeconds: seconds } },
})

describe('a refusal of a stranger', () => {
  test('is told as it is, and counted with all that is known', async () => {
    expect(await count()).toBe(forged)
    const { code, reason } = forged
    expect(counted).toEqual([{ ...from, code, reason }])
    expect([...hits]).toEqual([
      ['strangers-of-network:203.0.113.7', 1],
      ['strangers-at-integration:one', 1],
    ])
  })

  test('of nobody’s client is counted without what is not known', async () => {
    const refusal = refuse('request.client', 'client_id is nobody’s')
    const address = '2001:db8::1'
    expect(await strangers.count(refusal, { type: 'request.refused', address })).toBe(refusal)
    expect(counted).toEqual([
      { type: 'request.refused', code: 'request.client', reason: 'client_id is nobody’s', address },
    ])
    expect(Object.keys(counted[0] ?? {})).toHaveLength(4)
    expect([...hits.keys()]).toEqual(['strangers-of-network:2001:db8:0:0::/64', 'strangers-at-integration:none'])
  })

  test.each(['service.stopping', 'service.busy', 'entra.keys-unavailable'] as const)(
    'that is our own fault (%s) is counted, and limited by nothing',
    async (code) => {
      usedUp('of-network', from.address, 60)
      const ours = refuse(code, 'our fault')
      expect(await count({}, ours)).toBe(ours)
      expect([counted.length, recorded]).toEqual([1, []])
      expect(hits.get(`strangers-of-network:${from.address}`)).toBe(60)
    },
  )
})

describe('past the limit', () => {
  test.each([
    ['of a network', () => usedUp('of-network', from.address, 60), { of: 'network', address: from.address }],
    ['at an integration', () => usedUp('at-integration', 'one', 1000), { of: 'integration', integrationId: 'one' }],
  ])('%s it is told to wait for its end, on record once, and counted nowhere', async (_which, prepare, facts) => {
    prepare()
    expect(await count()).toMatchObject(tooMany(60))
    expect(counted).toEqual([])
    const reached = [{ type: 'limit.reached', ...facts, until: new Date(NOW + MINUTE).toISOString() }]
    expect(recorded).toEqual(reached)
    // From then on nothing is even written.
    const written = [...hits]
    now += 30_500
    expect(await count()).toMatchObject(tooMany(30))
    now += 29_499
    expect(await count()).toMatchObject(tooMany(1))
    expect([[...hits], recorded, counted]).toEqual([written, reached, []])
    // When the minute is over, it is counted anew.
    hits.clear()
    now += 1
    expect(await count()).toBe(forged)
  })

  test('it is told to wait a second at least', async () => {
    usedUp('of-network', from.address, 60)
    now = NOW + MINUTE - 1
    expect(await count()).toMatchObject(tooMany(1))
  })

  test('at no integration, no integration is named', async () => {
    usedUp('at-integration', 'none', 1000)
    expect(await strangers.count(forged, { type: 'request.refused', address: from.address })).toMatchObject(tooMany(60))
    expect(recorded).toEqual([
      { type: 'limit.reached', of: 'integration', until: new Date(NOW + MINUTE).toISOString() },
    ])
    expect(Object.keys(recorded[0] ?? {})).not.toContain('integrationId')
  })

  test('sixty of a network are told as they are; those of another network go on', async () => {
    for (let i = 0; i < 60; i++) expect(await count()).toBe(forged)
    expect(await count()).toMatchObject(tooMany(60))
    expect(await count({ address: '203.0.113.8' })).toBe(forged)
    expect(counted).toHaveLength(61)
  })

  test('of one integration those of another go on', async () => {
    usedUp('at-integration', 'one', 1000)
    await count()
    expect(await count({ address: '198.51.100.1', integrationId: 'two' })).toBe(forged)
    // What is over its limit costs other networks nothing either.
    expect(await count({ address: '198.51.100.1' })).toMatchObject(tooMany(60))
    expect(hits.get('strangers-of-network:198.51.100.1')).toBe(1)
  })

  test('that another node reached, it is told to wait, and on record by that one only', async () => {
    usedUp('of-network', from.address, 61)
    usedUp('at-integration', 'one', 1001)
    expect(await count()).toMatchObject(tooMany(60))
    expect([recorded, counted]).toEqual([[], []])
  })
})
