// Who sends a push: VAPID, RFC 8292.
import { decodeJwt, importJWK, type JWTPayload, jwtVerify } from 'jose'

export type VapidVerdict = { status: 200; claims: JWTPayload | null } | { status: 401 | 403; why: string }

export type VapidCheck = {
  /** The request's Authorization header. */
  authorization: string | undefined
  /** The origin of the push resource. */
  origin: string
  /** The key that the subscription was made for, base64url; none when it was made for anybody. */
  subscribedKey: string | undefined
  now: number
}

const DAY = 24 * 3600

/**
 * Judges a sender's identity. What it wants:
 * - `vapid t=..., k=...` (section 3), with an uncompressed P-256 point as `k` (3.2); 401 when there is none (4.2)
 * - `k` is the key that the subscription is restricted to (4.2), else 403, as for all that follows
 * - `t` is signed by `k` with ES256 (2)
 * - `aud` is the origin of the push resource (2)
 * - `exp` has not passed and is no more than 24 hours away (2)
 * - `sub` is a mailto: or https: URI (2.1). There it is optional; Apple's service refuses without, so this one does too
 */
export async function checkVapid({ authorization, origin, subscribedKey, now }: VapidCheck): Promise<VapidVerdict> {
  if (authorization === undefined) {
    return subscribedKey === undefined
      ? { status: 200, claims: null }
      : { status: 401, why: 'the subscription is restricted, and there is no Authorization' }
  }
  const { t, k } = parametersOf(authorization)
  if (t === undefined || k === undefined) return forbidden('not “vapid t=..., k=...”')
  const point = Buffer.from(k, 'base64url')
  if (point.length !== 65 || point[0] !== 4) return forbidden('k is no uncompressed P-256 point')
  if (subscribedKey !== undefined && !point.equals(Buffer.from(subscribedKey, 'base64url'))) {
    return forbidden('k is not the key that the subscription was made for')
  }
  const seconds = Math.floor(now / 1000)
  try {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    }
    const { payload } = await jwtVerify(t, await importJWK(jwk, 'ES256'), {
      algorithms: ['ES256'],
      audience: origin,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now),
    })
    if ((payload.exp ?? 0) > seconds + DAY) return forbidden('exp is more than 24 hours away')
    if (!/^(mailto:.+@|https:\/\/)/.test(payload.sub ?? '')) return forbidden('sub is neither mailto: nor https:')
    return { status: 200, claims: payload }
  } catch (error) {
    return forbidden(`${(error as Error).message} in ${JSON.stringify(claimsIn(t))}, for ${origin}`)
  }
}

const forbidden = (why: string): VapidVerdict => ({ status: 403, why })

/** The parameters of the scheme `vapid`: name=value, separated by commas, in any order, perhaps quoted (RFC 9110 section 11.4). */
function parametersOf(authorization: string): Record<string, string> {
  const [, parameters] = /^vapid +(.+)$/i.exec(authorization) ?? []
  const pairs = (parameters ?? '').split(',').map((part) => /^\s*(\w+)\s*=\s*"?([\w.-]+)"?\s*$/.exec(part) ?? [])
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]))
}

/** The claims of a token that was refused, to tell why. */
function claimsIn(token: string): JWTPayload | null {
  try {
    return decodeJwt(token)
  } catch {
    return null
  }
}
