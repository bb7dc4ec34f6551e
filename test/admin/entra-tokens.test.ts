// Tokens that Entra never gave for this sign-in: each is refused, for its own reason.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { ADA, TENANT } from '../support/countersign.ts'
import { type Console, startConsole } from './console.ts'
import { connected, signedIn } from './entra-desk.ts'

type Tampering = Parameters<Console['entra']['administrators']['tamper']>[0]

let console: Console
beforeAll(async () => {
  console = await startConsole()
  await connected(console)
})
afterAll(() => console.close())
// Every return counts against the limit by network.
beforeEach(() => console.clock.leap(6 * 60_000))

const OTHER = '99999999-0000-4000-8000-000000000000'

async function refused(tampering: Tampering): Promise<string> {
  const { audit } = console.service.capabilities.stores
  const seen = (await audit.counts()).length
  console.entra.administrators.tamper(tampering)
  const ada = await signedIn(console, ADA.objectId)
  expect({ status: ada.page.status, isIn: await ada.isIn() }).toEqual({ status: 403, isIn: false })
  expect(ada.page.text).toContain('was not accepted')
  expect(await console.service.capabilities.administrators.list()).toHaveLength(1)
  const counts = await audit.counts()
  expect(counts).toHaveLength(seen + 1)
  return counts.toSorted((a, b) => a.minute - b.minute).at(-1)?.reason ?? ''
}

test.each([
  ['another tenant', { tid: OTHER }, 'of another tenant'],
  ['another tenant’s issuer', { iss: `https://login.microsoftonline.com/${OTHER}/v2.0` }, '"iss"'],
  ['the issuer of v1 tokens', { iss: `https://sts.windows.net/${TENANT}/` }, '"iss"'],
  ['another application', { aud: OTHER }, '"aud"'],
  ['several applications', { aud: [OTHER, 'x'] }, '"aud"'],
  ['another nonce', { nonce: 'of-another-sign-in' }, '"nonce"'],
  ['no nonce', { nonce: undefined }, '"nonce"'],
  ['no object id: sub alone names nobody', { oid: undefined }, 'oid'],
  ['an object id that is none', { oid: 'ada@contoso.example' }, 'oid'],
  ['no tenant', { tid: undefined }, 'tid'],
  ['another version', { ver: '1.0' }, 'ver'],
  ['roles that are no list', { roles: 'Countersign.Owner' }, 'roles'],
  ['an end that is past', { exp: 1_700_000_000 }, '"exp"'],
  ['a beginning that is to come', { nbf: 4_000_000_000 }, '"nbf"'],
])('a token with %s is refused', async (_what, change, reason) => {
  expect(await refused({ claims: (claims) => ({ ...claims, ...change }) })).toContain(reason)
})

test.each([
  ['nobody', 'none', '"alg"'],
  ['the client secret', 'secret', '"alg"'],
  ['a key that Entra never published', 'stranger', 'signature verification failed'],
] as const)('a token signed by %s is refused', async (_what, signature, reason) => {
  expect(await refused({ signature })).toContain(reason)
})

test('a token that says the truth is taken', async () => {
  console.entra.administrators.tamper({})
  expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
})
