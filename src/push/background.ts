import type { Log } from '../base/log.ts'

/** Does things that nobody waits for but the end of the service. What goes wrong with them is logged. */
export function createBackground(log: Log) {
  const underWay = new Set<Promise<unknown>>()
  return {
    run(work: Promise<unknown>): void {
      const tracked = work
        .catch((error: Error) => log.error({ message: error.message, stack: error.stack }, 'push failed'))
        .finally(() => underWay.delete(tracked))
      underWay.add(tracked)
    },
    /** Resolves when all of it is done, what was begun meanwhile included. */
    async end(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
