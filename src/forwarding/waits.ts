// When a record that was not taken is tried again, and for how long it may hold up those behind it.
import type { Random } from '../base/random.ts'
import type { Trouble } from './destination.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Before each further try. The last one is 7 hours 13 minutes after the first, and some more by chance. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR] as const
/** A destination whose records are never put aside is asked this often. */
const LONGEST_FOR_EVER = 2 * MINUTE

/**
 * After so many tries, two and a half minutes after the first, another record is tried beside it, and then this often while
 * any waits: if that one is taken, the receiver is well, and a record that is still not taken goes to the dead letters. So one
 * that is never taken holds up the others for some minutes, and a receiver that was away for hours is found again as soon.
 */
const ASK_ANOTHER_AFTER = 4
const ASK_ANOTHER_EVERY = 2 * MINUTE

/** How long to wait after so many tries; undefined: it is not tried again. Up to a fifth longer, so that not all come at once. */
export function waitAfter(tries: number, givesUp: boolean, random: Random): number | undefined {
  const wait = WAITS[tries - 1]
  const chosen = givesUp ? wait : Math.min(wait ?? LONGEST_FOR_EVER, LONGEST_FOR_EVER)
  return chosen === undefined ? undefined : chosen + random.below(chosen / 5)
}

/**
 * Whether a record is tried again, `lastAt` being when anything was tried. A try that lies ahead was dated by a clock that has
 * been put right since, and so was what it set: nothing is told of how long to wait.
 */
export const isTimeFor = ({ nextAt }: Trouble, lastAt: number, now: number): boolean => now >= nextAt || lastAt > now

export const asksAnother = (tries: number): boolean => tries >= ASK_ANOTHER_AFTER

/** The same between two tries, `lastAt` being when anything was tried. */
export const asksAnotherNow = (tries: number, lastAt: number, now: number): boolean =>
  asksAnother(tries) && now >= lastAt + ASK_ANOTHER_EVERY
