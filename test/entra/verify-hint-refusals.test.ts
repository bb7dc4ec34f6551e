// Every way in which a hint is not what it must be, with the code that decides what Entra is told and the reason that the
// administrator reads.
import { describe, expect, test } from '@jest/globals'
import { CompactSign } from 'jose'
import type { HintOptions } from '../entra-simulator/make-hint.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { rsaKey } from './fake-fetch.ts'
import { ADA, cloudNamed, signing, verify } from './hints.ts'

const OTHER_TENANT = '11111111-2222-4333-8444-555555555555'
/** A clock that stands, at a full second. */
const NOW = 1_800_000_000_000
const standing = { now: () => NOW }
const { tenantId } = anIntegration()
const iss = cloudNamed('global').v2.issuer(tenantId)

const part = (text: string) => Buffer.from(text).toString('base64url')
const signed = (body: Uint8Array) =>
  new CompactSign(body).setProtectedHeader({ alg: 'RS256', kid: 'entra' }).sign(signing)

async function refusalOf(hint: HintOptions, more: Partial<Parameters<typeof verify>[0]> = {}) {
  const { code, reason, fetched } = await verify({ hint, ...more })
  return { code, reason, keysFetched: fetched.length }
}
const header = (change: Record<string, unknown>) => ({ header: change })
const payload = (change: Record<string, unknown>) => ({ payload: change })

describe('before any key is fetched, a hint is refused', () => {
  const rightful = [part('{"alg":"RS256","kid":"entra"}'), part(JSON.stringify({ iss })), part('x')].join('.')
  const NO_JWS = ['hint.malformed', 'not a compact JWS']
  const NO_KID = ['hint.key', 'kid is missing']
  const NO_JWT = ['hint.algorithm', 'typ is not JWT']
  const NO_ISSUER = ['hint.issuer', 'issuer is not one of this tenant, cloud and contract']
  const carrying = (name: string) => ['hint.algorithm', `header carries ${name}`]

  test.each([
    ['of two parts', { raw: 'a.b' }, NO_JWS],
    ['of four parts', { raw: `${rightful}.d` }, NO_JWS],
    ['with a space before it', { raw: ` ${rightful}` }, NO_JWS],
    ['with a line behind it', { raw: `${rightful}\nx` }, NO_JWS],
    ['with an empty signature', { raw: rightful.replace(/[^.]+$/, '') }, NO_JWS],
    ['whose header is no JSON', { raw: 'a.b.c' }, ['hint.malformed', 'Invalid Token or Protected Header formatting']],
    ['signed with RS512', { alg: 'RS512' }, ['hint.algorithm', 'alg is not RS256']],
    ['signed with RSA-PSS', { alg: 'PS256' }, ['hint.algorithm', 'alg is not RS256']],
    ['that brings a key', header({ jwk: {} }), carrying('jwk')],
    ['that brings a key’s address', header({ jku: 'https://evil.example' }), carrying('jku')],
    ['that brings a certificate', header({ x5c: [] }), carrying('x5c')],
    ['that brings a certificate’s address', header({ x5u: 'https://evil.example' }), carrying('x5u')],
    ['of another type', header({ typ: 'at+jwt' }), NO_JWT],
    ['whose type is no text', header({ typ: 7 }), NO_JWT],
    ['without a kid', header({ kid: undefined }), NO_KID],
    ['with an empty kid', header({ kid: '' }), NO_KID],
    ['whose kid is no text', header({ kid: 7 }), NO_KID],
    ['whose kid is a list', header({ kid: ['entra'] }), NO_KID],
    ['with a kid of 257 characters', header({ kid: 'k'.repeat(257) }), NO_KID],
    ['without an issuer', payload({ iss: undefined }), NO_ISSUER],
    ['whose issuer is no text', payload({ iss: 7 }), NO_ISSUER],
    ['whose payload is no JSON', { raw: rightful.replace(/\.[^.]+\./, '.bbbb.') }, NO_ISSUER],
    ['whose payload is null', { raw: rightful.replace(/\.[^.]+\./, `.${part('null')}.`) }, NO_ISSUER],
    ['of this tenant elsewhere', payload({ iss: `https://evil.example/${tenantId}/v2.0` }), NO_ISSUER],
    [
      'of another tenant, which is named',
      payload({ iss: `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0` }),
      ['hint.issuer', `issuer names tenant ${OTHER_TENANT}, not this integration’s`],
    ],
  ] as [string, HintOptions, [string, string]][])('%s', async (_what, hint, [code, reason]) => {
    expect(await refusalOf(hint)).toEqual({ code, reason, keysFetched: 0 })
  })
})

