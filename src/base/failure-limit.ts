import type { Clock } from './clock.ts'
import type { LimitStore } from './limit-store.ts'

/** So many failures of one key in so many milliseconds. */
export type FailureRule = { kind: string; most: number; windowMs: number }

export type FailureLimit = ReturnType<typeof createFailureLimit>

/**
 * Limits what fails, by key: a network, a tenant. What succeeds is never counted, and costs nothing. Failures are counted in
 * the store, so that a limit holds across nodes and restarts; a key that is over its limit is remembered here until its
 * window ends, so that a flood writes no more than the limit is. At most `remember` keys are.
 */
export function createFailureLimit(options: { store: LimitStore; clock: Clock; rule: FailureRule; remember?: number }) {
  const { store, clock, rule, remember = 10_000 } = options
  const over = new Map<string, number>()

  /** Until when the key is over its limit; 0 when it is not, as far as this process knows. */
  function until(key: string): number {
    const end = over.get(key) ?? 0
    if (end > clock.now()) return end
    over.delete(key)
    return 0
  }

  return {
    until,
    /**
     * Counts a failure. `over` says until when the key is over its limit, 0 when it is not; `justNow`: that it is since this
     * very failure, of all nodes' ones.
     */
    async failed(key: string): Promise<{ over: number; justNow: boolean }> {
      const known = until(key)
      if (known > 0) return { over: known, justNow: false }
      const { hits, resetAt } = await store.hit(`${rule.kind}:${key}`, rule.windowMs, clock.now())
      if (hits <= rule.most) return { over: 0, justNow: false }
      over.set(key, resetAt)
      const oldest = over.keys().next().value
      if (over.size > remember && oldest !== undefined) over.delete(oldest)
      return { over: resetAt, justNow: hits === rule.most + 1 }
    },
  }
}
