import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../base/clock.ts'
import { isRefusal, type Refusal, type RefusalCode } from '../base/refusal.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { Keys } from '../keys/keys.ts'
import type { SignIn } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import { phaseAt } from '../signin/transaction.ts'
import { claimForm, errorForm, type FormPost } from './form-post.ts'
import { signClaim, signingEvent } from './id-token.ts'
import { ending } from './stage.ts'

type Deps = {
  signIns: Pick<SignIns, 'takeAnswer' | 'cancel' | 'find'>
  integrations: Pick<Integrations, 'find'>
  keys: Keys
  audit: Audit
  clock: Clock
  publicUrl: string
}

/** What ends an approved sign-in without a claim, so that Entra is told. */
const withdrawals: readonly RefusalCode[] = ['integration.disabled', 'sign-in.withdrawn']

/**
 * Answers Entra with a claim, exactly once: the right to do so is taken atomically, with a record of what will be signed;
 * then it is signed, that is recorded too, and only then does it leave. For an integration that was switched off or removed
 * since the sign-in was opened, nothing is signed.
 */
export async function answer(signIn: SignIn, deps: Deps): Promise<FormPost | Refusal> {
  const isServed = async (): Promise<boolean> => (await deps.integrations.find(signIn.integrationId))?.enabled ?? false
  const issuedAt = deps.clock.now()
  const taken = await deps.signIns.takeAnswer(signIn, (current) => signingEvent(current, issuedAt), isServed)
  if (isRefusal(taken))
    return withdrawals.includes(taken.code) ? errorForm(signIn, 'access_denied', taken.sentence) : taken
  return claimForm(taken, await signClaim(taken, issuedAt, deps))
}

/** Leads the person back to Entra without a claim. An open sign-in ends by it; an approved or answered one has no error to give. */
export async function giveUp(signIn: SignIn, deps: Deps): Promise<FormPost | Refusal> {
  const now = deps.clock.now()
  const cancelled = await deps.signIns.cancel(signIn.id)
  const current = (await deps.signIns.find(signIn.id)) ?? signIn
  const phase = phaseAt(current, now)
  if (isRefusal(cancelled) && (phase === 'approved' || current.phase === 'answered')) return cancelled
  return errorForm(current, 'access_denied', ending(current, now).sentence)
}
