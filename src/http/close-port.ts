import type { Server } from 'node:http'
import { performance } from 'node:perf_hooks'

/** Who is never at rest closes all the same. Milliseconds. */
const PATIENCE = 3000

/** How far the event loop has come: its time in milliseconds, and how many events of the system it has taken so far. */
export type EventLoop = { now(): number; events(): number }

/** The one that this process has. */
export const eventLoop: EventLoop = {
  now: () => performance.now(),
  events: () => performance.nodeTiming.uvMetricsInfo.events,
}

/**
 * Closes the port in a turn of the event loop that found nobody waiting (decision 0030). A connection that the kernel took and we
 * did not is reset when the port closes, with the request that lies in it, and no proxy may send that to another node: it could have
 * been received. Who comes a moment later finds a closed port instead, and is led to another node.
 *
 * Resolves when the port is closed; `answered` when the last connection is gone.
 */
export async function closePort(server: Server, loop: EventLoop): Promise<{ answered: Promise<void> }> {
  const latest = loop.now() + PATIENCE
  for (let before = -1; loop.events() !== before && loop.now() < latest; ) {
    before = loop.events()
    // Between two of these the loop looks once who has come.
    await new Promise((resolve) => setImmediate(resolve))
  }
  // At once, in this very turn.
  const answered = new Promise<void>((resolve) => server.close(() => resolve()))
  return { answered }
}
