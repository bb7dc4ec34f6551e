import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BeginOptions } from './make-attempt.ts'
import type { Contract, Registration } from './registration.ts'
import type { RuleId } from './rules.ts'
import type { Manner, Verdict } from './sign-ins.ts'
import { type EntraSimulator, startEntraSimulator } from './start-entra-simulator.ts'
import { type Bend, createProviderKey, startTinyProvider, type TinyProvider } from './tiny-provider.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'
const appId = '22222222-2222-4222-8222-222222222222'
const ada = { objectId: '33333333-3333-4333-8333-333333333333', name: 'Ada', username: 'ada@example.org' }

let now = Date.parse('2026-11-23T09:00:00Z')
let provider: TinyProvider
let registration: Registration
let entra: EntraSimulator

beforeEach(async () => {
  provider = await startTinyProvider()
  const { discoveryUrl, url } = provider
  const ClaimsRequested = [{ Type: 'TinyMfa', Value: 'MfaDone', Values: null }]
  registration = {
    tenantId,
    appId,
    clientId: 'tiny',
    discoveryUrl,
    replyUrls: [`${url}/authorize`],
    customControl: {
      Name: 'Tiny',
      AppId: appId,
      ClientId: 'tiny',
      DiscoveryUrl: discoveryUrl,
      Controls: [{ Id: 'RequireTiny', Name: 'RequireTiny', ClaimsRequested, Claims: null }],
    },
  }
  entra = await startEntraSimulator({ registrations: [registration], people: [ada], now: () => now })
})

afterEach(async () => {
  provider.close()
  await entra.close()
})

const begin = (contract: Contract, options: Partial<BeginOptions> = {}) =>
  entra.begin({ person: ada, contract, ...options })

async function answer(contract: Contract, bend: Bend = {}, options: Partial<BeginOptions> = {}, manner: Manner = {}) {
  const attempt = await begin(contract, options)
  return entra.receive(contract, await provider.answer(attempt, bend), manner)
}

const failed = (verdict: Verdict) =>
  verdict.lines.filter(({ outcome }) => outcome === 'fail').map(({ rule }): RuleId => rule)

/** Refused, and by these rules alone: a rule that fails in sympathy would hide which one does the work. */
function expectRefused(verdict: Verdict, broken: RuleId[], code = 'AADSTS50158') {
  expect(failed(verdict)).toEqual(broken)
  expect(verdict).toMatchObject({ accepted: false, code })
  expect(verdict.lines).toHaveLength(20)
}

describe('a right answer', () => {
  test.each<Contract>(['external-mfa', 'custom-control'])('is accepted for %s', async (contract) => {
    const verdict = await answer(contract)
    expect(failed(verdict)).toEqual([])
    expect(verdict.accepted).toBe(true)
    expect(verdict.code).toBeUndefined()
    expect(verdict.lines.map(({ rule }) => rule)).toEqual(Array.from({ length: 20 }, (_, at) => `V${at + 1}`))
    expect(verdict.claim?.payload.aud).toBe('tiny')
  })

  test('says which rules do not apply', async () => {
    const unasked = (verdict: Verdict) =>
      verdict.lines.filter(({ outcome }) => outcome === 'not-applicable').map(({ rule }) => rule)
    expect(unasked(await answer('external-mfa'))).toEqual(['V17', 'V20'])
    expect(unasked(await answer('custom-control'))).toEqual(['V11', 'V12', 'V20'])
  })
})

