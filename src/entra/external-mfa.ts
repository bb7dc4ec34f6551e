// The contract External MFA: Entra asks for an acr and an amr, and compares ours with its own lists, letter by letter.
import { z } from 'zod'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { Asked, Proof } from '../signin/sign-in.ts'

/**
 * What each proof of ours is, honestly: its RFC 8176 name, and the acr values that a possession factor satisfies.
 * A key in a browser is `swk`; no amr of Entra's table maps to knowledge, and nothing of ours proves inherence.
 */
const POSSESSION = ['possession', 'possessionorinherence', 'knowledgeorpossession', 'knowledgeorpossessionorinherence']
const proofs: Record<Proof, { amr: string; acrs: readonly string[] }> = {
  'software-key': { amr: 'swk', acrs: POSSESSION },
}

/** The proofs that devices of ours can give today. */
const OFFERED: readonly Proof[] = ['software-key']

const text = z.string().max(128)
const requested = z
  .looseObject({ value: text.nullish(), values: z.array(text).max(64).nullish() })
  .transform(({ value, values }) => [...(typeof value === 'string' ? [value] : []), ...(values ?? [])])
const Claims = z.looseObject({ id_token: z.looseObject({ acr: requested, amr: requested.nullish() }) })

/**
 * Reads what Entra asks (OpenID Connect Core section 5.5): `value` and then `values`, in order of preference.
 * - Whether acr and amr are called essential makes no difference: Entra compares both with its own lists either way.
 * - Other claims are left aside, essential or not: that one of them is not returned is no error (section 5.5.1), and none
 *   was ever seen to be asked for. Entra would refuse an answer that lacks what it needs.
 * - Of a member that stands twice the last one counts, as JSON.parse has it. It decides nothing: Entra judges our answer by
 *   its own copy of what it asked.
 */
export function readAskedByExternalMfa(
  claims: string | undefined,
): Extract<Asked, { contract: 'external-mfa' }> | Refusal {
  const parsed = Claims.safeParse(parseClaims(claims))
  if (!parsed.success)
    return refuse('asked.malformed', `claims: ${parsed.error.issues[0]?.path.join('.') || 'not an object'}`)
  const { acr, amr } = parsed.data.id_token
  return { contract: 'external-mfa', acrValues: acr, amrValues: amr ?? null }
}

/** The one acr and one amr that are true of this proof and that Entra asked for; undefined when there is no honest answer. */
export function honestAnswer(
  asked: Extract<Asked, { contract: 'external-mfa' }>,
  proof: Proof,
): { acr: string; amr: [string] } | undefined {
  const { amr, acrs } = proofs[proof]
  const acr = asked.acrValues.find((value) => acrs.includes(value))
  return acr !== undefined && (asked.amrValues === null || asked.amrValues.includes(amr))
    ? { acr, amr: [amr] }
    : undefined
}

/** Whether any proof of ours could be an honest answer: asked before a person is bothered. */
export const canMeetExternalMfa = (asked: Extract<Asked, { contract: 'external-mfa' }>): boolean =>
  OFFERED.some((proof) => honestAnswer(asked, proof) !== undefined)

/** Names that no claim has, and that an attack on a parser would. */
const PROTOTYPES = ['__proto__', 'constructor', 'prototype']

/** The `claims` parameter as an object; undefined when it is missing, no JSON, or names what only an attack does. */
export function parseClaims(claims: string | undefined): unknown {
  try {
    return JSON.parse(claims ?? '', (name, value) => {
      if (PROTOTYPES.includes(name)) throw new SyntaxError(`claims name ${name}`)
      return value
    })
  } catch {
    return undefined
  }
}
