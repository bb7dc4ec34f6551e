import { beforeAll, describe, expect, test } from '@jest/globals'
import { everyJudge, expectRefused, openJudges } from './every-judge.ts'
import { type Bend, createProviderKey, type ProviderKey } from './tiny-provider.ts'

const judges = openJudges()
let foreign: ProviderKey
beforeAll(async () => {
  foreign = await createProviderKey()
})

const BAD_SIGNATURE = 'AADSTS50012'
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe.each(everyJudge)('signature and keys of an answer to the cloud %s, by the contract %s', (cloud, contract) => {
  const judge = judges.at(cloud, contract)
  const { begin, receive, answer, leap } = judge

  test('V3 refuses another key, another algorithm, a changed token, a padded kid and embedded keys', async () => {
    const refused = async (bend: Bend) => expectRefused(await answer(bend), ['V3'], BAD_SIGNATURE)
    await refused({ key: foreign.privateKey })
    await refused({ header: { alg: 'RS512' } })
    await refused({ header: { jwk: foreign.jwk } })
    const padded = await answer({ header: { kid: `${judge.provider.key.jwk.kid}=` } })
    expectRefused(padded, ['V3', 'V16'], BAD_SIGNATURE)
    // What was signed for another person, made out to the one who was asked for.
    const attempt = await begin()
    const form = await judge.provider.answer(attempt, { claims: { sub: 'another' } })
    const [header, payload = '', signature] = form.id_token!.split('.')
    const honest = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = [header, encoded({ ...honest, sub: attempt.hintPayload.sub }), signature].join('.')
    expectRefused(await receive({ ...form, id_token: forged }), ['V3'], BAD_SIGNATURE)
  })

  test('V3 refuses an unsigned token, and V1 what is no token at all', async () => {
    const form = await judge.provider.answer(await begin())
    const payload = form.id_token!.split('.')[1]
    const header = encoded({ alg: 'none', kid: judge.provider.key.jwk.kid })
    expectRefused(await receive({ ...form, id_token: `${header}.${payload}.` }), ['V3'], BAD_SIGNATURE)
    const rubbish = await receive({ state: (await begin()).state, id_token: `rubbish, by ${contract}` })
    expectRefused(rubbish, ['V1', 'V3'], 'AADSTS900144')
  })

  test('V4 refuses a key without a certificate, and one with the certificate of another key', async () => {
    const { x5c, ...bare } = judge.provider.key.jwk
    const { x5c: foreignOne } = foreign.jwk
    for (const key of [bare, { ...bare, x5c: foreignOne }, { ...bare, x5c: ['!'] }, { ...bare, x5c, use: 'enc' }]) {
      judge.provider.published = { keys: [key] }
      judge.entra.forgetProviders()
      expectRefused(await answer(), ['V4'], BAD_SIGNATURE)
    }
  })

  test('V16 refuses a key that Entra had no chance to see, and takes it once the cache has turned over', async () => {
    await answer()
    judge.provider.key = foreign
    judge.provider.published = { keys: [foreign.jwk] }
    const verdict = await answer()
    expectRefused(verdict, ['V3', 'V16'], BAD_SIGNATURE)
    expect(verdict.lines.find(({ rule }) => rule === 'V16')?.found).toContain('rolled without overlap')
    leap(24 * 60 * 60_000)
    expect((await answer()).accepted).toBe(true)
  })
})
