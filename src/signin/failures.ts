// What a person got wrong in a row, and for how long they must wait. Only a success ends a row, or an administrator: nothing
// that is newly issued does, no prompt, no sign-in and no invitation.
import type { PersonKey } from '../base/person.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

/** A wrong number typed on an entitled device; a wrong invitation code typed on the sign-in page. */
export type FailureKind = 'number' | 'code'

/** Failures of one kind in a row, over all sign-ins of the person. */
export type Failures = { count: number; lastAt: number }

export type FailureStore = {
  /** Failures of a kind; none: a count of 0. They are counted and ended by the moves of sign-ins (Effects). */
  failures(person: PersonKey, kind: FailureKind): Promise<Failures>
}

/**
 * NIST SP 800-63B-4 section 3.2.2: waits that grow, and an end at 100 failures at most. A number is typed in a hurry; a code
 * is read from paper, and no honest person gets it wrong ten times.
 */
const rules: Record<FailureKind, { firstWaitAfter: number; stopAfter: number }> = {
  number: { firstWaitAfter: 3, stopAfter: 20 },
  code: { firstWaitAfter: 5, stopAfter: 10 },
}

/** The wait after so many failures: none at first, then 30 seconds, doubling up to an hour. Milliseconds. */
export const waitAfter = (kind: FailureKind, count: number): number => {
  const beyond = count - rules[kind].firstWaitAfter
  return beyond < 0 ? 0 : Math.min(30 * SECOND * 2 ** Math.min(beyond, 10), HOUR)
}

/** Whether only an administrator can end it. */
export const isLocked = (kind: FailureKind, count: number): boolean => count >= rules[kind].stopAfter

/** Whether this failure is the one that locks. */
export const locksNow = (kind: FailureKind, before: Failures): boolean =>
  !isLocked(kind, before.count) && isLocked(kind, before.count + 1)

/**
 * Milliseconds that are left to wait at `now`; Infinity when only an administrator can end it. A clock that was set back makes
 * nobody wait longer than the whole wait.
 */
export const waitLeft = (kind: FailureKind, { count, lastAt }: Failures, now: number): number => {
  if (isLocked(kind, count)) return Number.POSITIVE_INFINITY
  const wait = waitAfter(kind, count)
  return Math.min(wait, Math.max(0, lastAt + wait - now))
}
