import { describe, expect, test } from '@jest/globals'
import { waitAfter } from '../../src/signin/waits.ts'

describe('the wait after wrong numbers', () => {
  test.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 30],
    [4, 60],
    [5, 120],
    [9, 1920],
    [10, 3600],
    [1000, 3600],
    [Number.MAX_SAFE_INTEGER, 3600],
  ])('after %i of them is %i seconds', (count, seconds) => {
    expect(waitAfter(count)).toBe(seconds * 1000)
  })

  test('never grows shorter with another wrong number', () => {
    for (let count = 0; count < 100; count++) expect(waitAfter(count + 1)).toBeGreaterThanOrEqual(waitAfter(count))
  })
})
