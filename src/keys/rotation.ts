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

export type Phase = 'announced' | 'signing' | 'retiring' | 'retired'

type Timed = Pick<SigningKey, 'signsFrom'>

/** From when a key need not be published any more, by the key that follows it. */
export const publishedUntil = (successor: Timed): number => successor.signsFrom + RETIRING_FOR + TOKEN_LIFE

/** The phase of each key at instant `now` (milliseconds), oldest first. At most one is `signing`. */
export function phasesAt<K extends Timed>(keys: readonly K[], now: number): { key: K; phase: Phase }[] {
  const ordered = [...keys].sort((a, b) => a.signsFrom - b.signsFrom)
  return ordered.map((key, i) => {
    if (key.signsFrom > now) return { key, phase: 'announced' as const }
    const successor = ordered[i + 1]
    if (!successor || successor.signsFrom > now) return { key, phase: 'signing' as const }
    const retired = now >= publishedUntil(successor)
    return { key, phase: retired ? ('retired' as const) : ('retiring' as const) }
  })
}
