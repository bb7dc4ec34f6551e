import { describe, expect, test } from '@jest/globals'
import { isLocked, locksNow, waitAfter, waitLeft } from '../../src/signin/failures.ts'

const NOW = 1_800_000_000_000
const kinds = ['number', 'code'] as const

describe('the wait', () => {
  test.each([
    ['number', 0, 0],
    ['number', 2, 0],
    ['number', 3, 30],
    ['number', 4, 60],
    ['number', 5, 120],
    ['number', 9, 1920],
    ['number', 10, 3600],
    ['number', 19, 3600],
    ['code', 4, 0],
    ['code', 5, 30],
    ['code', 9, 480],
  ] as const)('after a wrong %s, %i in a row, is %i seconds', (kind, count, seconds) => {
    expect(waitAfter(kind, count)).toBe(seconds * 1000)
  })

  test.each(kinds)('never grows shorter with another wrong %s', (kind) => {
    for (let count = 0; count < 100; count++)
      expect(waitAfter(kind, count + 1)).toBeGreaterThanOrEqual(waitAfter(kind, count))
  })

  test('counts from the last failure, and is over to the millisecond', () => {
    const failures = { count: 3, lastAt: NOW }
    expect(waitLeft('number', failures, NOW)).toBe(30_000)
    expect(waitLeft('number', failures, NOW + 29_999)).toBe(1)
    expect(waitLeft('number', failures, NOW + 30_000)).toBe(0)
    expect(waitLeft('number', failures, NOW + 90_000)).toBe(0)
  })

  test('is no longer than itself when the clock was set back, and none stays none', () => {
    expect(waitLeft('number', { count: 3, lastAt: NOW }, NOW - 3_600_000)).toBe(30_000)
    expect(waitLeft('number', { count: 1, lastAt: NOW }, NOW - 3_600_000)).toBe(0)
  })
})

describe('the end', () => {
  test.each([
    ['number', 20],
    ['code', 10],
  ] as const)('of a wrong %s comes with the %ith, for good', (kind, stop) => {
    expect([isLocked(kind, stop - 1), isLocked(kind, stop)]).toEqual([false, true])
    expect(waitLeft(kind, { count: stop, lastAt: NOW }, NOW + 1e12)).toBe(Number.POSITIVE_INFINITY)
  })

  test.each(kinds)('of a wrong %s comes once, and long before NIST’s hundred', (kind) => {
    const locking = Array.from({ length: 200 }, (_, count) => count).filter((count) =>
      locksNow(kind, { count, lastAt: 0 }),
    )
    expect(locking).toHaveLength(1)
    expect(locking[0]).toBeLessThan(100)
  })
})
