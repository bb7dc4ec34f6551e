import { expect, test } from '@jest/globals'
import { durationWords } from '../../src/admin/sign-ins/timeline.ts'

test.each([
  [-3, '0.0 s'],
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%d milliseconds are told as %s', (milliseconds, words) => {
  expect(durationWords(milliseconds)).toBe(words)
})