describe('the form', () => {
  test('V1 refuses an answer without an id_token', async () => {
    expectRefused(await answer('external-mfa', { form: { id_token: undefined } }), ['V1'], 'AADSTS900144')
  })

  test('V2 refuses another state, none, and one that nobody sent', async () => {
    expectRefused(await answer('external-mfa', { form: { state: 'other' } }), ['V2'])
    expectRefused(await answer('external-mfa', { form: { state: undefined } }), ['V2'])
    const stray = await entra.receive('external-mfa', { id_token: 'x.y.z', state: 'nobody' })
    expectRefused(stray, ['V2'])
    expect(stray.attempt).toBeUndefined()
  })

  test('V13 refuses a token that was posted before, and a second token for the same nonce', async () => {
    const attempt = await begin('external-mfa')
    const form = await provider.answer(attempt)
    expect((await entra.receive('external-mfa', form)).accepted).toBe(true)
    expectRefused(await entra.receive('external-mfa', form), ['V13'])
    const second = await provider.answer(attempt, { claims: { extra: 1 } })
    expectRefused(await entra.receive('external-mfa', second), ['V13'])
  })

  test('V13 lets only one of two simultaneous posts in', async () => {
    const form = await provider.answer(await begin('custom-control'))
    const both = await Promise.all([entra.receive('custom-control', form), entra.receive('custom-control', form)])
    expect(both.filter(({ accepted }) => accepted)).toHaveLength(1)
  })

  test('V14 refuses an answer later than five minutes', async () => {
    const attempt = await begin('external-mfa')
    const iat = Math.floor(now / 1000) + 290
    const form = await provider.answer(attempt, { claims: { iat, exp: iat + 300 } })
    now += 5 * 60_000 + 1000
    expectRefused(await entra.receive('external-mfa', form), ['V14'])
  })

  test("V15 refuses GET, another content type, a parameter sent twice, and the other contract's address", async () => {
    expectRefused(await answer('external-mfa', {}, {}, { method: 'GET' }), ['V15'])
    expectRefused(await answer('external-mfa', {}, {}, { contentType: 'application/json' }), ['V15'])
    const attempt = await begin('external-mfa')
    const twice = new URLSearchParams(await provider.answer(attempt))
    twice.append('state', attempt.state)
    expectRefused(await entra.receive('external-mfa', twice), ['V15'])
    const other = await provider.answer(await begin('external-mfa'))
    expectRefused(await entra.receive('custom-control', other), ['V15'])
  })

  test('V15 refuses what was posted to the address of another cloud, or to its own with a slash', async () => {
    const elsewhere = 'https://login.microsoftonline.us/common/federation/externalauthprovider'
    const { redirectUri } = await begin('external-mfa')
    for (const address of [elsewhere, `${redirectUri}/`, ''])
      expectRefused(await answer('external-mfa', {}, {}, { address }), ['V15'])
    expect((await answer('external-mfa', {}, {}, { address: redirectUri })).accepted).toBe(true)
  })

  test('V20 refuses an error beside a token, and takes an error alone as the refusal that it is', async () => {
    expectRefused(await answer('external-mfa', { form: { error: 'access_denied' } }), ['V20'])
    const alone = await answer('custom-control', { form: { error: 'access_denied', id_token: undefined } })
    expect(alone).toMatchObject({ accepted: false, error: 'access_denied' })
    expect(alone.code).toBeUndefined()
    expect(failed(alone)).toEqual([])
    expect(alone.lines.find(({ rule }) => rule === 'V20')?.outcome).toBe('pass')
  })
})

describe('the signature and the keys', () => {
  test('V3 refuses another key, another algorithm, a changed token, a padded kid and embedded keys', async () => {
    const { privateKey, jwk } = await createProviderKey()
    const refused = async (bend: Bend) => expectRefused(await answer('external-mfa', bend), ['V3'], 'AADSTS50012')
    await refused({ key: privateKey })
    await refused({ header: { alg: 'RS512' } })
    await refused({ header: { jwk } })
    const padded = await answer('external-mfa', { header: { kid: `${provider.key.jwk.kid}=` } })
    expectRefused(padded, ['V3', 'V16'], 'AADSTS50012')
    const form = await provider.answer(await begin('external-mfa', { acrValues: ['possession'] }))
    const [header, payload = '', signature] = form.id_token!.split('.')
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), acr: 'possession' }
    const forged = [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
    expectRefused(await entra.receive('external-mfa', { ...form, id_token: forged }), ['V3'], 'AADSTS50012')
  })

  test('V3 refuses an unsigned token, and V1 what is no token at all', async () => {
    const form = await provider.answer(await begin('external-mfa'))
    const payload = form.id_token!.split('.')[1]
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: provider.key.jwk.kid })).toString('base64url')
    const none = await entra.receive('external-mfa', { ...form, id_token: `${header}.${payload}.` })
    expectRefused(none, ['V3'], 'AADSTS50012')
    const attempt = await begin('external-mfa')
    const rubbish = await entra.receive('external-mfa', { state: attempt.state, id_token: 'rubbish' })
    expectRefused(rubbish, ['V1', 'V3'], 'AADSTS900144')
  })

  test('V4 refuses a key without a certificate, and one with the certificate of another key', async () => {
    const { x5c, ...bare } = provider.key.jwk
    const other = await createProviderKey()
    for (const key of [bare, { ...bare, x5c: other.jwk.x5c }, { ...bare, x5c: ['!'] }, { ...bare, x5c, use: 'enc' }]) {
      provider.published = { keys: [key] }
      entra.forgetProviders()
      expectRefused(await answer('external-mfa'), ['V4'], 'AADSTS50012')
    }
  })

  test('V16 refuses a key that Entra had no chance to see, and takes it once the cache has turned over', async () => {
    await answer('external-mfa')
    provider.key = await createProviderKey()
    provider.published = { keys: [provider.key.jwk] }
    const verdict = await answer('external-mfa')
    expectRefused(verdict, ['V3', 'V16'], 'AADSTS50012')
    expect(verdict.lines.find(({ rule }) => rule === 'V16')?.found).toContain('rolled without overlap')
    now += 24 * 60 * 60_000
    expect((await answer('external-mfa')).accepted).toBe(true)
  })
})

