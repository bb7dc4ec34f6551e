// The same hint sent again and again fills no log; nor does what is remembered of that grow without end.
import { expect, test } from '@jest/globals'
import { createFirstTime } from '../../src/entra/first-time.ts'

test('a key is new once', () => {
  const isNew = createFirstTime(10)
  expect([isNew('a'), isNew('b'), isNew('a'), isNew('a'), isNew('b')]).toEqual([true, true, false, false, false])
})

test('of more keys than are remembered the oldest is new again, and the others are not', () => {
  const isNew = createFirstTime(2)
  expect([isNew('a'), isNew('b'), isNew('a')]).toEqual([true, true, false])
  // In the place of `a`.
  expect(isNew('c')).toBe(true)
  expect([isNew('b'), isNew('c')]).toEqual([false, false])
  expect(isNew('a')).toBe(true)
  expect([isNew('c'), isNew('a'), isNew('b')]).toEqual([false, false, true])
})
