// What the service does to the keys by itself: when it announces the next one, and what it mends after it was down or the
// clock was wrong. Pure functions of time. Why so: docs/decisions/0020-keys-that-roll.md
import { CERTIFICATE_LIFE, CERTIFIED_BEFORE } from './certificate.ts'
import {
  ANNOUNCED_FOR,
  byBook,
  LOOKED_AWAY,
  type Placed,
  phasesAt,
  publishedUntil,
  RETIRING_FOR,
  TOKEN_LIFE,
} from './rotation.ts'
import type { KeyBook, SigningKey } from './signing-key.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** How often it is noted that an announced key is being published. */
const NOTED_EVERY = 10 * MINUTE

/** What is left of a certificate when its key gets a successor at the latest: the successor's turn, and a week to spare. */
const CERTIFICATE_SPARE = ANNOUNCED_FOR + RETIRING_FOR + TOKEN_LIFE + 7 * DAY

type Dated = Pick<SigningKey, 'createdAt'>

export const certificateUntil = ({ createdAt }: Dated): number => createdAt + CERTIFICATE_LIFE

/** Whether a key's certificate holds now and for its turn. One that was made by a wrong clock may not. */
const isCertified = (key: Dated, now: number): boolean =>
  key.createdAt - CERTIFIED_BEFORE <= now && certificateUntil(key) >= now + CERTIFICATE_SPARE

/**
 * Whether a successor is to be announced at `now`: so that no key signs for longer than `rotateAfter`, and none outlives its
 * certificate. Never while one is announced already.
 */
export function isDue(book: KeyBook, now: number, rotateAfter: number): boolean {
  const placed = phasesAt(book, now)
  const signing = placed.find(({ phase }) => phase === 'signing')?.key
  if (!signing || placed.some(({ phase }) => phase === 'announced')) return false
  return now >= signing.signsFrom + rotateAfter - ANNOUNCED_FOR || !isCertified(signing, now)
}

export type Settled = {
  book: KeyBook
  /** Keys whose turn was moved. */
  moved: SigningKey[]
  /** Announced keys that are of no use any more. */
  dropped: SigningKey[]
}

/**
 * The book as it must be at `now`, for somebody who sees to it that its keys are published: the same object when nothing is
 * to be written.
 *
 * After more than an hour in which nobody looked (the service was down, or the clock was set), an announced key keeps what
 * was left of its 48 hours, counted from now. One whose certificate no longer fits is dropped; it has signed nothing. After
 * the clock went back, what has begun to sign goes on: from now, by this clock.
 */
export function settled(book: KeyBook, now: number): Settled {
  const { keys, seenAt } = book
  const away = now - seenAt
  const waits = keys.some(({ withdrawnAt, signsFrom }) => withdrawnAt === null && signsFrom > seenAt)
  const nothing = { book, moved: [], dropped: [] }
  if (Math.abs(away) <= LOOKED_AWAY)
    return waits && away >= NOTED_EVERY ? { ...nothing, book: { ...book, seenAt: now } } : nothing
  if (away > 0 && !waits) return nothing

  const mended = phasesAt(book, now).map(({ key, phase }) => mend(key, phase === 'announced', seenAt, now))
  const changed = mended.filter((key, i) => key !== keys[i])
  return {
    book: { ...book, seenAt: now, keys: mended },
    moved: changed.filter(({ withdrawnAt }) => withdrawnAt === null),
    dropped: changed.filter(({ withdrawnAt }) => withdrawnAt !== null),
  }
}

function mend(key: SigningKey, isAnnounced: boolean, seenAt: number, now: number): SigningKey {
  if (key.withdrawnAt !== null) return key
  if (!isAnnounced) return key.signsFrom > now ? { ...key, signsFrom: now } : key
  if (!isCertified(key, now)) return { ...key, withdrawnAt: now }
  return { ...key, signsFrom: now + Math.min(ANNOUNCED_FOR, key.signsFrom - seenAt) }
}

/** From when a key signs that is announced at `now`: 48 hours by the book, which a clock that went back a little is behind. */
export const turnOf = (book: KeyBook, now: number): number => byBook(book, now) + ANNOUNCED_FOR

/** A book with one more key, which is published from now on. */
export const withNext = (book: KeyBook, key: SigningKey): KeyBook => ({
  ...book,
  seenAt: byBook(book, key.createdAt),
  keys: [...book.keys, key],
})

/** A book whose keys are published no more, and those of them that were until `at`. */
export function withdrawAll(book: KeyBook, at: number): { book: KeyBook; lost: SigningKey[] } {
  const placed = phasesAt(book, at)
  const keys = placed.map(({ key, phase }) => (phase === 'retired' ? key : { ...key, withdrawnAt: at }))
  return { book: { ...book, keys }, lost: keys.filter((_, i) => placed[i]?.phase !== 'retired') }
}

/** A key, what it does, and until when. */
export type Scheduled = Omit<Placed<SigningKey>, 'publishedUntil'> & {
  publishedUntil: number
  certificateUntil: number
  /** Whether the two ends are the schedule's: no successor is announced yet. */
  isPlanned: boolean
}

/** Every key with all of its times, the planned ones too. */
export function timetableAt(book: KeyBook, now: number, rotateAfter: number): Scheduled[] {
  return phasesAt(book, now).map((placed) => {
    const { key, publishedUntil: until } = placed
    const certificate = { certificateUntil: certificateUntil(key) }
    if (until !== null) return { ...placed, ...certificate, publishedUntil: until, isPlanned: false }
    // What is due already is announced at once, and takes over two days later.
    const signsUntil = Math.max(key.signsFrom + rotateAfter, now + ANNOUNCED_FOR)
    return { ...placed, ...certificate, signsUntil, publishedUntil: publishedUntil(signsUntil), isPlanned: true }
  })
}
