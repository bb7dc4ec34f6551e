import { createHash, createHmac } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import type { PersistedKeys } from './entra-keys.ts'
import type { Person } from './registration.ts'

/** What an administrator registered at Entra for signing in to an application. */
export type Application = {
  tenantId: string
  clientId: string
  secret: string
  redirectUris: string[]
  /** App roles, by object id. */
  roles: Record<string, string[]>
  /** Whether the optional claim auth_time was added to the ID token. */
  authTime?: boolean
}

/** One authorization code (RFC 6749 section 4.1.2), and what it was given for. */
export type Grant = {
  application: Application
  person: Person
  redirectUri: string
  challenge: string
  nonce: string
  /** Milliseconds. */
  signedInAt: number
  expiresAt: number
}

export type IdClaims = Record<string, unknown>

/** How the token can be wrong; each is an attack that a client must notice. */
export type Tampering = {
  claims?: (claims: IdClaims) => IdClaims
  /** `none`: unsigned. `secret`: HMAC with the client secret. `stranger`: signed by a key that nobody published. */
  signature?: 'none' | 'secret' | 'stranger'
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Microsoft Learn, "ID token claims reference": a v2.0 token. `sub` differs in every application. */
function claimsOf(authority: string, grant: Grant, now: number): IdClaims {
  const { application, person, nonce, signedInAt } = grant
  const { tenantId, clientId, roles } = application
  const seconds = Math.floor(now / 1000)
  const given = roles[person.objectId] ?? []
  return {
    ...{ ver: '2.0', iss: `${authority}/${tenantId}/v2.0`, aud: clientId, tid: tenantId, oid: person.objectId },
    sub: createHash('sha256').update(`${clientId}.${person.objectId}`).digest('base64url'),
    ...{ name: person.name, preferred_username: person.username, nonce },
    ...{ iat: seconds, nbf: seconds, exp: seconds + 3600 },
    ...(given.length > 0 && { roles: given }),
    ...(application.authTime !== false && { auth_time: Math.floor(signedInAt / 1000) }),
  }
}

/** Signs what Entra would say, or what an attack would. */
export async function idTokenFor(
  { authority, keys, stranger, now }: { authority: string; keys: PersistedKeys; stranger: PersistedKeys; now: number },
  grant: Grant,
  { claims: change = (claims) => claims, signature }: Tampering,
): Promise<string> {
  const claims = change(claimsOf(authority, grant, now))
  if (signature === 'none') return `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.`
  if (signature === 'secret') {
    const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`
    return `${signed}.${createHmac('sha256', grant.application.secret).update(signed).digest('base64url')}`
  }
  const { kid } = keys.signing
  const key = await importJWK(signature === 'stranger' ? stranger.signing : keys.signing, 'RS256')
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: String(kid) }).sign(key)
}
