// Web push (RFC 8030), encrypted for the browser (RFC 8291) by the `web-push` library. The connection is ours: to the address
// that was checked and no other, without redirects, bounded in time and size.
import https from 'node:https'
import webPush from 'web-push'
import { ForbiddenAddress, faultOfEndpoint } from '../base/addresses.ts'
import { CheckedAgent, type CheckedConnection } from '../base/checked-agent.ts'
import type { Clock } from '../base/clock.ts'
import { retryAfterSeconds } from './retry-after.ts'
import type { PushMessage, PushResult, Sender, Sent } from './sender.ts'
import type { WebSubscription } from './subscription.ts'

/** Nothing was heard on a connection that served before (Node.js, "request.reusedSocket"). */
class StaleConnection extends Error {
  readonly code = 'ECONNRESET'
}

/** A push service answers with a status and a few words. */
const MOST_ANSWER = 4096

export function createWebSender(
  options: CheckedConnection & { vapidHeader: (origin: string) => string; clock: Clock },
): Sender<WebSubscription> {
  const { vapidHeader, clock, trustedHosts } = options
  const agent = new CheckedAgent({ keepAlive: true, maxSockets: 20, maxTotalSockets: 200, timeout: 30_000 }, options)

  return {
    async send(to, message, signal) {
      try {
        const fault = faultOfEndpoint(to.endpoint, trustedHosts)
        if (fault) throw new ForbiddenAddress(fault)
        const { status, retryAfter } = await post(to, message, signal).catch((error) => {
          // A kept connection that they closed just then. What comes twice is one: it has the same topic.
          if (error instanceof StaleConnection) return post(to, message, signal)
          throw error
        })
        return sentOf(status, retryAfter, clock)
      } catch (error) {
        if (error instanceof ForbiddenAddress) return { result: 'forbidden', detail: error.message }
        return { result: 'unreachable', detail: signal.aborted ? 'no answer in time' : nameOf(error) }
      }
    },
  }

  function post(
    to: WebSubscription,
    { body, ttl, topic, urgency }: PushMessage,
    signal: AbortSignal,
  ): Promise<{ status: number; retryAfter: string | undefined }> {
    const url = new URL(to.endpoint)
    const prepared = webPush.generateRequestDetails(
      { endpoint: to.endpoint, keys: { p256dh: to.p256dh, auth: to.auth } },
      body,
      // The library would make a new token for each push: ours serves a push service for an hour.
      { TTL: ttl, topic, urgency, contentEncoding: 'aes128gcm', vapidDetails: null as unknown as undefined },
    )
    const headers = { ...prepared.headers, Authorization: vapidHeader(url.origin) }
    return new Promise((resolve, reject) => {
      // A request that has no connection yet would tell of its end only when it gets one.
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      const request = https.request(url, { method: 'POST', headers, agent, signal }, (response) => {
        // The status says it all: what becomes of the rest of the answer, cut off by us or by them, changes nothing.
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
        let read = 0
        response.on('data', (chunk: Buffer) => {
          read += chunk.length
          if (read > MOST_ANSWER) response.destroy()
        })
        response.on('error', () => undefined)
      })
      request.on('error', (error: NodeJS.ErrnoException) =>
        reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection() : error),
      )
      // An answer that switches protocols is no answer, and no error either.
      request.on('close', () => reject(new Error('closed without an answer')))
      request.end(prepared.body)
    })
  }
}

/** What an answer means (RFC 8030 section 5 and 7.2, and what Apple, Google and Mozilla document). */
function sentOf(status: number, retryAfter: string | undefined, clock: Clock): Sent {
  const result: PushResult =
    status >= 200 && status < 300
      ? 'accepted'
      : status === 404 || status === 410
        ? 'gone'
        : status === 413
          ? 'too-large'
          : status === 429
            ? 'limited'
            : status >= 500
              ? 'unavailable'
              : 'rejected'
  const seconds = result === 'accepted' ? undefined : retryAfterSeconds(retryAfter, clock)
  return { result, detail: `status ${status}`, ...(seconds !== undefined && { retryAfterSeconds: seconds }) }
}

/** What kind of error, without what it says: that may hold an address of the phone's choosing. */
const nameOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? (error as Error).name)