describe('with Entra’s keys at hand, a hint is refused', () => {
  test.each([
    [
      'with a kid that Entra does not publish',
      header({ kid: 'k'.repeat(256) }),
      'hint.key',
      'kid is not among the keys of its cloud',
    ],
    ['signed by somebody else', { key: rsaKey('entra') }, 'hint.signature', 'signature verification failed'],
    ['of another tenant', payload({ tid: OTHER_TENANT }), 'hint.tenant', 'tid is another tenant'],
    ['for somebody else', { audience: 'another' }, 'hint.audience', 'aud is not ours'],
    [
      'for us and others',
      { audience: ['0f9d6a44-93a6-4c55-8f2f-6a1f43f0b002'] },
      'hint.audience',
      'aud is missing or malformed',
    ],
    ['for nobody', payload({ aud: undefined }), 'hint.audience', 'aud is missing or malformed'],
    ['issued at no time', payload({ iat: undefined }), 'hint.time', 'iat is missing or malformed'],
    ['issued at half a second', payload({ iat: 1.5 }), 'hint.time', 'iat is missing or malformed'],
    ['issued before all time', payload({ iat: -1 }), 'hint.time', 'iat is missing or malformed'],
    ['good from no time', payload({ nbf: 'now' }), 'hint.time', 'nbf is missing or malformed'],
    ['good until no time', payload({ exp: 'never' }), 'hint.time', 'exp is missing or malformed'],
    ['without a tenant', payload({ tid: undefined }), 'hint.subject', 'tid is missing or malformed'],
    [
      'of a tenant in capitals',
      payload({ tid: tenantId.toUpperCase() }),
      'hint.subject',
      'tid is missing or malformed',
    ],
    ['of nobody', payload({ oid: undefined }), 'hint.subject', 'oid is missing or malformed'],
    ['of more than an object id', payload({ oid: `${ADA.objectId}x` }), 'hint.subject', 'oid is missing or malformed'],
    ['of less than an object id', payload({ oid: `x${ADA.objectId}` }), 'hint.subject', 'oid is missing or malformed'],
    ['without a subject', payload({ sub: undefined }), 'hint.subject', 'sub is missing or malformed'],
    ['with an empty subject', payload({ sub: '' }), 'hint.subject', 'sub is missing or malformed'],
    ['whose version is no text', payload({ ver: 2 }), 'hint.malformed', 'ver is missing or malformed'],
    ['of version 1 by an issuer of version 2', payload({ ver: '1.0' }), 'hint.version', 'ver is not 2.0'],
    ['of version 2 that does not say so', payload({ ver: undefined }), 'hint.version', 'ver is not 2.0'],
  ] as [string, HintOptions, string, string][])('%s', async (_what, hint, code, reason) => {
    expect(await refusalOf(hint)).toEqual({ code, reason, keysFetched: 1 })
  })

  test('whose payload is not UTF-8 throughout, though its issuer could be read', async () => {
    const body = Buffer.concat([Buffer.from(`{"iss":"${iss}","name":"`), Buffer.from([0xff]), Buffer.from('"}')])
    expect(await refusalOf({ raw: await signed(body) })).toEqual({
      code: 'hint.malformed',
      reason: 'payload is missing or malformed',
      keysFetched: 1,
    })
  })

  test('of version 2 by an issuer of version 1; that says no version is taken', async () => {
    const control = { contract: 'custom-control', version: 1 } as const
    expect(await refusalOf(payload({ ver: '2.0' }), control)).toMatchObject({
      code: 'hint.version',
      reason: 'ver is not 1.0',
    })
    expect((await refusalOf(payload({ ver: undefined }), control)).code).toBe('verified')
  })
})

describe('when a hint was issued', () => {
  const at = async (change: Record<string, unknown>, maxAge = 600_000) => {
    const { code, reason } = await verify({ clock: standing, maxAge, hint: payload({ nbf: undefined, ...change }) })
    return `${code} ${reason}`.trim()
  }
  const now = NOW / 1000

  test.each([
    ['a minute ahead', { iat: now + 60 }, 'verified'],
    ['more than a minute ahead', { iat: now + 61 }, 'hint.time issued in the future'],
    ['now, good in a minute', { iat: now, nbf: now + 60 }, 'verified'],
    ['now, good in more than a minute', { iat: now, nbf: now + 61 }, 'hint.time issued in the future'],
    ['as long ago as it may be', { iat: now - 600 }, 'verified'],
    ['longer ago', { iat: now - 601 }, 'hint.time issued too long ago'],
    ['longer ago, though it is good for long', { iat: now - 601, exp: now + 9999 }, 'hint.time issued too long ago'],
  ])('%s', async (_when, change, came) => {
    expect(await at(change)).toBe(came)
  })

  test.each([60, 600, 3600])(
    '%i seconds ago, it is taken where that is the setting, and not a second later',
    async (age) => {
      expect(await at({ iat: now - age }, age * 1000)).toBe('verified')
      expect(await at({ iat: now - age - 1 }, age * 1000)).toBe('hint.time issued too long ago')
    },
  )

  test.each([0, 61, -9999])(
    'is told, in milliseconds, before it is judged by our clock: %i seconds off',
    async (off) => {
      expect((await verify({ clock: standing, hint: payload({ iat: now + off }) })).issued).toEqual([NOW + off * 1000])
    },
  )

  test('is not told of a hint for somebody else', async () => {
    expect((await verify({ clock: standing, hint: { audience: 'another' } })).issued).toEqual([])
  })

  test('is what a verified hint says, to the millisecond', async () => {
    expect((await verify({ clock: standing, hint: payload({ iat: now - 10 }) })).found).toMatchObject({
      issuedAt: NOW - 10_000,
    })
  })
})
