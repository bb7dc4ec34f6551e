import type { PendingSignIn, Shown } from '../../device-api/contract.ts'

/** A sign-in that waits for this phone. Instants are `performance.now()` values: the phone's clock plays no part. */
export type Waiting = {
  shown: Shown
  digits: number
  deadline: number
  /** The time left when it was first seen: the whole length of the bar. */
  allowance: number
  requestedAt: number | undefined
}

export function toWaiting(
  pending: PendingSignIn,
  serverTime: number | undefined,
  now: number,
  earlier?: Waiting,
): Waiting {
  const asked = Date.parse(pending.shown.requestedAt)
  const age = serverTime === undefined || Number.isNaN(asked) ? undefined : Math.max(0, serverTime - asked)
  return {
    shown: pending.shown,
    digits: pending.digits,
    deadline: now + pending.millisecondsLeft,
    allowance: Math.max(earlier?.allowance ?? 0, pending.millisecondsLeft, 1),
    requestedAt: earlier?.requestedAt ?? (age === undefined ? undefined : now - age),
  }
}

/** Asking again makes a new prompt, with a number of its own. */
export function promptName(shown: Shown): string {
  return `${shown.signInId}#${shown.promptNumber}`
}

export function samePrompt(one: Shown, other: Shown): boolean {
  return promptName(one) === promptName(other)
}

/** Whether there is time left. */
export const isOpen = ({ deadline }: Waiting): boolean => deadline > performance.now()
