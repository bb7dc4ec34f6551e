import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import type { Registration } from './registration.ts'
import { startValue } from './start-choices.ts'
import { type EntraSimulator, startEntraSimulator } from './start-entra-simulator.ts'
import { startTinyProvider, type TinyProvider } from './tiny-provider.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'
const appId = '22222222-2222-4222-8222-222222222222'
const person = { objectId: '33333333-3333-4333-8333-333333333333', name: 'Ada <Lovelace>', username: 'ada@example.org' }
const now = Date.parse('2026-11-23T09:00:00Z')

let provider: TinyProvider
let registration: Registration
let entra: EntraSimulator

beforeAll(async () => {
  provider = await startTinyProvider()
  const Controls = [{ Id: 'RequireTiny', ClaimsRequested: [{ Type: 'TinyMfa', Value: 'MfaDone', Values: null }] }]
  const { discoveryUrl, url } = provider
  const replyUrls = [`${url}/authorize`]
  registration = { tenantId, appId, clientId: 'tiny', discoveryUrl, replyUrls, customControl: { Controls } }
  entra = await startEntraSimulator({ registrations: [registration], people: [person], now: () => now })
})

afterAll(async () => {
  provider.close()
  await entra.close()
})

beforeEach(() => entra.fail(null))

const getKeys = async (path = '/common/discovery/v2.0/keys') => {
  const response = await fetch(entra.authority + path)
  return { response, keys: (await response.json()) as JSONWebKeySet }
}

/** The signature only: a hint is issued as expired, which a check of a whole JWT never forgives. */
const verifyHint = async (hint: string, path?: string) => {
  const { keys } = await getKeys(path)
  await compactVerify(hint, createLocalJWKSet(keys))
  return decodeJwt(hint)
}

describe('what Entra sends', () => {
  test('asks External MFA with a v2 hint that is issued as expired and carries no nonce', async () => {
    const { parameters, authorizationEndpoint } = await entra.begin({ person, contract: 'external-mfa' })
    expect(authorizationEndpoint).toBe(`${provider.url}/authorize`)
    expect(parameters).toMatchObject({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      client_id: 'tiny',
      redirect_uri: `${entra.authority}/common/federation/externalauthprovider`,
    })
    expect(JSON.parse(parameters.claims!).id_token.acr).toEqual({ essential: true, values: ['possessionorinherence'] })
    const hint = parameters.id_token_hint!
    const payload = await verifyHint(hint)
    expect(payload).toMatchObject({
      ver: '2.0',
      iss: `${entra.authority}/${tenantId}/v2.0`,
      aud: appId,
      tid: tenantId,
      oid: person.objectId,
      preferred_username: person.username,
      iat: now / 1000,
      exp: now / 1000 - 1,
    })
    expect(payload.sub).not.toBe(person.objectId)
    expect(payload).not.toHaveProperty('nonce')
    expect(decodeProtectedHeader(hint)).toMatchObject({ typ: 'JWT', alg: 'RS256', kid: entra.keys.signing.kid })
  })

  test('asks a custom control with a v1 hint, its claim, and parameters that leak through', async () => {
    const { parameters } = await entra.begin({ person, contract: 'custom-control' })
    expect(JSON.parse(parameters.claims!)).toEqual({ id_token: { TinyMfa: { essential: true, value: 'MfaDone' } } })
    expect(parameters).toMatchObject({ cxh_inclusive: 'False', canary: expect.any(String) })
    expect(parameters.redirect_uri).toBe(`${entra.authority}/common/federation/OAuth2ClaimsProvider`)
    const payload = await verifyHint(parameters.id_token_hint!, '/common/discovery/keys')
    expect(payload).toMatchObject({ ver: '1.0', iss: `${entra.authority}/${tenantId}/`, upn: person.username })
  })

  test('bends whatever a test wants bent', async () => {
    const begin = async (hint: object, parameters = {}) =>
      (await entra.begin({ person, contract: 'external-mfa', hint, parameters })).parameters
    const bent = await begin({ audience: 'client-id', payload: { oid: undefined, tid: 'x' } }, { state: undefined })
    expect(bent).not.toHaveProperty('state')
    const payload = await verifyHint(bent.id_token_hint!)
    expect(payload).toMatchObject({ aud: 'tiny', tid: 'x' })
    expect(payload).not.toHaveProperty('oid')
    expect((await begin({ raw: 'a.b.c' })).id_token_hint).toBe('a.b.c')
    expect((await begin({ alg: 'none' })).id_token_hint).toMatch(/\.$/)
    const macKey = new TextEncoder().encode('k'.repeat(32))
    expect(decodeProtectedHeader((await begin({ alg: 'HS256', key: macKey })).id_token_hint!).alg).toBe('HS256')
    expect(decodeProtectedHeader((await begin({ alg: 'RS512' })).id_token_hint!).alg).toBe('RS512')
  })
})

