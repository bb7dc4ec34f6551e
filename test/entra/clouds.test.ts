import { describe, expect, test } from '@jest/globals'
import { createClouds, destinationOf } from '../../src/entra/clouds.ts'

const TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01'

// Written out in full: these strings are the contract with Microsoft, and no code should be able to change them alone.
const published = {
  global: {
    authority: 'https://login.microsoftonline.com',
    external: 'https://login.microsoftonline.com/common/federation/externalauthprovider',
    control: 'https://login.microsoftonline.com/common/federation/OAuth2ClaimsProvider',
    v2: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    v2Keys: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    v1: `https://sts.windows.net/${TENANT}/`,
    v1Keys: 'https://login.microsoftonline.com/common/discovery/keys',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    external: 'https://login.microsoftonline.us/common/federation/externalauthprovider',
    control: 'https://login.microsoftonline.us/common/federation/OAuth2ClaimsProvider',
    v2: `https://login.microsoftonline.us/${TENANT}/v2.0`,
    v2Keys: 'https://login.microsoftonline.us/common/discovery/v2.0/keys',
    v1: `https://sts.windows.net/${TENANT}/`,
    v1Keys: 'https://login.microsoftonline.us/common/discovery/keys',
  },
  china: {
    authority: 'https://login.partner.microsoftonline.cn',
    external: 'https://login.partner.microsoftonline.cn/common/federation/externalauthprovider',
    control: 'https://login.partner.microsoftonline.cn/common/federation/OAuth2ClaimsProvider',
    v2: `https://login.partner.microsoftonline.cn/${TENANT}/v2.0`,
    v2Keys: 'https://login.partner.microsoftonline.cn/common/discovery/v2.0/keys',
    v1: `https://sts.chinacloudapi.cn/${TENANT}/`,
    v1Keys: 'https://login.partner.microsoftonline.cn/common/discovery/keys',
  },
} as const

describe.each(Object.keys(published) as (keyof typeof published)[])('the cloud %s', (name) => {
  const expected = published[name]

  test('has exactly the published addresses', () => {
    const cloud = createClouds(null).find((each) => each.name === name)
    expect(
      cloud && {
        authority: cloud.authority,
        external: cloud.redirectUris['external-mfa'],
        control: cloud.redirectUris['custom-control'],
        v2: cloud.v2.issuer(TENANT),
        v2Keys: cloud.v2.keysUrl,
        v1: cloud.v1.issuer(TENANT),
        v1Keys: cloud.v1.keysUrl,
      },
    ).toEqual(expected)
  })

  test('is found by its redirect URIs, with the contract of each', () => {
    const clouds = createClouds(null)
    expect(destinationOf(clouds, expected.external)).toEqual({
      cloud: expect.objectContaining({ name }),
      contract: 'external-mfa',
    })
    expect(destinationOf(clouds, expected.control)).toEqual({
      cloud: expect.objectContaining({ name }),
      contract: 'custom-control',
    })
  })

  test.each([
    ['a slash behind it', (uri: string) => `${uri}/`],
    ['a port', (uri: string) => uri.replace('/common', ':443/common')],
    ['http', (uri: string) => uri.replace('https', 'http')],
    ['another case', (uri: string) => uri.toLowerCase().replace('externalauth', 'externalAuth')],
    ['a longer host', (uri: string) => uri.replace('/common', '.evil.example/common')],
    ['the host as userinfo', (uri: string) => uri.replace('/common', '@evil.example/common')],
    ['nothing but a prefix', (uri: string) => uri.slice(0, -1)],
    ['a query', (uri: string) => `${uri}?x`],
  ])('is not found by a redirect URI with %s', (_what, bend) => {
    const clouds = createClouds(null)
    expect(destinationOf(clouds, bend(expected.external))).toBeUndefined()
    expect(destinationOf(clouds, bend(expected.control))).toBeUndefined()
  })
})

describe('the clouds', () => {
  test('are the public three and no other', () => {
    expect(createClouds(null).map(({ name }) => name)).toEqual(['global', 'usgov', 'china'])
  })

  test('have a fourth, local, derived as the global one is, only when its authority is given', () => {
    const local = createClouds('http://localhost:9000').find(({ name }) => name === 'local')
    expect(local).toMatchObject({
      redirectUris: {
        'external-mfa': 'http://localhost:9000/common/federation/externalauthprovider',
        'custom-control': 'http://localhost:9000/common/federation/OAuth2ClaimsProvider',
      },
    })
    expect([local?.v1.issuer(TENANT), local?.v2.issuer(TENANT)]).toEqual([
      `http://localhost:9000/${TENANT}/`,
      `http://localhost:9000/${TENANT}/v2.0`,
    ])
  })

  test('share no redirect URI', () => {
    const uris = createClouds('http://localhost:9000').flatMap(({ redirectUris }) => Object.values(redirectUris))
    expect(new Set(uris).size).toBe(8)
  })
})
