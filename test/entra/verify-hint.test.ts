// The three public clouds, which the simulator cannot play: a hint of each, and of each in the place of another.
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { createEntraKeys } from '../../src/entra/entra-keys.ts'
import { verifyHint } from '../../src/entra/verify-hint.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { createTestClock } from '../support/clock.ts'
import { createFakeFetch, publish, type rsaKey } from './fake-fetch.ts'
import { ADA, cloudNamed, clouds, verify } from './hints.ts'

const clock = createTestClock()

describe.each(['global', 'usgov', 'china'])('a hint of the cloud %s', (cloud) => {
  const keys = (path: string) => [`${cloudNamed(cloud).authority}${path}`]

  test('is verified by External MFA, in version 2, with that cloud’s own keys', async () => {
    const { found, fetched } = await verify({ cloud })
    expect(found).toMatchObject({ objectId: ADA.objectId, label: ADA.username, keyId: 'entra' })
    expect(fetched).toEqual(keys('/common/discovery/v2.0/keys'))
  })

  test('is verified by a custom control in both versions', async () => {
    const v1 = await verify({ cloud, contract: 'custom-control', version: 1 })
    expect([v1.code, v1.fetched]).toEqual(['verified', keys('/common/discovery/keys')])
    expect((await verify({ cloud, contract: 'custom-control' })).code).toBe('verified')
  })

  test('is refused by External MFA in version 1, before any key is fetched', async () => {
    expect(await verify({ cloud, version: 1 })).toMatchObject({ code: 'hint.issuer', fetched: [] })
  })

  test('is refused with the issuer of another cloud, and of no other are keys fetched', async () => {
    const tid = anIntegration().tenantId
    for (const other of clouds.filter(({ name }) => name !== cloud)) {
      const hint = { payload: { iss: other.v2.issuer(tid) } }
      expect(await verify({ cloud, hint })).toMatchObject({ code: 'hint.issuer', fetched: [] })
      expect(await verify({ cloud, hint, contract: 'custom-control' })).toMatchObject({
        code: 'hint.issuer',
        fetched: [],
      })
    }
  })
})

describe('what a verified hint says', () => {
  test('is all of it, and no more', async () => {
    const { found } = await verify({
      hint: { payload: { sub: 'pairwise', app_displayname: 'Payroll' } },
    })
    expect(found).toEqual({
      tenantId: anIntegration().tenantId,
      objectId: ADA.objectId,
      subject: 'pairwise',
      label: ADA.username,
      application: 'Payroll',
      issuer: `https://login.microsoftonline.com/${anIntegration().tenantId}/v2.0`,
      keyId: 'entra',
      issuedAt: expect.any(Number),
    })
  })

  test.each([
    ['the username', {}, ADA.username],
    ['the name where there is no username', { preferred_username: undefined }, ADA.name],
    ['the upn before the name', { preferred_username: undefined, upn: 'ada@upn.example' }, 'ada@upn.example'],
    ['the object id where there is no name either', { preferred_username: undefined, name: undefined }, ADA.objectId],
    ['no label that is not text', { preferred_username: { evil: 1 }, name: ['x'] }, ADA.objectId],
    ['no label of spaces', { preferred_username: '  ', name: ' Ada ' }, 'Ada'],
    ['no label of 257 characters', { preferred_username: 'x'.repeat(257), name: 'Ada' }, 'Ada'],
  ])('labels the person by %s', async (_what, payload, label) => {
    expect((await verify({ hint: { payload } })).found).toMatchObject({ label })
  })
})

describe('the audiences of an integration', () => {
  test.each([
    ['app-id', 'app-id', 'verified'],
    ['app-id', 'client-id', 'hint.audience'],
    ['client-id', 'client-id', 'verified'],
    ['client-id', 'app-id', 'hint.audience'],
    ['either', 'app-id', 'verified'],
    ['either', 'client-id', 'verified'],
    ['either', 'another', 'hint.audience'],
  ] as const)('set to %s, a hint for the %s is %s', async (accepted, audience, code) => {
    for (const contract of ['external-mfa', 'custom-control'] as const) {
      const hintAudience = { 'external-mfa': accepted, 'custom-control': accepted }
      expect((await verify({ contract, integration: { hintAudience }, hint: { audience } })).code).toBe(code)
    }
  })

  test('are set for each contract by itself', async () => {
    const hint = { audience: 'client-id' as const }
    expect((await verify({ hint })).code).toBe('hint.audience')
    expect((await verify({ hint, contract: 'custom-control' })).code).toBe('verified')
  })
})

test('an RSA key of 1024 bits proves nothing, even from Entra’s own endpoint', async () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const world = createFakeFetch(() =>
    Response.json(publish({ ...weak.export({ format: 'jwk' }), kid: 'weak' } as ReturnType<typeof rsaKey>)),
  )
  const integration = anIntegration()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const cloud = cloudNamed('global')
  const body = `${part({ alg: 'RS256', kid: 'weak' })}.${part({ iss: cloud.v2.issuer(integration.tenantId) })}`
  const keys = createEntraKeys({ fetch: world.fetch, clock, log: silentLog, foreignKeys: 'refuse' })
  const hint = `${body}.${sign('sha256', Buffer.from(body), weak).toString('base64url')}`
  const refused = await verifyHint(hint, {
    ...{ integration, contract: 'external-mfa', cloud, keys, clock },
    maxAge: 600_000,
    hintIssued: () => {},
  })
  expect(refused).toMatchObject({ code: 'entra.keys-unavailable' })
})
