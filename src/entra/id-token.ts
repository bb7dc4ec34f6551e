import type { Audit } from '../audit/audit.ts'
import type { AuditEvent } from '../audit/events.ts'
import { sha256 } from '../base/digest.ts'
import { issuerOf } from '../integrations/issuer.ts'
import type { Keys } from '../keys/keys.ts'
import { TOKEN_LIFE } from '../keys/rotation.ts'
import type { SignIn } from '../signin/sign-in.ts'
import { honestAnswer } from './external-mfa.ts'

export const TOKEN_LIFE_SECONDS = TOKEN_LIFE / 1000

/**
 * The claims for an approved sign-in (Microsoft Learn, External MFA method provider reference, "Response"; custom controls
 * as observed): iss, aud, sub and nonce as Entra must find them; then what this contract asked for, chosen by what was achieved.
 */
export function claimsFor(signIn: SignIn, publicUrl: string, issuedAt: number): Record<string, unknown> {
  const { asked, decision } = signIn
  if (!decision?.proof) throw new Error('no proof was recorded for this sign-in')
  const iat = Math.floor(issuedAt / 1000)
  const claims = {
    iss: issuerOf(publicUrl, signIn.integrationId),
    sub: signIn.subject,
    aud: signIn.clientId,
    exp: iat + TOKEN_LIFE_SECONDS,
    iat,
    nonce: signIn.nonce,
  }
  if (asked.contract === 'custom-control') return { ...claims, [asked.claimType]: asked.claimValue }
  const answer = honestAnswer(asked, decision.proof)
  if (!answer) throw new Error('the proof achieved is not among what Entra asked for')
  return { ...claims, ...answer }
}

/** What is written, in the same move that makes the sign-in answered, before anything is signed. */
export const signingEvent = (signIn: SignIn, issuedAt: number): AuditEvent => ({
  type: 'claim.signing',
  signInId: signIn.id,
  integrationId: signIn.integrationId,
  tenantId: signIn.tenantId,
  objectId: signIn.objectId,
  contract: signIn.asked.contract,
  audience: signIn.clientId,
  issuedAt,
  proof: signIn.decision?.proof ?? 'none',
})

/** Signs the claim of an answered sign-in. It is on record before it leaves: a crash in between loses it, and fails closed. */
export async function signClaim(
  signIn: SignIn,
  issuedAt: number,
  { keys, audit, publicUrl }: { keys: Keys; audit: Pick<Audit, 'record'>; publicUrl: string },
): Promise<string> {
  const { token, kid } = await keys.sign(claimsFor(signIn, publicUrl, issuedAt))
  const { id, integrationId, tenantId, objectId } = signIn
  await audit.record({
    type: 'claim.signed',
    signInId: id,
    integrationId,
    tenantId,
    objectId,
    keyId: kid,
    claimDigest: sha256(token),
  })
  return token
}
