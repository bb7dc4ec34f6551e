import { createHash, X509Certificate } from 'node:crypto'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Countersign, startCountersign } from '../support/countersign.ts'

let countersign: Countersign
beforeAll(async () => {
  countersign = await startCountersign()
})
afterAll(() => countersign.close())

const SUFFIX = '/.well-known/openid-configuration'
const discoveryUrl = () => `${countersign.url}/entra/${countersign.integration.id}${SUFFIX}`
const keysUrl = () => `${countersign.url}/entra/keys`

/** The answer as it is on the wire: fetch would hide how its length is told. */
const onTheWire = (url: string) =>
  new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip, br' } }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      resolve({ headers: response.headers, body: Buffer.concat(parts) })
    }).on('error', reject)
  })

describe('discovery', () => {
  test('tells its length, and is neither chunked nor compressed', async () => {
    for (const url of [discoveryUrl(), keysUrl()]) {
      const { headers, body } = await onTheWire(url)
      expect(headers['content-length']).toBe(String(body.length))
      expect([headers['transfer-encoding'], headers['content-encoding']]).toEqual([undefined, undefined])
      expect(headers['content-type']).toMatch(/^application\/json/)
      // Entra reads it again and again, and nothing in it changes within an hour.
      expect(headers['cache-control']).toBe('public, max-age=3600')
    }
  })

  test('names as issuer, to the character, its own address less the suffix', async () => {
    const document = (await (await fetch(discoveryUrl())).json()) as { issuer: string }
    expect(`${document.issuer}${SUFFIX}`).toBe(discoveryUrl())
  })

  test('says what Entra demands, and nothing that is not so', async () => {
    expect(await (await fetch(discoveryUrl())).json()).toEqual({
      issuer: `${countersign.url}/entra/${countersign.integration.id}`,
      authorization_endpoint: `${countersign.url}/entra/authorize`,
      jwks_uri: keysUrl(),
      scopes_supported: ['openid'],
      response_types_supported: ['id_token'],
      response_modes_supported: ['form_post'],
      grant_types_supported: ['implicit'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claim_types_supported: ['normal'],
      claims_supported: ['iss', 'aud', 'sub', 'exp', 'iat', 'nonce', 'acr', 'amr', 'CountersignMfa'],
    })
  })

  test.each([
    ['an unknown integration', (url: string) => url.replace(/entra\/[^/]+/, 'entra/unknown')],
    ['a climb', (url: string) => url.replace(/entra\/[^/]+/, 'entra/%2e%2e%2f')],
    ['a slash behind it', (url: string) => `${url}/`],
    ['another case', (url: string) => url.replace('openid', 'OpenID')],
    ['no integration', (url: string) => url.replace(/entra\/[^/]+\//, 'entra/')],
  ])('is not there for %s', async (_what, bend) => {
    expect((await fetch(bend(discoveryUrl()))).status).toBe(404)
  })
})

describe('the published keys', () => {
  const keys = async () => ((await (await fetch(keysUrl())).json()) as { keys: Record<string, string>[] }).keys

  test('carry a certificate for the very key, and a kid that is its thumbprint in base64url', async () => {
    await countersign.service.capabilities.keys.announce('command-line')
    const published = await keys()
    expect(published).toHaveLength(2)
    for (const key of published) {
      const der = Buffer.from(String(key.x5c?.[0]), 'base64')
      expect(String(key.x5c?.[0])).toBe(der.toString('base64'))
      const certified = new X509Certificate(der)
      expect(certified.publicKey.export({ format: 'jwk' })).toEqual({ kty: 'RSA', n: key.n, e: key.e })
      expect(certified.verify(certified.publicKey)).toBe(true)
      expect(key.kid).toMatch(/^[A-Za-z0-9_-]{27}$/)
      expect(key.kid).toBe(createHash('sha1').update(der).digest('base64url'))
    }
  })

  test('carry nothing of a private key', async () => {
    for (const key of await keys())
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use', 'x5c', 'x5t'])
  })
})
