import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ANNOUNCED_FOR, LOOKED_AWAY, phasesAt, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'

const HOUR = 3_600_000
const key = (signsFrom: number, withdrawnAt: number | null = null) => ({ signsFrom, withdrawnAt })
/** The phases of keys that sign from these instants, while somebody watches. */
const phases = (signsFrom: number[], now: number, seenAt = now) =>
  phasesAt({ seenAt, keys: signsFrom.map((at) => key(at)) }, now).map(({ phase }) => phase)

describe('the phase of a key', () => {
  test.each([
    ['before its time', [0, 100], 99, ['signing', 'announced']],
    ['at its time, to the millisecond', [0, 100], 100, ['retiring', 'signing']],
    [
      'while claims of the old one are still good',
      [0, 100],
      100 + RETIRING_FOR + TOKEN_LIFE - 1,
      ['retiring', 'signing'],
    ],
    ['after that', [0, 100], 100 + RETIRING_FOR + TOKEN_LIFE, ['retired', 'signing']],
    ['with nothing before it, for somebody must sign', [100], 99, ['signing']],
    ['of three', [0, 100, 200], 150, ['retiring', 'signing', 'announced']],
    ['of none', [], 0, []],
    [
      'that a wrong clock gave a turn far away, once a later one has begun',
      [0, 1e15, 100],
      100,
      ['retiring', 'retiring', 'signing'],
    ],
  ] as const)('%s', (_what, keys, now, expected) => {
    expect(phases([...keys], now)).toEqual(expected)
  })

  test('changes no sooner than Entra’s caches: two days before it signs, two days after', () => {
    expect([ANNOUNCED_FOR, RETIRING_FOR]).toEqual([48 * HOUR, 48 * HOUR])
  })

  test('stands still when nobody has watched for an hour: it may not have been published', () => {
    const [T, seenAt] = [100 * HOUR, 99 * HOUR]
    expect(phases([0, T], seenAt + LOOKED_AWAY, seenAt)).toEqual(['retiring', 'signing'])
    expect(phases([0, T], seenAt + LOOKED_AWAY + 1, seenAt)).toEqual(['signing', 'announced'])
    expect(phases([0, T], T + 1000 * HOUR, T)).toEqual(['retired', 'signing'])
  })

  test('is not undone by a clock that goes back: what signs goes on', () => {
    expect(phases([0, 100 * HOUR], 5 * HOUR, 101 * HOUR)).toEqual(['retiring', 'signing'])
    expect(phases([100 * HOUR], 0, 101 * HOUR)).toEqual(['signing'])
  })

  test('of a withdrawn key is over at once, and gives its turn to no older one', () => {
    const keys = [key(0), key(100, 150), key(150)]
    expect(phasesAt({ seenAt: 150, keys }, 150).map(({ phase }) => phase)).toEqual(['retiring', 'retired', 'signing'])
    const announced = [key(0), key(100, 50)]
    expect(phasesAt({ seenAt: 200, keys: announced }, 200)).toMatchObject([
      { phase: 'signing', signsUntil: null },
      { phase: 'retired', signsUntil: null, publishedUntil: 50 },
    ])
  })

  test('is told with its ends, as far as another key sets them', () => {
    const until = 100 + RETIRING_FOR + TOKEN_LIFE
    expect(phasesAt({ seenAt: 50, keys: [key(0), key(100)] }, 50)).toMatchObject([
      { signsUntil: 100, publishedUntil: until },
      { signsUntil: null, publishedUntil: null },
    ])
  })

  test('is signing for exactly one key, whatever was written into the store, unless all are withdrawn', () => {
    const instant = fc.integer({ min: 0, max: 1000 * HOUR })
    const aKey = fc.record({ signsFrom: instant, withdrawnAt: fc.option(instant) })
    fc.assert(
      fc.property(fc.array(aKey, { maxLength: 8 }), instant, instant, (keys, now, seenAt) => {
        const found = phasesAt({ keys, seenAt }, now)
        const isLive = keys.some(({ withdrawnAt }) => withdrawnAt === null)
        expect(found.filter(({ phase }) => phase === 'signing')).toHaveLength(isLive ? 1 : 0)
        // A key never goes back: older ones are over or ending, newer ones are announced.
        const order = ['retired', 'retiring', 'signing', 'announced']
        const live = found.filter(({ key: { withdrawnAt } }) => withdrawnAt === null)
        const at = live.findIndex(({ phase }) => phase === 'signing')
        expect(live.slice(0, Math.max(at, 0)).every(({ phase }) => order.indexOf(phase) < 2)).toBe(true)
        expect(live.slice(at + 1).every(({ phase }) => phase === 'announced')).toBe(true)
        expect(found.every(({ key: { withdrawnAt }, phase }) => withdrawnAt === null || phase === 'retired')).toBe(true)
      }),
    )
  })
})

describe('a key stops signing', () => {
  /** When each of these keys stops signing, watched until 60. */
  const ends = (...keys: ReturnType<typeof key>[]) =>
    phasesAt({ seenAt: 60, keys }, 60).map(({ signsUntil }) => signsUntil)

  test('when the first of those after it begins that ever began', () => {
    expect(ends(key(5), key(20, 10), key(30), key(40))).toEqual([30, null, 40, null])
  })
  test('when it is withdrawn, unless another took over before', () => {
    expect(ends(key(5), key(10, 50))).toEqual([null, 50])
    expect(ends(key(5), key(10, 50), key(20, 10), key(30))).toEqual([10, 30, null, null])
  })
})
