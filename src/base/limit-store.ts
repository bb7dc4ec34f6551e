/** How often something was tried lately, by key. Kept in the store, so that a limit holds across nodes and restarts. */
export type LimitStore = {
  /** Counts one try at `now`; gives the tries of its window and when that ends. A window begins with its first try. */
  hit(key: string, windowMs: number, now: number): Promise<{ hits: number; resetAt: number }>
  /** Forgets windows that are over. */
  forget(now: number): Promise<void>
}
