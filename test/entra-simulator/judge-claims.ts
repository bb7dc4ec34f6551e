import { type Facts, type Finding, fail, notApplicable, pass, shown, verdictOf } from './finding.ts'
import { impliedIssuer } from './judge-discovery.ts'
import { documentMember } from './provider-metadata.ts'

const expectClaim = (claim: string, expected: (facts: Facts) => unknown, whose: string) => (facts: Facts) => {
  if (!facts.claim) return notApplicable('no id_token that could be read')
  const value = facts.claim.payload[claim]
  const wanted = expected(facts)
  if (typeof value === 'string' && value === wanted) return pass(`${claim} is ${shown(value)}`)
  return fail(`${claim} is ${shown(value)}; ${whose} is ${shown(wanted)}`)
}

/** V5. OpenID Connect Core 1.0 section 3.1.3.7 (2): equal to the discovered issuer, and to the one configured. */
export function judgeIssuer(facts: Facts): Finding {
  if (!facts.claim) return notApplicable('no id_token that could be read')
  const { iss } = facts.claim.payload
  const configured = impliedIssuer(facts.attempt.configured.discoveryUrl)
  const document = documentMember(facts.metadata, 'issuer')
  const faults = [
    iss !== configured && `iss is ${shown(iss)}; the configured issuer is ${shown(configured)}`,
    iss !== document && `iss is ${shown(iss)}; the discovery document says ${shown(document)}`,
  ]
  return verdictOf(
    faults.filter((each) => each !== false),
    `iss is ${shown(iss)}`,
  )
}

/** V7. OpenID Connect Core 1.0 section 3.1.3.7 (3): the client id alone, neither the app id nor the tenant id. */
export const judgeAudience = expectClaim('aud', ({ attempt }) => attempt.configured.clientId, 'the client id')

/** V8. Microsoft Learn: External MFA method provider reference, response: `sub` must match the hint's. */
export const judgeSubject = expectClaim('sub', ({ attempt }) => attempt.hintPayload.sub, "the hint's sub")

/** V9. OpenID Connect Core 1.0 section 3.1.3.7 (11). */
export const judgeNonce = expectClaim('nonce', ({ attempt }) => attempt.nonce || undefined, 'the nonce of the request')

const clockSkew = 60
const longestLife = 600

/**
 * V10. OpenID Connect Core 1.0 section 3.1.3.7 (9, 10). The standard leaves the longest life to the one who checks; ten
 * minutes is this simulator's.
 */
export function judgeLife({ claim, now: milliseconds }: Facts): Finding {
  if (!claim) return notApplicable('no id_token that could be read')
  const { exp, iat, nbf } = claim.payload
  const now = milliseconds / 1000
  if (typeof exp !== 'number' || typeof iat !== 'number') return fail(`iat is ${shown(iat)}, exp is ${shown(exp)}`)
  const faults = [
    exp <= now && `expired ${Math.round(now - exp)} s ago`,
    iat > now + clockSkew && `issued ${Math.round(iat - now)} s in the future`,
    exp <= iat && 'exp is not after iat',
    exp - iat > longestLife && `lives ${exp - iat} s, more than ${longestLife}`,
    nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + clockSkew) && `nbf is ${shown(nbf)}`,
  ]
  return verdictOf(
    faults.filter((each) => each !== false),
    `lives ${exp - iat} s, of which ${Math.round(exp - now)} s are left`,
  )
}
