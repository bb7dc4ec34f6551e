// A Countersign that lives for years in a moment: it serves, is down, and its clock is set, while keys come and go. It knows
// what the keys' own code cannot: how long each key was really published.
import { ANNOUNCED_FOR, LOOKED_AWAY, phasesAt } from '../../src/keys/rotation.ts'
import { certificateUntil, isDue, settled, turnOf, withdrawAll, withNext } from '../../src/keys/schedule.ts'
import type { KeyBook, SigningKey } from '../../src/keys/signing-key.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const START = Date.UTC(2026, 10, 23)

export type World = ReturnType<typeof createWorld>

export function createWorld(rotateAfter: number) {
  let now = START
  let made = 0
  let book: KeyBook = { version: 0, seenAt: 0, keys: [] }
  /** For how long each key was published by a service that ran, or might not know better. */
  const published = new Map<string, number>()
  /** Keys that may sign at once. */
  const atOnce = new Set<string>()
  /** Whatever was found that must never be. */
  const faults: string[] = []

  const make = (signsFrom: number): SigningKey => {
    made++
    const material = { n: '', e: '', certificate: '', sealedPrivateKey: '' }
    return { kid: `k${made}`, ...material, createdAt: now, signsFrom, withdrawnAt: null }
  }
  const placed = () => phasesAt(book, now)
  const signing = () => placed().filter(({ phase }) => phase === 'signing')

  function look(): void {
    const found = signing()
    const [one] = found
    if (found.length !== 1 || !one) faults.push(`${found.length} keys sign`)
    else if (!atOnce.has(one.key.kid) && (published.get(one.key.kid) ?? 0) < ANNOUNCED_FOR)
      faults.push(`${one.key.kid} signs after ${(published.get(one.key.kid) ?? 0) / HOUR} h`)
    for (const { key, phase } of placed())
      if (key.withdrawnAt !== null && phase !== 'retired') faults.push(`${key.kid} is withdrawn and ${phase}`)
  }

  /** Time in which the service published what there was, or was away for less than it can notice. */
  function credit(time: number): void {
    for (const { key, phase } of placed())
      if (phase !== 'retired') published.set(key.kid, (published.get(key.kid) ?? 0) + time)
  }

  function tend(): void {
    book = settled(book, now).book
    if (isDue(book, now, rotateAfter)) book = withNext(book, make(turnOf(book, now)))
    look()
  }

  const first = make(now)
  atOnce.add(first.kid)
  book = withNext(book, first)

  return {
    faults,
    book: () => book,
    now: () => now,
    placed,
    signing: () => signing()[0]?.key as SigningKey,
    certificates: () => placed().filter(({ phase, key }) => phase !== 'retired' && certificateUntil(key) <= now),

    /** The service runs. `each` is called at every step. */
    serve(time: number, each: () => void = () => {}): void {
      for (let left = time; left > 0; ) {
        const waits = book.keys.some(({ signsFrom }) => signsFrom > book.seenAt)
        const step = Math.min(left, waits ? 40 * MINUTE : 12 * HOUR)
        credit(step)
        now += step
        left -= step
        look()
        tend()
        each()
      }
    },
    /** It does not, and is started again. */
    down(time: number): void {
      now += time
      if (now - book.seenAt <= LOOKED_AWAY) credit(time)
      tend()
    },
    /** The clock is set, while it runs. */
    jump(by: number): void {
      now += by
      if (now - book.seenAt <= LOOKED_AWAY && by > 0) credit(by)
      // Somebody signs in before anybody tends the keys.
      look()
      tend()
    },
    announce(): boolean {
      const current = settled(book, now).book
      if (phasesAt(current, now).some(({ phase }) => phase === 'announced')) return false
      book = withNext(current, make(turnOf(current, now)))
      look()
      return true
    },
    replaceAtOnce(): void {
      const current = settled(book, now).book
      const at = Math.max(now, current.seenAt)
      const key = make(at)
      atOnce.add(key.kid)
      book = withNext(withdrawAll(current, at).book, key)
      look()
    },
  }
}
