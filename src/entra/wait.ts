import type { Response } from 'express'
import type { Clock } from '../base/clock.ts'
import type { Standing } from '../signin/changes.ts'
import type { SignIns } from '../signin/sign-ins.ts'

/** A comment this often keeps proxies from closing a quiet stream. */
const HEARTBEAT = 15_000
/** The slow poll beneath every wait: a word that was missed is found this late at worst. */
const POLL = 5000
const MOST_STREAMS = 4

export type Waits = ReturnType<typeof createWaits>

/**
 * Server-sent events (WHATWG HTML section 9.2) that tell the sign-in's browser its version, at once and at each move; the
 * event of an approved one is named so and is the last: the browser goes for its claim without asking for the page first. What
 * else is new it asks for itself; nothing of the sign-in travels here.
 */
export function createWaits({ signIns, clock }: { signIns: Pick<SignIns, 'listen'>; clock: Clock }) {
  const open = new Map<string, Set<() => void>>()
  let over = false

  /** A browser that reconnects leaves old streams behind: of one sign-in the newest few are kept. */
  function keep(id: string, end: () => void): void {
    const streams = open.get(id) ?? new Set()
    open.set(id, streams.add(end))
    if (streams.size > MOST_STREAMS) [...streams][0]?.()
  }

  return {
    /**
     * Streams until the browser goes, or the sign-in is over. `look` gives how it stands now; null: it is gone. A HEAD gets the
     * headers and waits for nothing (RFC 9110 section 9.3.2): no word can be sent to it.
     */
    stream(response: Response, id: string, look: () => Promise<Standing | null>): void {
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
      if (response.req.method === 'HEAD') return void response.end()
      let ended = false
      let told = 0
      const tell = (standing: Standing | null): void => {
        if (ended) return
        if (standing === null || clock.now() >= standing.expiresAt) {
          end()
          return
        }
        if (standing.version <= told) return
        told = standing.version
        const approved = standing.phase === 'approved'
        response.write(`event: ${approved ? 'approved' : 'version'}\ndata: ${told}\n\n`)
        // The browser goes for its claim, and the connection is free for that.
        if (approved) end()
      }
      // A store that is not there has nothing new.
      const lookAndTell = (): Promise<void> => look().then(tell, () => undefined)
      const stopListening = signIns.listen(id, tell)
      const poll = setInterval(() => void lookAndTell(), POLL)
      const heartbeat = setInterval(() => response.write(': here\n\n'), HEARTBEAT)

      /** Nothing is written after this: writing to an ended answer would end the process. */
      function stop(): void {
        ended = true
        stopListening()
        clearInterval(poll)
        clearInterval(heartbeat)
        const streams = open.get(id)
        streams?.delete(end)
        if (streams?.size === 0) open.delete(id)
      }
      function end(): void {
        stop()
        response.end()
      }

      keep(id, end)
      response.once('close', stop)
      response.on('error', stop)
      response.write('retry: 1000\n\n')
      // Who comes back before the service is gone, on a connection that still stands, would hold up its end.
      if (over) end()
      else void lookAndTell()
    },
    /** How many browsers wait now. */
    count: (): number => [...open.values()].reduce((sum, { size }) => sum + size, 0),
    /** Ends every stream, also those that come from now on: browsers come back to whoever serves then. */
    end(): void {
      over = true
      for (const streams of [...open.values()]) for (const end of [...streams]) end()
    },
  }
}
