// The judge as a whole. That each rule refuses what is wrong, by that rule alone: the tests named after the files of the judge.
import { describe, expect, test } from '@jest/globals'
import { everyJudge, failed, openJudges } from './every-judge.ts'

const judges = openJudges()

describe.each(everyJudge)('a right answer to the cloud %s, by the contract %s', (cloud, contract) => {
  const { answer } = judges.at(cloud, contract)

  test('is accepted', async () => {
    const verdict = await answer()
    expect(failed(verdict)).toEqual([])
    expect(verdict.accepted).toBe(true)
    expect(verdict.code).toBeUndefined()
    expect(verdict.lines.map(({ rule }) => rule)).toEqual(Array.from({ length: 20 }, (_, at) => `V${at + 1}`))
    expect(verdict.claim?.payload.aud).toBe('tiny')
  })

  test('is told which rules do not apply', async () => {
    const { lines } = await answer()
    const unasked = lines.filter(({ outcome }) => outcome === 'not-applicable').map(({ rule }) => rule)
    expect(unasked).toEqual(contract === 'external-mfa' ? ['V17', 'V20'] : ['V11', 'V12', 'V20'])
  })
})
