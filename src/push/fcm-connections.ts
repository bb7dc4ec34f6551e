// The connections to Google. firebase-admin takes no signal and tries again by itself, for seconds: what ends a send here is
// that its connections are cut and that it gets no new ones.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Dial } from '../base/checked-agent.ts'

/** A connection that nobody used for so long may have died unseen: the next push rather makes a new one. */
const IDLE = 60_000

export type FcmConnections = ReturnType<typeof createFcmConnections>

/** An agent for the library, whose connections are opened by `dial` and are kept for the next push. */
export function createFcmConnections(dial: Dial) {
  const sending = new AsyncLocalStorage<AbortSignal>()
  /** Whose each open connection is, or was last. */
  const users = new Map<Duplex, AbortSignal>()
  const agent = new Agent({ keepAlive: true, timeout: IDLE })

  agent.createConnection = (options) => {
    const signal = sending.getStore()
    // Also of the library's own next try, after the end.
    signal?.throwIfAborted()
    const socket = dial(options as Parameters<Dial>[0])
    if (signal) users.set(socket, signal)
    socket.once('close', () => users.delete(socket))
    return socket
  }

  const reuse = agent.reuseSocket.bind(agent)
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request)
    const signal = sending.getStore()
    if (signal) users.set(socket, signal)
    if (signal?.aborted) request.destroy()
  }

  return {
    agent,

    /** Does `act`, and rejects as soon as `signal` aborts: then nothing of it is left open. */
    during<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        const cut = (): void => {
          for (const [socket, user] of users) if (user === signal) socket.destroy()
          reject(signal.reason)
        }
        if (signal.aborted) return cut()
        signal.addEventListener('abort', cut, { once: true })
        sending
          .run(signal, async () => act())
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', cut))
      })
    },
  }
}
