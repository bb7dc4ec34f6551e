// Which key does what at an instant: a pure function of time, so that restarts and other nodes agree.
import type { SigningKey } from './signing-key.ts'

const HOUR = 3_600_000

/**
 * How long a key is published before it signs, and after it has stopped. Entra caches our keys for 24 h, and Microsoft
 * asks to sign with the old one until caches were refreshed, "every 2 days"
 * (Microsoft Learn: External MFA method provider reference, "Key rollover").
 */
export const ANNOUNCED_FOR = 48 * HOUR
export const RETIRING_FOR = 48 * HOUR

/** How long a claim of ours is good for: its key must stay published that much longer. */
export const TOKEN_LIFE = 5 * 60_000

/** Whoever looked away for longer than this knows neither that keys were published meanwhile nor that the clock is right. */
export const LOOKED_AWAY = HOUR

export type Phase = 'announced' | 'signing' | 'retiring' | 'retired'

type Timed = Pick<SigningKey, 'signsFrom' | 'withdrawnAt'>
type Book<K> = { seenAt: number; keys: readonly K[] }

export type Placed<K> = {
  key: K
  phase: Phase
  /** When it stops signing, or stopped; null: no other key is there to follow it, or it never signs. */
  signsUntil: number | null
  /** From when it is published no more; null: no other key is there to follow it. */
  publishedUntil: number | null
}

/** From when a key need not be published any more that stops signing at `signsUntil`. */
export const publishedUntil = (signsUntil: number): number => signsUntil + RETIRING_FOR + TOKEN_LIFE

/** The time by a book that was seen last at `seenAt`: when the clock goes back, what has happened is not undone. */
export const byBook = ({ seenAt }: { seenAt: number }, now: number): number => Math.max(now, seenAt)

/**
 * How far the timetable has come: to now, as far as somebody watched. After an hour unwatched it stands still, for what was
 * announced may not have been published meanwhile; when the clock goes back, what has begun is not undone.
 */
const reachedAt = (seenAt: number, now: number): number =>
  now > seenAt + LOOKED_AWAY ? seenAt : byBook({ seenAt }, now)

/**
 * The phase of each key at instant `now` (milliseconds), in the order in which they were made. Where there is a key that was
 * not withdrawn, exactly one is `signing`: the last that has begun. If none has, it is the first: Entra has read that one
 * if it has read any.
 */
export function phasesAt<K extends Timed>({ keys, seenAt }: Book<K>, now: number): Placed<K>[] {
  const reached = reachedAt(seenAt, now)
  const hasBegun = ({ signsFrom, withdrawnAt }: Timed): boolean => signsFrom <= (withdrawnAt ?? reached)
  const isLive = ({ withdrawnAt }: Timed): boolean => withdrawnAt === null
  const begun = keys.findLastIndex((key) => isLive(key) && hasBegun(key))
  const signing = begun >= 0 ? begun : keys.findIndex(isLive)
  const earliest = (instants: number[]): number | null => (instants.length > 0 ? Math.min(...instants) : null)

  return keys.map((key, i) => {
    const { withdrawnAt } = key
    if (withdrawnAt !== null) {
      const signsUntil = hasBegun(key) ? (earliest(startsOf(keys.slice(i + 1).filter(hasBegun))) ?? withdrawnAt) : null
      return { key, phase: 'retired', signsUntil, publishedUntil: withdrawnAt }
    }
    const later = keys.slice(i + 1)
    // A key that was withdrawn later has ended this one all the same.
    const followers = i < signing ? later.filter(hasBegun) : later.filter(isLive)
    const signsUntil = earliest(startsOf(followers))
    const until = signsUntil === null ? null : publishedUntil(signsUntil)
    if (i > signing) return { key, phase: 'announced', signsUntil, publishedUntil: until }
    if (i === signing) return { key, phase: 'signing', signsUntil, publishedUntil: until }
    return { key, phase: now >= (until ?? now) ? 'retired' : 'retiring', signsUntil, publishedUntil: until }
  })
}

const startsOf = (keys: readonly Timed[]): number[] => keys.map(({ signsFrom }) => signsFrom)