describe('the key endpoints', () => {
  test('publish public halves only, with the simulator clock in the Date header', async () => {
    const { response, keys } = await getKeys()
    expect(response.headers.get('date')).toBe('Mon, 23 Nov 2026 09:00:00 GMT')
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q|dp|dq|qi)"/)
    expect(keys.keys[0]).toMatchObject({ kid: entra.keys.signing.kid, issuer: `${entra.authority}/{tenantid}/v2.0` })
  })

  test('keep the earlier key after a rotation, unless it is dropped', async () => {
    const first = entra.keys.signing.kid
    await entra.rotateKeys()
    expect((await getKeys()).keys.keys.map(({ kid }) => kid)).toEqual([entra.keys.signing.kid, first])
    await entra.rotateKeys({ dropEarlier: true })
    expect((await getKeys()).keys.keys.map(({ kid }) => kid)).toEqual([entra.keys.signing.kid])
  })

  test('count how often they are asked, however they answer', async () => {
    const before = entra.keyFetches
    await getKeys()
    await getKeys('/common/discovery/keys')
    entra.fail('empty')
    await getKeys()
    expect(entra.keyFetches - before).toBe(3)
  })
})

describe('the pages', () => {
  const post = (form: Record<string, string>) =>
    fetch(`${entra.authority}/common/federation/externalauthprovider`, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'manual',
    })

  const begin = (suffix = '') =>
    fetch(`${entra.authority}/begin?start=${startValue(registration, person, 'external-mfa')}${suffix}`)

  test('sends the browser to the provider with a form that needs no script', async () => {
    const text = await (await begin('&acr=possession&amr=otp')).text()
    expect(text).toContain(`action="${provider.url}/authorize"`)
    expect(text).toContain('name="id_token_hint"')
    expect(text).toContain('&quot;values&quot;:[&quot;possession&quot;]')
    expect(text).toContain('<button>Continue')
  })

  test('ends at the application, which shows who and how each rule was judged', async () => {
    const attempt = await entra.begin({ person, contract: 'external-mfa' })
    const response = await post(await provider.answer(attempt))
    expect(response.status).toBe(302)
    const location = response.headers.get('location')!
    expect(location).toMatch(`${entra.applicationUrl}/signed-in?verdict=`)
    const shown = await fetch(location)
    const text = await shown.text()
    expect(text).toContain('Entra accepted this sign-in')
    expect(text).toContain('Ada &lt;Lovelace&gt;')
    expect(text.match(/data-rule="V\d+"/g)).toHaveLength(20)
    expect(shown.headers.has('cross-origin-opener-policy')).toBe(false)
  })

  test('shows the code for a refused answer, and the error of a provider that refuses', async () => {
    const attempt = await entra.begin({ person, contract: 'external-mfa' })
    const refused = await post(await provider.answer(attempt, { claims: { amr: ['mfa'] } }))
    expect(await (await fetch(refused.headers.get('location')!)).text()).toContain('AADSTS5001257')
    const denied = await post({ error: 'access_denied', state: attempt.state })
    expect(await (await fetch(denied.headers.get('location')!)).text()).toContain('The provider refused: access_denied')
  })

  test('takes an answer by POST only, and still judges one that comes by GET', async () => {
    const attempt = await entra.begin({ person, contract: 'external-mfa' })
    const query = new URLSearchParams(await provider.answer(attempt))
    const response = await fetch(`${entra.authority}/common/federation/externalauthprovider?${query}`)
    expect(response.status).toBe(405)
    expect(entra.verdicts.at(-1)).toMatchObject({ accepted: false })
  })

  test('says plainly when the provider cannot be reached or is not set up properly', async () => {
    entra.register({ ...registration, replyUrls: [] })
    expect(await (await begin()).text()).toContain('is not among the reply URLs')
    entra.register({ ...registration, discoveryUrl: 'http://127.0.0.1:1/.well-known/openid-configuration' })
    const response = await begin()
    expect(response.status).toBe(502)
    expect(await response.text()).toContain('The provider cannot be reached')
    entra.register(registration)
    expect((await fetch(`${entra.authority}/begin?start=x`)).status).toBe(404)
  })
})
