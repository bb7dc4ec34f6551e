// The contract custom control: Entra asks for one claim with one value, as the administrator's JSON says.
import { z } from 'zod'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { Integration } from '../integrations/integration.ts'
import type { Asked } from '../signin/sign-in.ts'
import { parseClaims } from './external-mfa.ts'

const text = z.string().max(128)
const requested = z.looseObject({
  essential: z.boolean().optional(),
  value: text.nullish(),
  values: z.array(text).max(64).nullish(),
})
const Claims = z.looseObject({ id_token: z.record(z.string().max(128), requested.nullable()) })

type AskedClaim = Extract<Asked, { contract: 'custom-control' }>

/**
 * Reads what Entra asks, and refuses what we cannot honestly say: the control's own claim with its own value must be asked
 * for, and no other claim may be essential. For a control, other than for External MFA, that is a reason to refuse: Entra
 * asks for what its JSON lists, and lets nobody in whose answer lacks one of them (AADSTS50161).
 */
export function readAskedByCustomControl(claims: string | undefined, { control }: Integration): AskedClaim | Refusal {
  const parsed = Claims.safeParse(parseClaims(claims))
  if (!parsed.success)
    return refuse('asked.malformed', `claims: ${parsed.error.issues[0]?.path.join('.') || 'not an object'}`)
  const asked = new Map(Object.entries(parsed.data.id_token))
  const ours = asked.get(control.claimType)
  if (!ours) return refuse('asked.unmeetable', 'the control’s claim is not asked for')
  const accepted = [ours.value, ...(ours.values ?? [])]
  if (!accepted.includes(control.claimValue))
    return refuse('asked.unmeetable', 'the claim is asked for with another value')
  for (const [name, request] of asked) {
    if (name !== control.claimType && request?.essential)
      return refuse('asked.unmeetable', 'another claim is essential')
  }
  return { contract: 'custom-control', claimType: control.claimType, claimValue: control.claimValue }
}
