import type { Via } from './administrator.ts'

/** A browser that is signed in. Its secret is in its cookie only; the store has the digest. */
export type Session = {
  id: string
  digest: string
  administratorId: string
  via: Via
  address: string
  browser: string
  startedAt: number
  /** Written once a minute at most. */
  lastSeenAt: number
  /** When its administrator last proved to be there: at sign-in, and at each step-up. */
  steppedUpAt: number
}

const MINUTE = 60_000
/** Who walks away is signed out: as NIST SP 800-63B-4 section 2.3.3 has it for AAL3. */
export const IDLE = 15 * MINUTE
/** ... and everybody after a working day; the same section has 12 hours. */
export const LONGEST = 8 * 60 * MINUTE
/** What is dangerous needs a proof as fresh as this. */
export const FRESH = 5 * MINUTE
/** A session that is used is written this often, no more. */
export const SEEN_EVERY = MINUTE

export const isAlive = ({ startedAt, lastSeenAt }: Session, now: number): boolean =>
  now < startedAt + LONGEST && now < lastSeenAt + IDLE

export const isFresh = ({ steppedUpAt }: Session, now: number): boolean => now < steppedUpAt + FRESH
