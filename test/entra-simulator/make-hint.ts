import { createHash, randomBytes } from 'node:crypto'
import { base64url, CompactSign, type JWK } from 'jose'
import type { Person } from './registration.ts'

export type HintKey = Parameters<CompactSign['sign']>[0]

/** What a test may bend in the id_token_hint. */
export type HintOptions = {
  version?: 1 | 2
  audience?: 'app-id' | 'client-id' | (string & {}) | string[]
  /** Members to replace; undefined deletes. */
  payload?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: HintKey
  alg?: string
  /** Sent as it is, in place of a hint. */
  raw?: string
}

type Circumstances = {
  authority: string
  /** The host that issues version 1, where it is another. */
  v1Authority?: string
  tenantId: string
  appId: string
  clientId: string
  person: Person
  now: number
  signing: JWK
}

/** Pairwise: the same person has another `sub` at each application. OpenID Connect Core 1.0 section 8.1. */
export function pairwiseSubject(tenantId: string, appId: string, objectId: string): string {
  return createHash('sha256').update(`${tenantId}|${appId}|${objectId}`).digest('base64url')
}

/**
 * The payload of the hint. Microsoft Learn: External MFA method provider reference, "id_token_hint": issued as expired
 * (exp is iat - 1), never with a nonce. `uti` is unique to each token (Microsoft Learn: ID token claims reference), so that
 * two hints of one second differ. Version 1.0 carries `upn` and the v1 issuer.
 */
function hintPayload(given: Circumstances, version: 1 | 2, audience: unknown): Record<string, unknown> {
  const { authority, v1Authority = authority, tenantId, appId, clientId, person } = given
  const iat = Math.floor(given.now / 1000)
  const common = {
    aud: audience === 'client-id' ? clientId : audience === 'app-id' ? appId : audience,
    iat,
    nbf: iat,
    exp: iat - 1,
    name: person.name,
    oid: person.objectId,
    sub: pairwiseSubject(tenantId, appId, person.objectId),
    tid: tenantId,
    uti: randomBytes(16).toString('base64url'),
  }
  return version === 1
    ? { ver: '1.0', iss: `${v1Authority}/${tenantId}/`, ...common, upn: person.username, unique_name: person.username }
    : { ver: '2.0', iss: `${authority}/${tenantId}/v2.0`, ...common, preferred_username: person.username }
}

const withoutUndefined = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))

/** The signed hint and the payload it was signed over. */
export async function makeHint(given: Circumstances, options: HintOptions, version: 1 | 2) {
  const plain = hintPayload(given, options.version ?? version, options.audience ?? 'app-id')
  const payload = withoutUndefined({ ...plain, ...options.payload })
  if (options.raw !== undefined) return { payload, token: options.raw }
  const alg = options.alg ?? 'RS256'
  const header = withoutUndefined({
    typ: 'JWT',
    alg,
    kid: given.signing.kid,
    x5t: given.signing.kid,
    ...options.header,
  })
  const body = JSON.stringify(payload)
  if (header.alg === 'none') {
    return { payload, token: `${base64url.encode(JSON.stringify(header))}.${base64url.encode(body)}.` }
  }
  const signer = new CompactSign(new TextEncoder().encode(body)).setProtectedHeader({ ...header, alg })
  // Without its own alg the key can also sign what a test asks for, such as RS512.
  const { alg: _, ...anyAlg } = given.signing
  return { payload, token: await signer.sign(options.key ?? anyAlg) }
}
