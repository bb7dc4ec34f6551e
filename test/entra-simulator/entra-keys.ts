import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, type JWK } from 'jose'

/** Entra's own private keys. Only a simulator would ever show them; TEST USAGE ONLY. */
export type PersistedKeys = { signing: JWK; earlier: JWK[] }

async function createKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ format: 'jwk' }) as JWK
  return { ...key, kid: await calculateJwkThumbprint(key), use: 'sig', alg: 'RS256' }
}

export async function createKeys(): Promise<PersistedKeys> {
  return { signing: await createKey(), earlier: [] }
}

/** A new signing key; the earlier ones stay published, as Entra's do, unless they are dropped on purpose. */
export async function rotatedKeys(keys: PersistedKeys, dropEarlier: boolean): Promise<PersistedKeys> {
  return { signing: await createKey(), earlier: dropEarlier ? [] : [keys.signing, ...keys.earlier] }
}

/** The public half. The common v2 endpoint of Entra names the issuer of every key (a template), the v1 one does not. */
export function publicKeys(keys: PersistedKeys, issuer?: string): { keys: JWK[] } {
  const publish = ({ kty, use, kid, n, e }: JWK): JWK =>
    ({ kty, use, kid, x5t: kid, n, e, ...(issuer ? { issuer } : {}) }) as JWK
  return { keys: [keys.signing, ...keys.earlier].map(publish) }
}
