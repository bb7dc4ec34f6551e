import { describe, expect, test } from '@jest/globals'
import {
  changesOf,
  isRingOf,
  MOST_RINGS,
  nextRing,
  PERSON_LIMIT,
  personRings,
  promptOf,
  QUIET,
  quietUntil,
  RING_GAP,
  RING_WINDOW,
  secondsUntil,
  testRings,
  type Unwanted,
} from '../../src/push/ring.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const rings = (...ats: number[]) => ats.map((at) => ({ at: NOW + at, prompt: 'x#1' }))

describe('the next ring', () => {
  test('is allowed at once when there was none', () => {
    expect(nextRing([], NOW, PERSON_LIMIT)).toBeLessThanOrEqual(NOW)
  })

  test('waits 20 seconds after the last one', () => {
    expect(nextRing(rings(-60_000, -5000), NOW, PERSON_LIMIT) - NOW).toBe(15_000)
    expect(nextRing(rings(-RING_GAP), NOW, PERSON_LIMIT)).toBe(NOW)
  })

  test('waits until the first of five is ten minutes old', () => {
    const five = rings(...[-9, -8, -7, -6, -5].map((minutes) => minutes * MINUTE))
    expect(five).toHaveLength(MOST_RINGS)
    expect(nextRing(five, NOW, PERSON_LIMIT) - NOW).toBe(MINUTE)
    expect(nextRing(five.slice(1), NOW, PERSON_LIMIT)).toBeLessThanOrEqual(NOW)
  })

  test('does not wait for what is ten minutes old', () => {
    const old = rings(...[-14, -13, -12, -11, -10].map((minutes) => minutes * MINUTE))
    expect(old.at(-1)?.at).toBe(NOW - RING_WINDOW)
    expect(nextRing(old, NOW, PERSON_LIMIT)).toBeLessThanOrEqual(NOW)
  })

  test('of more than five rings, as two limits may leave them, waits for the fifth from the end', () => {
    const six = rings(...[-9, -8, -7, -6, -5, -4].map((minutes) => minutes * MINUTE))
    expect(nextRing(six, NOW, PERSON_LIMIT) - NOW).toBe(2 * MINUTE)
  })

  test('counts those of the last ten minutes, and one of exactly then no more', () => {
    const five = rings(...[-10, -8, -7, -6, -5].map((minutes) => minutes * MINUTE))
    expect(nextRing(five, NOW, PERSON_LIMIT)).toBe(NOW - 5 * MINUTE + RING_GAP)
    expect(nextRing(five, NOW - 1, PERSON_LIMIT)).toBe(NOW)
  })

  test('is never in the past of its last one, and needs none for that', () => {
    expect(nextRing([], NOW, PERSON_LIMIT)).toBe(0)
    expect(nextRing(rings(-RING_WINDOW), NOW, PERSON_LIMIT)).toBe(0)
  })
})

test('each has a key of its own', () => {
  const person = { tenantId: 't', objectId: 'o' }
  expect([personRings(person), changesOf('d'), testRings('d')]).toEqual(['person:t/o', 'changes:d', 'test:d'])
  expect(promptOf('abc', 2)).toBe('abc#2')
})

describe('quiet', () => {
  const unwanted = (...list: [number, Unwanted['kind']][]): Unwanted[] =>
    list.map(([minutes, kind]) => ({ at: NOW + minutes * MINUTE, kind }))
  const minutesLeft = (...list: [number, Unwanted['kind']][]): number => {
    const until = quietUntil(unwanted(...list), NOW)
    return until === 0 ? 0 : (until - NOW) / MINUTE
  }

  test.each([
    ['nothing was unwanted', [], 0],
    ['one sign-in was cancelled', [[-1, 'denied']], 0],
    ['one was reported', [[-1, 'reported']], 14],
    ['one was reported 15 minutes ago', [[-15, 'reported']], 0],
    ['one was reported longer ago than that', [[-20, 'reported']], 0],
    [
      'two were cancelled',
      [
        [-3, 'denied'],
        [-1, 'denied'],
      ],
      14,
    ],
    [
      'two were cancelled at once',
      [
        [-1, 'denied'],
        [-1, 'denied'],
      ],
      14,
    ],
    [
      'one was cancelled and one reported',
      [
        [-3, 'denied'],
        [-2, 'reported'],
      ],
      13,
    ],
    [
      'one was reported and one cancelled',
      [
        [-3, 'reported'],
        [-2, 'denied'],
      ],
      12,
    ],
    [
      'a later report begins it anew',
      [
        [-10, 'reported'],
        [-2, 'reported'],
      ],
      13,
    ],
    [
      'two were cancelled 15 minutes apart',
      [
        [-16, 'denied'],
        [-1, 'denied'],
      ],
      0,
    ],
  ] as [string, [number, Unwanted['kind']][], number][])('when %s', (_name, list, left) => {
    expect(minutesLeft(...list)).toBe(left)
  })

  test('lasts 15 minutes after the second of two, also when the first is longer ago than that', () => {
    expect(minutesLeft([-20, 'denied'], [-6, 'denied'])).toBe(9)
    expect(QUIET).toBe(15 * MINUTE)
  })
})

test('a Retry-After is whole seconds, never zero, never early', () => {
  expect([secondsUntil(NOW + 1, NOW), secondsUntil(NOW + 1001, NOW), secondsUntil(NOW - 5, NOW)]).toEqual([1, 2, 1])
})

test('a ring belongs to one sign-in, whatever the other is called', () => {
  const ring = { at: NOW, prompt: promptOf('abc', 2) }
  expect([isRingOf('abc', ring), isRingOf('ab', ring), isRingOf('abcd', ring)]).toEqual([true, false, false])
})
