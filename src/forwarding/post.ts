// One signed request to the receiver of a webhook: to the address that was checked and no other, without redirects, bounded
// in time and size.
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { ForbiddenAddress } from '../base/addresses.ts'
import { CheckedAgent, type CheckedConnection } from '../base/checked-agent.ts'
import type { Sent } from './destination.ts'

/** Of the answer only the status counts. What comes after so many bytes is not read. */
const MOST_ANSWER = 4096

/** Answers whatever happens; it never throws, and ends as soon as `signal` does. */
export type Post = (url: string, headers: Record<string, string>, body: string, signal: AbortSignal) => Promise<Sent>

export function createPost(connection: CheckedConnection): Post {
  const agent = new CheckedAgent({ keepAlive: true, maxSockets: 4, maxTotalSockets: 100, timeout: 30_000 }, connection)

  const statusOf = (url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      // A request that has no connection yet would tell of its end only when it gets one.
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      const options = { method: 'POST', headers, signal }
      const answered = (response: IncomingMessage): void => {
        resolve(response.statusCode ?? 0)
        let read = 0
        response.on('data', (chunk: Buffer) => {
          read += chunk.length
          if (read > MOST_ANSWER) response.destroy()
        })
        response.on('error', () => undefined)
      }
      // Without TLS only to this machine itself, outside of production: webhook-address.ts.
      const request =
        url.protocol === 'http:'
          ? http.request(url, options, answered)
          : https.request(url, { ...options, agent }, answered)
      request.on('error', reject)
      // An answer that switches protocols is no answer, and no error either.
      request.on('close', () => reject(new Error('closed without an answer')))
      request.end(body)
    })

  return async (url, headers, body, signal) => {
    try {
      return sentOf(await statusOf(new URL(url), headers, body, signal))
    } catch (error) {
      if (error instanceof ForbiddenAddress) return { result: 'forbidden', detail: error.message }
      return { result: 'unreachable', detail: signal.aborted ? 'no answer in time' : kindOf(error) }
    }
  }
}

/** What an answer means (Standard Webhooks, "Deliverability and reliability"). */
function sentOf(status: number): Sent {
  const detail = `status ${status}`
  if (status >= 200 && status < 300) return { result: 'delivered', detail }
  if (status === 410) return { result: 'gone', detail }
  if (status >= 300 && status < 400) return { result: 'redirected', detail }
  return { result: status >= 400 && status < 500 ? 'refused' : 'failed', detail }
}

/** What kind of error, without what it says: that may name hosts and addresses inside. */
const kindOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? (error as Error).name)
