import { expect, test } from '@jest/globals'
import { emergencyWarnings, everydayRotation } from '../../src/keys/emergency.ts'

test.each([
  ['nobody gets through until Entra reads our keys again', 0, /AADSTS50012/],
  ['the old key goes on being accepted, and where that is ended', 1, /in Entra: switch the external method off/],
  ['there is no way back', 2, /withdrawn for good/],
  ['the master key comes first', 3, /master key as well, change that first/],
])('an emergency rotation is warned of: %s', (_what, place, words) => {
  expect(emergencyWarnings[place]).toMatch(words)
  expect(emergencyWarnings).toHaveLength(4)
})

test('who needs no emergency is told of the everyday rotation', () => {
  expect(everydayRotation).toMatch(/announce a new key instead: it takes over in 48 hours/)
})
