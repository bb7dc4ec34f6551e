import { expect, test } from '@jest/globals'
import { alivePhases, isEnd, noneOfAny, phases } from '../../src/signin/phases.ts'
import { isEnd as isEndOfTable, MAY_FOLLOW } from './phases.ts'

test('an end is what nothing follows, and no other phase', () => {
  expect(phases.filter(isEnd)).toEqual(phases.filter(isEndOfTable))
  expect(alivePhases).toEqual(phases.filter((phase) => !isEndOfTable(phase)))
})

test('the list has every phase once', () => {
  expect([...phases].sort()).toEqual(Object.keys(MAY_FOLLOW).sort())
  expect(Object.values(noneOfAny)).toEqual(phases.map(() => 0))
})
