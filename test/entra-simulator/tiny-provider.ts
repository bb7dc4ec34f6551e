import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose'
import type { EntraAttempt } from './make-attempt.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'

export type ProviderKey = { privateKey: KeyObject; jwk: JWK }

/** A key with a self-signed certificate, as a provider publishes it. */
export async function createProviderKey(): Promise<ProviderKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint({ kty, n, e } as JWK)
  const x5c = [selfSignedCertificate(privateKey).toString('base64')]
  return { privateKey, jwk: { kty, n, e, kid, x5t: kid, use: 'sig', x5c } as JWK }
}

/** The least that Entra would accept, for proving that the simulator refuses everything less. */
export type TinyProvider = {
  url: string
  /** The document is served at its path, wherever that is moved. */
  discoveryUrl: string
  key: ProviderKey
  document: Record<string, unknown>
  published: { keys: unknown[] }
  /** Without Content-Length when true. */
  chunked: boolean
  answer(attempt: EntraAttempt, bend?: Bend): Promise<Record<string, string>>
  close(): void
}

export type Bend = {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: KeyObject
  form?: Record<string, string | undefined>
}

const discoveryPath = '/tenant1/.well-known/openid-configuration'

async function sign(provider: TinyProvider, attempt: EntraAttempt, bend: Bend) {
  const iat = Math.floor(attempt.begunAt / 1000)
  const contractClaims =
    attempt.contract === 'external-mfa' ? { acr: 'possessionorinherence', amr: ['swk'] } : { TinyMfa: 'MfaDone' }
  const payload: Record<string, unknown> = {
    iss: provider.document.issuer,
    aud: attempt.parameters.client_id,
    sub: attempt.hintPayload.sub,
    nonce: attempt.nonce,
    iat,
    exp: iat + 300,
    ...contractClaims,
    ...bend.claims,
  }
  const header = { alg: 'RS256', typ: 'JWT', kid: provider.key.jwk.kid, ...bend.header } as { alg: string }
  return new SignJWT(payload).setProtectedHeader(header).sign(bend.key ?? provider.key.privateKey)
}

export async function startTinyProvider(): Promise<TinyProvider> {
  const key = await createProviderKey()
  const server: Server = createServer((request, response) => {
    const { pathname, search } = new URL(provider.discoveryUrl)
    const known: Record<string, unknown> = { [pathname + search]: provider.document, '/keys': provider.published }
    const body = JSON.stringify(known[request.url ?? ''])
    if (body === undefined) response.writeHead(404).end()
    else if (provider.chunked) response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(body)
    else response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: TinyProvider = {
    url,
    discoveryUrl: url + discoveryPath,
    key,
    document: {
      issuer: `${url}/tenant1`,
      authorization_endpoint: `${url}/authorize`,
      jwks_uri: `${url}/keys`,
      scopes_supported: ['openid'],
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    published: { keys: [key.jwk] },
    chunked: false,
    async answer(attempt, bend = {}) {
      const form = { id_token: await sign(provider, attempt, bend), state: attempt.state, ...bend.form }
      const sent = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return Object.fromEntries(sent)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return provider
}
