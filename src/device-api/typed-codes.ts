// Short codes typed on a phone, which could be guessed at: 60 bits, for four minutes. Wrong ones make their network wait, ten
// minutes at first, then a day. A ticket that was scanned has 128 bits and no limit, so that nobody can keep colleagues in
// the same network from binding their phones. A flood from many networks is counted up to a limit too: beyond it wrong codes are
// answered as ever, nobody waits for it, and nothing is written.
import type { Audit } from '../audit/audit.ts'
import { networkOf } from '../audit/network.ts'
import { type Clock, instant } from '../base/clock.ts'
import { createFailureLimit } from '../base/failure-limit.ts'
import type { LimitStore } from '../base/limit-store.ts'
import { type Refusal, refuse } from '../base/refusal.ts'

const MINUTE = 60_000
const RULES = [
  { kind: 'wrong-codes', most: 10, windowMs: 10 * MINUTE },
  { kind: 'wrong-codes-of-day', most: 30, windowMs: 24 * 60 * MINUTE },
]

const OF_ALL = { kind: 'wrong-codes-of-all', most: 1000, windowMs: MINUTE }
const ALL = 'all'

export type TypedCodes = ReturnType<typeof createTypedCodes>

export function createTypedCodes(deps: { limits: LimitStore; audit: Pick<Audit, 'record'>; clock: Clock }) {
  const { limits, audit, clock } = deps
  const rules = RULES.map((rule) => createFailureLimit({ store: limits, clock, rule }))
  const all = createFailureLimit({ store: limits, clock, rule: OF_ALL })

  const wait = (until: number): Refusal =>
    refuse('code.too-many', 'too many wrong codes', {
      retryAfterSeconds: Math.max(1, Math.ceil((until - clock.now()) / 1000)),
    })

  return {
    /** Whether a code of this network is looked at now. */
    allow(address: string): true | Refusal {
      const network = networkOf(address)
      const until = Math.max(...rules.map((rule) => rule.until(network)))
      return until > 0 ? wait(until) : true
    },

    /** Counts a wrong one. Gives the refusal of one too many, else nothing. */
    async wrong(address: string): Promise<Refusal | undefined> {
      if (all.until(ALL) > 0) return undefined
      const ofAll = await all.failed(ALL)
      if (ofAll.justNow) await audit.record({ type: 'limit.reached', of: 'all-codes', until: instant(ofAll.over) })
      if (ofAll.over > 0) return undefined
      const network = networkOf(address)
      const counted = await Promise.all(rules.map((rule) => rule.failed(network)))
      const until = Math.max(...counted.map(({ over }) => over))
      if (counted.some(({ justNow }) => justNow))
        await audit.record({ type: 'limit.reached', of: 'codes', address: network, until: instant(until) })
      return until > 0 ? wait(until) : undefined
    },
  }
}
