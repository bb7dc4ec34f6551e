import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'
import type { Fetch } from '../../src/entra/entra-keys.ts'

/** A private RSA key with a kid. */
export const rsaKey = (kid: string): JWK => ({
  ...(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK),
  kid,
})

export const publish = (...keys: JWK[]): { keys: JWK[] } => ({
  keys: keys.map(({ kty, kid, n, e }) => ({ kty, kid, n, e, use: 'sig' }) as JWK),
})

/** A world of one answer, which a test may change, and the requests that were made. */
export function createFakeFetch(answer: () => Response | Promise<Response>) {
  const requests: { url: string; init: RequestInit }[] = []
  const fake = {
    requests,
    answer,
    fetch: ((url, init) => {
      requests.push({ url, init })
      return Promise.resolve().then(() => fake.answer())
    }) as Fetch,
  }
  return fake
}