describe('the discovery', () => {
  const faults: [string, () => void][] = [
    ['a missing required field', () => delete provider.document.subject_types_supported],
    ['an authorization_endpoint that is no reply URL', () => Object.assign(registration, { replyUrls: [] })],
    ['a missing Content-Length', () => Object.assign(provider, { chunked: true })],
    ['a query in jwks_uri', () => Object.assign(provider.document, { jwks_uri: `${provider.url}/keys?` })],
    [
      'plain http beyond loopback',
      () => Object.assign(provider.document, { authorization_endpoint: 'http://e.org/a' }),
    ],
  ]
  test.each(faults)('V6 refuses %s', async (_name, spoil) => {
    spoil()
    const broken = failed(await answer('external-mfa'))
    expect(broken).toContain('V6')
  })

  test('V6 refuses an issuer with one slash too many, even when the token agrees with it', async () => {
    provider.document.issuer = `${provider.url}/tenant1/`
    expectRefused(await answer('external-mfa'), ['V5', 'V6'], 'AADSTS50161')
  })

  test('V6 refuses a provider that cannot be reached, or answers rubbish, without falling over', async () => {
    const attempt = await begin('external-mfa')
    provider.published = [] as never
    entra.forgetProviders()
    const rubbish = await entra.receive('external-mfa', await provider.answer(attempt))
    expect(failed(rubbish)).toContain('V6')
    provider.close()
    entra.forgetProviders()
    const unreachable = await begin('custom-control')
    expect(unreachable.authorizationEndpoint).toBe('')
    const verdict = await entra.receive('custom-control', await provider.answer(unreachable))
    expect(failed(verdict)).toEqual(['V3', 'V4', 'V5', 'V6', 'V16'])
  })
})

describe('the claims', () => {
  const refused = async (claims: Record<string, unknown>, rule: RuleId) =>
    expectRefused(await answer('external-mfa', { claims }), [rule])

  test('V5 refuses an issuer that differs in one character', async () => {
    await refused({ iss: `${provider.url}/tenant1/` }, 'V5')
    await refused({ iss: `${provider.url}/Tenant1` }, 'V5')
  })

  test('V7 refuses an audience that is not the client id', async () => {
    for (const aud of [appId, tenantId, ['tiny'], undefined]) await refused({ aud }, 'V7')
  })

  test('V8 refuses a subject that is not the one in the hint, such as the object id', async () => {
    for (const sub of [ada.objectId, undefined]) await refused({ sub }, 'V8')
  })

  test('V9 refuses another nonce, and none', async () => {
    for (const nonce of ['other', undefined]) await refused({ nonce }, 'V9')
  })

  test('V10 refuses a token that is over, not yet begun, or lives too long', async () => {
    const at = Math.floor(now / 1000)
    await refused({ iat: at - 300, exp: at - 1 }, 'V10')
    await refused({ iat: at + 120, exp: at + 300 }, 'V10')
    await refused({ exp: at + 601 }, 'V10')
    await refused({ exp: String(at + 300) }, 'V10')
    await refused({ nbf: at + 120 }, 'V10')
  })
})

describe('what was asked for', () => {
  test('V11 refuses an acr that is missing, a list, or was not requested', async () => {
    for (const acr of [undefined, ['possessionorinherence'], 'possession']) {
      expectRefused(await answer('external-mfa', { claims: { acr } }), ['V11'], 'AADSTS5001258')
    }
  })

  test('V12 refuses an amr that is missing, a string, two, unknown, or not requested', async () => {
    for (const amr of [undefined, 'swk', ['swk', 'otp'], ['pwd'], ['mfa'], []]) {
      expectRefused(await answer('external-mfa', { claims: { amr } }), ['V12'], 'AADSTS5001257')
    }
    expectRefused(await answer('external-mfa', {}, { amrValues: ['otp'] }), ['V12'], 'AADSTS5001257')
  })

  test('V12 refuses a method of the same type as the first factor', async () => {
    expectRefused(await answer('external-mfa', {}, { firstFactor: 'sms' }), ['V12'], 'AADSTS5001257')
  })

  test('V17 refuses a claim that is missing, of another value or case, or a list', async () => {
    for (const TinyMfa of [undefined, 'Done', 'mfadone', ['MfaDone'], true]) {
      expectRefused(await answer('custom-control', { claims: { TinyMfa } }), ['V17'], 'AADSTS50161')
    }
  })
})

describe('what the administrator did', () => {
  test('V18 refuses a tenant without consent', async () => {
    entra.register({ ...registration, servicePrincipal: false })
    expectRefused(await answer('custom-control'), ['V18'], 'AADSTS900491')
  })

  test('V19 refuses a method that is switched off, or not for this person', async () => {
    entra.register({ ...registration, disabled: true })
    expectRefused(await answer('external-mfa'), ['V19'])
    const everyone = [{ targetType: 'group', id: 'all_users' }]
    const bodies = [
      { state: 'disabled', includeTargets: everyone },
      { state: 'enabled', includeTargets: [{ targetType: 'group', id: 'others' }] },
      { state: 'enabled', includeTargets: everyone, excludeTargets: [{ targetType: 'group', id: 'staff' }] },
    ]
    const person = { ...ada, groups: ['staff'] }
    for (const externalMfa of bodies) {
      entra.register({ ...registration, externalMfa })
      expectRefused(await answer('external-mfa', {}, { person }), ['V19'])
    }
    entra.register({ ...registration, externalMfa: { state: 'enabled', includeTargets: everyone } })
    expect((await answer('external-mfa')).accepted).toBe(true)
  })
})
