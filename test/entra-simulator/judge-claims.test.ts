import { describe, test } from '@jest/globals'
import { ada, appId, everyJudge, expectRefused, openJudges, tenantId } from './every-judge.ts'
import type { RuleId } from './rules.ts'

const judges = openJudges()

describe.each(everyJudge)('the claims of an answer to the cloud %s, by the contract %s', (cloud, contract) => {
  const judge = judges.at(cloud, contract)
  const refused = async (claims: Record<string, unknown>, rule: RuleId) =>
    expectRefused(await judge.answer({ claims }), [rule])

  test('V5 refuses an issuer that differs in one character, and none', async () => {
    const { url } = judge.provider
    const paths = ['tenant1/', 'Tenant1', '/tenant1', 'tenant', ''].map((path) => `${url}/${path}`)
    const otherPort = `${url.slice(0, -1)}${(Number(url.at(-1)) + 1) % 10}/tenant1`
    for (const iss of [...paths, otherPort, `${url}/tenant1`.replace('http', 'https'), undefined])
      await refused({ iss }, 'V5')
  })

  test('V5 refuses the configured issuer where the document names another', async () => {
    const { document, url } = judge.provider
    document.issuer = `${url}/tenant2`
    const verdict = await judge.answer({ claims: { iss: `${url}/tenant1` } })
    // The document is refused for it too.
    expectRefused(verdict, ['V5', 'V6'], 'AADSTS50161')
  })

  test('V7 refuses an audience that is not the client id', async () => {
    for (const aud of [appId, tenantId, ['tiny'], undefined]) await refused({ aud }, 'V7')
  })

  test('V8 refuses a subject that is not the one in the hint, such as the object id', async () => {
    for (const sub of [ada.objectId, undefined]) await refused({ sub }, 'V8')
  })

  test('V9 refuses another nonce, and none', async () => {
    // Of its own for each contract: the same judge would take it for a replay.
    for (const nonce of [`other, by ${contract}`, undefined]) await refused({ nonce }, 'V9')
  })

  test('V10 refuses a token that is over, not yet begun, or lives too long', async () => {
    const at = judge.seconds()
    await refused({ iat: at - 300, exp: at - 1 }, 'V10')
    await refused({ iat: at + 120, exp: at + 300 }, 'V10')
    await refused({ exp: at + 601 }, 'V10')
    await refused({ exp: String(at + 300) }, 'V10')
    await refused({ nbf: at + 120 }, 'V10')
  })
})
