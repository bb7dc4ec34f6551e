import type { Response } from 'express'
import type { SignIns } from '../signin/sign-ins.ts'

/** A comment this often keeps proxies from closing a quiet stream. */
const HEARTBEAT = 15_000
/** The slow poll beneath every wait: a word that was missed is found this late at worst. */
const POLL = 5000

export type Waits = ReturnType<typeof createWaits>

/**
 * Server-sent events (WHATWG HTML section 9.2) that tell the sign-in's browser its version, at once and at each move.
 * What is new it asks for itself; nothing of the sign-in travels here.
 */
export function createWaits(signIns: Pick<SignIns, 'listen'>) {
  const open = new Set<Response>()
  return {
    stream(response: Response, id: string, version: () => Promise<number | null>): void {
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
      response.flushHeaders()
      open.add(response)
      let told: number | null = null
      const tell = async (): Promise<void> => {
        const current = await version().catch(() => told)
        if (current === told || response.writableEnded) return
        told = current
        if (current === null) response.end()
        else response.write(`event: version\ndata: ${current}\n\n`)
      }
      const stopListening = signIns.listen(id, () => void tell())
      const poll = setInterval(() => void tell(), POLL)
      const heartbeat = setInterval(() => response.write(': here\n\n'), HEARTBEAT)
      response.once('close', () => {
        stopListening()
        clearInterval(poll)
        clearInterval(heartbeat)
        open.delete(response)
      })
      response.write('retry: 1000\n\n')
      void tell()
    },
    /** Ends every stream: browsers come back to whoever serves then. */
    end(): void {
      for (const response of open) response.end()
    },
  }
}
