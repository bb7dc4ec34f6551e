// The states of a sign-in and its allowed moves. Pure: a move is decided here and made by the store, if nobody was faster.
import { instant } from '../base/clock.ts'
import { sha256 } from '../base/digest.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import { isEnd } from './phases.ts'
import type { PendingDevice, Phase, Proof, Shown, SignIn } from './sign-in.ts'

const SECOND = 1000

/** Entra drops an attempt after about five minutes (Microsoft Learn, 2026); ours ends before that. */
export const SIGN_IN_LIFE = 240 * SECOND

/** NIST SP 800-63B-4 section 3.1.3 allows 10 minutes; a person who is there needs far less. */
export const PROMPT_LIFE = 90 * SECOND

/** Wrong numbers that end a prompt. */
export const TRIES = 3

/** Wrong invitation codes that end the offer to type one in this sign-in. */
export const INVITATION_TRIES = 5

/** Sign-ins of one person that may be open at once, so that a stolen password cannot occupy the only place. */
export const MAX_OPEN = 3

export const isOver = (signIn: SignIn, now: number): boolean => signIn.phase !== 'open' || now >= signIn.expiresAt

/** Whether time is over for a sign-in that has come to no end. */
const hasRunOut = ({ phase, expiresAt }: SignIn, now: number): boolean => !isEnd(phase) && now >= expiresAt

/** The phase as it is at `now`: an open sign-in past its time has expired, whether or not that was written yet. */
export const phaseAt = (signIn: SignIn, now: number): Phase => (hasRunOut(signIn, now) ? 'expired' : signIn.phase)

/** Whether devices can decide now. */
export const isAsking = (signIn: SignIn, now: number): boolean =>
  !isOver(signIn, now) && signIn.prompt !== null && now < signIn.prompt.expiresAt && signIn.prompt.wrong.length < TRIES

const moved = (signIn: SignIn, change: Partial<SignIn>): SignIn => ({
  ...signIn,
  ...change,
  version: signIn.version + 1,
})

/** A move that changes nothing: something is put on record, and whoever waits looks again. */
export const leaveAsIs = (signIn: SignIn): SignIn => moved(signIn, {})

/** What the phone shows for the current prompt. */
export function shownOf(signIn: SignIn): Shown {
  return {
    signInId: signIn.id,
    promptNumber: signIn.prompt?.number ?? 0,
    integrationId: signIn.integrationId,
    integrationName: signIn.integrationName,
    person: signIn.person,
    application: signIn.application,
    address: signIn.address,
    place: signIn.place,
    browser: signIn.browser,
    requestedAt: instant(signIn.openedAt),
  }
}

/**
 * Asks the devices, with digits of its own. Refuses when they are being asked, when the sign-in is over, and while a ticket
 * is shown: then the phone that redeems it is asked, and no other.
 */
export function openPrompt(signIn: SignIn, now: number, digits: string): SignIn | Refusal {
  if (isOver(signIn, now)) return refuse('sign-in.ended', `prompt in phase ${phaseAt(signIn, now)}`)
  if (isAsking(signIn, now)) return refuse('prompt.open', 'a prompt is open')
  if (signIn.ticket && !signIn.pendingDevice) return refuse('sign-in.undecided', 'a phone is to be added first')
  const number = (signIn.prompt?.number ?? 0) + 1
  const prompt = { number, digits, openedAt: now, expiresAt: Math.min(now + PROMPT_LIFE, signIn.expiresAt), wrong: [] }
  return moved(signIn, { prompt })
}

/** A typed invitation was right: from now on the ticket is shown, and devices asked so far are not asked any more. */
export function admitInvitation(
  signIn: SignIn,
  now: number,
  invitationId: string,
  ticket: { ticketDigest: string; codeDigest: string },
): SignIn | Refusal {
  if (isOver(signIn, now)) return refuse('sign-in.ended', `invitation in phase ${phaseAt(signIn, now)}`)
  if (!signIn.invitable || signIn.pendingDevice) return refuse('enrolment.unavailable', 'no invitation is taken here')
  // The prompt ends, and is kept: the next one has the next number, so that no two of a sign-in are called the same.
  const prompt = signIn.prompt && { ...signIn.prompt, expiresAt: Math.min(now, signIn.prompt.expiresAt) }
  return moved(signIn, { invitationId, ticket, invitable: false, prompt })
}

/**
 * Takes one of the INVITATION_TRIES to type a code. It is taken before the code is looked at, so that codes typed at the same
 * moment are no more than that.
 */
