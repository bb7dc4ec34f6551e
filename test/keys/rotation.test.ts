import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ANNOUNCED_FOR, phasesAt, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'

const HOUR = 3_600_000
const phases = (signsFrom: number[], now: number) =>
  phasesAt(
    signsFrom.map((at) => ({ signsFrom: at })),
    now,
  ).map(({ phase }) => phase)

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
    ['with nothing before it', [100], 99, ['announced']],
    ['whatever the order it is stored in', [100, 0], 50, ['signing', 'announced']],
    ['of three', [0, 100, 200], 150, ['retiring', 'signing', 'announced']],
    ['of none', [], 0, []],
  ] as const)('%s', (_what, keys, now, expected) => {
    expect(phases([...keys], now)).toEqual(expected)
  })

  test('changes no sooner than Entra’s caches: two days before it signs, two days after', () => {
    expect([ANNOUNCED_FOR, RETIRING_FOR]).toEqual([48 * HOUR, 48 * HOUR])
  })

  test('is signing for exactly one key, once any has begun, and never for one that is not published', () => {
    const instant = fc.integer({ min: 0, max: 1000 * HOUR })
    fc.assert(
      fc.property(fc.uniqueArray(instant, { minLength: 1, maxLength: 8 }), instant, (signsFrom, now) => {
        const found = phases(signsFrom, now)
        const begun = signsFrom.some((at) => at <= now)
        expect(found.filter((phase) => phase === 'signing')).toHaveLength(begun ? 1 : 0)
        // A key never goes back: retired ones come first, announced ones last.
        const order = ['retired', 'retiring', 'signing', 'announced']
        expect(found.map((phase) => order.indexOf(phase))).toEqual(found.map((phase) => order.indexOf(phase)).sort())
      }),
    )
  })
})
