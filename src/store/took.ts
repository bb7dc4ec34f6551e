/** Told how long the store took for a read, or for a write from the queue to being durable; and whether it failed. */
export type Took = (kind: 'read' | 'write', milliseconds: number, failed: boolean) => void

/** Does it, and tells how long it took. */
export async function timed<T>(took: Took, kind: 'read' | 'write', work: () => PromiseLike<T>): Promise<T> {
  const began = performance.now()
  try {
    const value = await work()
    took(kind, performance.now() - began, false)
    return value
  } catch (error) {
    took(kind, performance.now() - began, true)
    throw error
  }
}
