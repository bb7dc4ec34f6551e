type Ring = { abort: AbortController; done: Promise<void> }

/** The rings under way, by sign-in: what ends a prompt stops them, and comes after them. */
export function createUnderWay() {
  const bySignIn = new Map<string, Set<Ring>>()
  const abortAll = (rings: Iterable<Ring>): void => {
    for (const { abort } of rings) abort.abort()
  }

  return {
    /** Does a ring, which is told when it is stopped and may stop the earlier ones. It is under way before this returns. */
    add(signInId: string, work: (stopped: AbortSignal, stopOthers: () => void) => Promise<void>): Promise<void> {
      const rings = bySignIn.get(signInId) ?? new Set()
      bySignIn.set(signInId, rings)
      const abort = new AbortController()
      const stopOthers = (): void => abortAll([...rings].filter((ring) => ring.abort !== abort))
      const done = work(abort.signal, stopOthers).finally(() => {
        rings.delete(ring)
        if (rings.size === 0 && bySignIn.get(signInId) === rings) bySignIn.delete(signInId)
      })
      const ring = { abort, done }
      rings.add(ring)
      return done
    },

    /** Stops them, and resolves when nothing of them is being sent any more. */
    async stop(signInId: string): Promise<void> {
      const rings = [...(bySignIn.get(signInId) ?? [])]
      abortAll(rings)
      await Promise.allSettled(rings.map(({ done }) => done))
    },
  }
}
