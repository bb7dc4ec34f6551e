/** What happened, in order, and the waiting for what has not happened yet. */
export type Journal<T> = {
  /** Everything that happened, taken or not. */
  readonly entries: readonly T[]
  add(entry: T): void
  /** Takes the earliest entry that fits and that nobody took; waits for it when there is none yet. */
  next(fits?: (entry: T) => boolean): Promise<T>
}

type Waiting<T> = { fits: (entry: T) => boolean; take: (entry: T) => void }

/** Shorter than a test may take, so that what was waited for is named. */
const PATIENCE = 20_000

/** A journal of `what`, for example “a desktop notification”: so a wait in vain says what did not come. */
export function createJournal<T>(what: string): Journal<T> {
  const entries: T[] = []
  const free = new Set<T>()
  const waiting = new Set<Waiting<T>>()

  return {
    entries,
    add(entry) {
      entries.push(entry)
      const first = [...waiting].find(({ fits }) => fits(entry))
      if (!first) {
        free.add(entry)
        return
      }
      waiting.delete(first)
      first.take(entry)
    },
    next(fits = () => true) {
      const here = [...free].find(fits)
      if (here !== undefined) {
        free.delete(here)
        return Promise.resolve(here)
      }
      // Made here, so that its stack names the test that waits.
      const inVain = new Error(`waited in vain for ${what}; ${entries.length} came in all`)
      return new Promise((resolve, reject) => {
        const patience = setTimeout(() => {
          waiting.delete(wait)
          reject(inVain)
        }, PATIENCE)
        patience.unref()
        const wait: Waiting<T> = {
          fits,
          take: (entry) => {
            clearTimeout(patience)
            resolve(entry)
          },
        }
        waiting.add(wait)
      })
    },
  }
}
