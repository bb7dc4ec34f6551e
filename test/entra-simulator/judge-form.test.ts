import { describe, expect, test } from '@jest/globals'
import { everyJudge, expectRefused, failed, openJudges } from './every-judge.ts'
import { redirectPaths } from './make-attempt.ts'

const judges = openJudges()

describe.each(everyJudge)('the form of an answer to the cloud %s, by the contract %s', (cloud, contract) => {
  const judge = judges.at(cloud, contract)
  const { begin, receive, answer, seconds, leap } = judge
  const otherContract = contract === 'external-mfa' ? 'custom-control' : 'external-mfa'
  const byTheOther = judges.at(cloud, otherContract)

  test('V1 refuses an answer without an id_token', async () => {
    expectRefused(await answer({ form: { id_token: undefined } }), ['V1'], 'AADSTS900144')
  })

  test('V2 refuses another state, none, and one that nobody sent', async () => {
    expectRefused(await answer({ form: { state: 'other' } }), ['V2'])
    expectRefused(await answer({ form: { state: undefined } }), ['V2'])
    const stray = await receive({ id_token: 'x.y.z', state: 'nobody' })
    expectRefused(stray, ['V2'])
    expect(stray.attempt).toBeUndefined()
  })

  test('V2 refuses the state of every other cloud', async () => {
    for (const other of judges.others(judge, contract))
      expectRefused(await receive(await judge.provider.answer(await other.begin())), ['V2'])
  })

  test('V13 refuses a token that was posted before, and a second token for the same nonce', async () => {
    const attempt = await begin()
    const form = await judge.provider.answer(attempt)
    expect((await receive(form)).accepted).toBe(true)
    expectRefused(await receive(form), ['V13'])
    expectRefused(await receive(await judge.provider.answer(attempt, { claims: { extra: 1 } })), ['V13'])
  })

  test('V13 knows a token again that carries no nonce', async () => {
    const form = await judge.provider.answer(await begin(), { claims: { nonce: undefined } })
    expectRefused(await receive(form), ['V9'])
    expectRefused(await receive(form), ['V9', 'V13'])
  })

  test('V13 lets only one of two simultaneous posts in', async () => {
    const form = await judge.provider.answer(await begin())
    const both = await Promise.all([receive(form), receive(form)])
    expect(both.filter(({ accepted }) => accepted)).toHaveLength(1)
    expect(both.map(failed)).toContainEqual(['V13'])
  })

  test('V14 refuses an answer later than five minutes', async () => {
    const attempt = await begin()
    const iat = seconds() + 290
    const form = await judge.provider.answer(attempt, { claims: { iat, exp: iat + 300 } })
    leap(5 * 60_000 + 1000)
    expectRefused(await receive(form), ['V14'])
  })

  test("V15 refuses GET, another content type, a parameter sent twice, and the other contract's address", async () => {
    expectRefused(await answer({}, {}, { method: 'GET' }), ['V15'])
    expectRefused(await answer({}, {}, { contentType: 'application/json' }), ['V15'])
    const attempt = await begin()
    const twice = new URLSearchParams(await judge.provider.answer(attempt))
    twice.append('state', attempt.state)
    expectRefused(await receive(twice), ['V15'])
    expectRefused(await byTheOther.receive(await judge.provider.answer(await begin())), ['V15'])
  })

  test('V15 refuses what was posted to the address of another cloud or contract, or to its own with a slash', async () => {
    const { redirectUri } = await begin()
    const elsewhere = judges.others(judge, contract).map(({ entra }) => entra.authority + redirectPaths[contract])
    expect(elsewhere).toHaveLength(3)
    const { redirectUri: ofTheOther } = await byTheOther.begin()
    for (const address of [...elsewhere, ofTheOther, `${redirectUri}/`, ''])
      expectRefused(await answer({}, {}, { address }), ['V15'])
    expect((await answer({}, {}, { address: redirectUri })).accepted).toBe(true)
  })

  test('V20 refuses an error beside a token, and takes an error alone as the refusal that it is', async () => {
    expectRefused(await answer({ form: { error: 'access_denied' } }), ['V20'])
    const alone = await answer({ form: { error: 'access_denied', id_token: undefined } })
    expect(alone).toMatchObject({ accepted: false, error: 'access_denied' })
    expect(alone.code).toBeUndefined()
    expect(failed(alone)).toEqual([])
    expect(alone.lines.find(({ rule }) => rule === 'V20')?.outcome).toBe('pass')
  })
})
