// How often a person may be rung for: somebody with a stolen password must not be able to tire them into a yes.
import type { PersonKey } from '../base/person.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Between two rings of one person, and so many in so long (docs/decisions/0015-push-limits.md). */
export const RING_GAP = 20 * SECOND
export const MOST_RINGS = 5
export const RING_WINDOW = 10 * MINUTE

/** Two sign-ins cancelled within so long, or one "this was not me": then nobody is rung for until so long after the last. */
export const QUIET = 15 * MINUTE
/** What was unwanted so long ago may matter: the first of two cancelled sign-ins lies before the one that began the quiet. */
export const UNWANTED_WINDOW = 2 * QUIET
export const DENIALS = 2

/** A sign-in that its person did not want. */
export type Unwanted = { at: number; kind: 'denied' | 'reported' }

export type RingLimit = { gap: number; most: number; window: number }
export const PERSON_LIMIT: RingLimit = { gap: RING_GAP, most: MOST_RINGS, window: RING_WINDOW }

export type Ring = { at: number; prompt: string }

export type RingStore = {
  /**
   * Writes a ring down if the limit allows it at `now`: the last one of this key is `gap` ago, and fewer than `most` lie
   * within `window`. Of racing callers no more than that succeed. False: nothing was written.
   */
  ring(key: string, prompt: string, now: number, limit: RingLimit): Promise<boolean>
  /** Rings of a key since an instant, oldest first. */
  since(key: string, since: number): Promise<Ring[]>
  /** What a person did not want since an instant, oldest first. Written by the moves of sign-ins. */
  unwanted(person: PersonKey, since: number): Promise<Unwanted[]>
  /** Forgets rings and unwanted sign-ins before an instant. */
  forget(before: number): Promise<void>
}

export const personRings = ({ tenantId, objectId }: PersonKey): string => `person:${tenantId}/${objectId}`
export const changesOf = (deviceId: string): string => `changes:${deviceId}`
export const testRings = (deviceId: string): string => `test:${deviceId}`
export const promptOf = (signInId: string, promptNumber: number): string => `${signInId}#${promptNumber}`
export const isRingOf = (signInId: string, { prompt }: Ring): boolean => prompt.startsWith(`${signInId}#`)

/** Whole seconds until an instant, for a Retry-After: at least one. */
export const secondsUntil = (until: number, now: number): number => Math.max(1, Math.ceil((until - now) / 1000))

/** The earliest instant at which a ring is allowed; `now` or earlier when it is allowed at once. */
export function nextRing(rings: readonly Ring[], now: number, { gap, most, window }: RingLimit): number {
  const within = rings.map(({ at }) => at).filter((at) => at > now - window)
  const last = within.at(-1)
  const full = within.length >= most ? (within[within.length - most] ?? 0) + window : 0
  return Math.max(last === undefined ? 0 : last + gap, full)
}

/** Writes a ring down, if the limit allows it; else gives the seconds until it does. */
export async function takeRing(
  rings: Pick<RingStore, 'ring' | 'since'>,
  key: string,
  prompt: string,
  now: number,
  limit: RingLimit,
): Promise<true | number> {
  if (await rings.ring(key, prompt, now, limit)) return true
  return secondsUntil(nextRing(await rings.since(key, now - limit.window), now, limit), now)
}

/** Until when nobody is rung for; 0 when nothing speaks against it. */
export function quietUntil(unwanted: readonly Unwanted[], now: number): number {
  const isQuieting = ({ at, kind }: Unwanted): boolean =>
    kind === 'reported' ||
    unwanted.filter((each) => each.kind === kind && each.at <= at && each.at > at - QUIET).length >= DENIALS
  const last = unwanted.findLast(isQuieting)
  return last && last.at + QUIET > now ? last.at + QUIET : 0
}