export function takeInvitationTry(signIn: SignIn, now: number): SignIn | Refusal {
  if (isOver(signIn, now)) return refuse('sign-in.ended', `invitation in phase ${phaseAt(signIn, now)}`)
  if (!canTypeInvitation(signIn)) return refuse('enrolment.unavailable', 'no invitation is taken here')
  return moved(signIn, { invitationTries: signIn.invitationTries + 1 })
}

/** Whether the page offers to type an invitation code. */
export const canTypeInvitation = ({ invitable, invitationTries, pendingDevice }: SignIn): boolean =>
  invitable && !pendingDevice && invitationTries < INVITATION_TRIES

/** Spends the ticket: the device becomes the pending one and is asked at once. Works for one device, once. */
export function redeemTicket(signIn: SignIn, now: number, device: PendingDevice, digits: string): SignIn | Refusal {
  if (isOver(signIn, now)) return refuse('code.refused', `ticket in phase ${phaseAt(signIn, now)}`)
  if (!signIn.ticket || signIn.pendingDevice) return refuse('code.refused', 'the ticket is spent')
  return openPrompt({ ...signIn, pendingDevice: device }, now, digits)
}

/** What Entra may be answered about once: a nonce and state of its own, by one client. */
export const askedDigest = ({ clientId, nonce, state }: Pick<SignIn, 'clientId' | 'nonce' | 'state'>): string =>
  sha256(`asked:${JSON.stringify([clientId, nonce, state])}`)

export type Verdict = 'approve' | 'cancel' | 'not-me'

const outcomes = { approve: 'approved', cancel: 'denied', 'not-me': 'reported' } as const

/**
 * Records a decision. The caller has verified that an entitled device signed it, over what was shown.
 * - the prompt is the current one, open, and not spoilt by TRIES wrong numbers,
 * - to approve, the number typed is the one on the sign-in page.
 * A wrong number is a move too: it is counted.
 */
export function decide(
  signIn: SignIn,
  now: number,
  input: {
    verdict: Verdict
    number: string | undefined
    promptNumber: number
    deviceId: string
    approvalDigest: string
    proof: Proof
  },
): { next: SignIn; outcome: 'approved' | 'denied' | 'reported' | 'wrong-number' } | Refusal {
  if (!isAsking(signIn, now) || !signIn.prompt)
    return refuse('decision.ended', `decision in phase ${phaseAt(signIn, now)}`)
  if (signIn.prompt.number !== input.promptNumber) return refuse('decision.ended', 'decision for an earlier prompt')
  if (input.verdict === 'approve' && input.number !== signIn.prompt.digits) {
    const wrong = [...signIn.prompt.wrong, input.approvalDigest]
    return { next: moved(signIn, { prompt: { ...signIn.prompt, wrong } }), outcome: 'wrong-number' }
  }
  const outcome = outcomes[input.verdict]
  const proof = outcome === 'approved' ? input.proof : null
  const decision = { deviceId: input.deviceId, approvalDigest: input.approvalDigest, proof, at: now }
  return { next: moved(signIn, { phase: outcome, decision }), outcome }
}

/** Takes the one right to answer Entra with a claim. Only from approved, only once, only within the sign-in's life. */
export function takeAnswer(signIn: SignIn, now: number): SignIn | Refusal {
  if (signIn.phase === 'answered') return refuse('sign-in.answered', 'a claim was taken already')
  if (phaseAt(signIn, now) === 'expired') return refuse('sign-in.ended', 'approved, and never fetched in time')
  if (signIn.phase === 'open') return refuse('sign-in.undecided', 'answer asked for while open')
  if (signIn.phase !== 'approved') return refuse('sign-in.ended', `answer asked for in phase ${signIn.phase}`)
  return moved(signIn, { phase: 'answered' })
}

/** What was approved came to nothing before it was answered. */
export const withdraw = (signIn: SignIn, now: number): SignIn | Refusal =>
  phaseAt(signIn, now) === 'approved'
    ? moved(signIn, { phase: 'cancelled' })
    : refuse('sign-in.ended', `nothing to withdraw in phase ${phaseAt(signIn, now)}`)

/** The person gave up in the browser. */
export const cancel = (signIn: SignIn, now: number): SignIn | Refusal =>
  isOver(signIn, now)
    ? refuse('sign-in.ended', `cancel in phase ${phaseAt(signIn, now)}`)
    : moved(signIn, { phase: 'cancelled' })

/** Writes down that time is over. */
export const expire = (signIn: SignIn, now: number): SignIn | Refusal =>
  hasRunOut(signIn, now) ? moved(signIn, { phase: 'expired' }) : refuse('sign-in.ended', 'not due')
