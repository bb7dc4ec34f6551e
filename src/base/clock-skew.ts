// How far our clock is from Entra's. A claim that we date wrongly, or a hint that we judge by a wrong time, fails sign-ins
// with words that name no clock: so that the clock is named here.
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

const SECOND = 1000

/** From here on it is told: in the log, in the console, in `/readyz`. Milliseconds, either way. */
export const SKEW_TOLD = 30 * SECOND
/** Beyond this we are not ready: a hint may lie this far in the future (entra/verify-hint.ts), and Entra allows no more. */
export const SKEW_ALLOWED = 60 * SECOND

/** What a hint proved counts this long, unless Entra's keys are fetched meanwhile. A single server's clock may be wrong. */
const HINT_COUNTS = 600 * SECOND
/** What an answer proved: keys are fetched once an hour. */
const ANSWER_COUNTS = 25 * 3600 * SECOND

/** By how much our clock is wrong at least: positive when it is behind Entra's. Milliseconds. */
export type Skew = { milliseconds: number; from: 'answer' | 'hint'; measuredAt: number }

export type ClockSkew = ReturnType<typeof createClockSkew>

/**
 * Measures our clock against Entra's, from what comes along anyway. Both are lower bounds, so that neither a slow network nor
 * the whole seconds of a header count as a wrong clock:
 * - the `Date` of an answer (RFC 9110 section 6.6.1), which was true at some instant between asking and being answered,
 * - a verified hint that was issued in our future. One issued in our past proves nothing: its person may have dawdled.
 */
export function createClockSkew({ clock, log }: { clock: Clock; log: Log }) {
  let newest: Skew | undefined
  let told = false

  function note(skew: Skew): void {
    newest = skew
    const isWrong = Math.abs(skew.milliseconds) >= SKEW_TOLD
    if (isWrong && !told) log.warn({ milliseconds: skew.milliseconds, from: skew.from }, wordsOf(skew))
    if (!isWrong && told) log.warn({ milliseconds: skew.milliseconds }, 'the clock agrees with Microsoft’s again')
    told = isWrong
  }

  function current(): Skew | undefined {
    if (!newest) return undefined
    const age = clock.now() - newest.measuredAt
    // Measured in our future: our clock was set back since, and how far is not known.
    return age >= 0 && age <= (newest.from === 'hint' ? HINT_COUNTS : ANSWER_COUNTS) ? newest : undefined
  }

  /** Takes the headers of an answer of Entra that was asked for at `askedAt`. Says nothing of one without a date. */
  function answered(headers: Pick<Headers, 'get'>, askedAt: number): void {
    const date = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(date)) return
    // What a cache kept was dated so long ago (RFC 9111 section 5.1).
    const age = /^\d{1,9}$/.test(headers.get('age') ?? '') ? Number(headers.get('age')) * SECOND : 0
    const now = clock.now()
    // Both are whole seconds, cut off.
    const most = date + age + (age > 0 ? 2 : 1) * SECOND - askedAt
    const least = date + age - now
    note({ milliseconds: least > 0 ? least : Math.min(0, most), from: 'answer', measuredAt: now })
  }

  return {
    /** The same fetch, measured by. */
    measuring:
      <R extends { headers: Pick<Headers, 'get'> }>(fetch: (url: string, init: RequestInit) => Promise<R>) =>
      async (url: string, init: RequestInit): Promise<R> => {
        const askedAt = clock.now()
        const response = await fetch(url, init)
        answered(response.headers, askedAt)
        return response
      },

    /** Takes when a verified hint was issued, by Entra's clock. */
    hintIssued(issuedAt: number): void {
      const now = clock.now()
      if (issuedAt - now <= Math.abs(current()?.milliseconds ?? 0)) return
      note({ milliseconds: issuedAt - now, from: 'hint', measuredAt: now })
    },

    /** What is known now; undefined before anything was measured, and when that was too long ago. */
    current,

    /** In one sentence, when it is to be told; `grave` when we are not ready for it. */
    trouble(): { sentence: string; grave: boolean } | undefined {
      const skew = current()
      if (!skew || Math.abs(skew.milliseconds) < SKEW_TOLD) return undefined
      return { sentence: wordsOf(skew), grave: Math.abs(skew.milliseconds) > SKEW_ALLOWED }
    },
  }
}

const wordsOf = ({ milliseconds }: Skew): string =>
  `the clock of this machine is at least ${Math.floor(Math.abs(milliseconds) / SECOND)} seconds ${
    milliseconds > 0 ? 'behind' : 'ahead of'
  } Microsoft’s`
