// What an application server sees of a push service: RFC 8030 (the resource), 8188 and 8291 (the coding), 8292 (VAPID).
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { JWTPayload } from 'jose'
import type { Certificate } from './certificate.ts'
import { createJournal, type Journal } from './journal.ts'
import type { Message } from './mailbox.ts'
import { checkVapid } from './vapid.ts'

/** A request to the push resource, whatever became of it. */
export type ReceivedPush = {
  method: string
  /** The URL as the sender wrote it. */
  endpoint: string
  headers: IncomingHttpHeaders
  topic: string | undefined
  urgency: string | undefined
  /** Seconds; null when the header was missing or no number. */
  ttl: number | null
  body: Buffer
  /** The verified claims; null when they were not verified. */
  vapid: JWTPayload | null
  /** The answer, and why when it was a refusal; null when there was none. */
  status: number | null
  why: string
  /** Ends when the connection does: after a script of `hang`, when the sender gave up. */
  closed: Promise<void>
}

/** What a test has the service answer instead of judging the request. Nothing is delivered then. */
export type ScriptedAnswer =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Takes the request and never answers. */
  | 'hang'
  /** Cuts the connection. */
  | 'cut'

export type PushService = {
  /** The hosts of its endpoints, and the loopback port that stands for port 443 of each. */
  readonly hosts: readonly string[]
  readonly port: number
  /** Every request of a sender, in order. */
  readonly received: Journal<ReceivedPush>
  /** Every message that a browser has acknowledged. It may still be at work with it. */
  readonly delivered: Journal<Message>
  /** Answers the next request so, and the one after that with the next script. */
  answerNext(answer: ScriptedAnswer): void
  /** The subscription is over, as when a push service retires it: 410 from now on. The browser is not told. */
  retire(endpoint: string): void
  /** From now on the browsers are out of reach: messages wait for them, until `resume`. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** A subscription, as the emulator of a service knows it. */
export type Subscribed = {
  /** The key it was made for, base64url; undefined when it was made for anybody. */
  vapidKey: string | undefined
  gone: boolean
  put(message: Message): void
}

type Options = {
  hosts: readonly string[]
  certificate: Certificate
  now: () => number
  /** What a path stands for; the name is only for the message. */
  find(path: string): { name: string; subscribed: Subscribed } | undefined
}

/** What services take at most (RFC 8030 section 7.2: at least 4096). With aes128gcm 3993 bytes of content. */
const MOST_BYTES = 4096
const URGENCIES = ['very-low', 'low', 'normal', 'high']

type Judgement = { status: number; why: string; vapid: JWTPayload | null; location?: string }

/** Listens on loopback for senders of one service. TEST USAGE ONLY. */
export async function startSenderEndpoint({ hosts, certificate, now, find }: Options) {
  const received = createJournal<ReceivedPush>('a request to the push service')
  const scripts: ScriptedAnswer[] = []
  const server = createServer({ key: certificate.key, cert: certificate.certificate })

  /**
   * Judges a request; 201 when its message is taken. Refuses
   * - 421 another host than its own; 405 what is not POST
   * - 404 what was never a subscription; 410 what is one no more
   * - 400 a missing TTL, an unknown urgency, a topic that is not 1 to 32 characters of base64url (RFC 8030 5.2 to 5.4)
   * - 413 more than 4096 bytes; 415 a body that is not coded as aes128gcm
   * - 401, 403 what VAPID refuses
   */
  async function judge(request: IncomingMessage, body: Buffer): Promise<Judgement> {
    const { headers } = request
    const host = headers.host ?? ''
    if (!hosts.includes(host)) return refuse(421, `not a host of this service: ${host}`)
    if (request.method !== 'POST') return refuse(405, 'only POST')
    const found = find(request.url ?? '')
    if (!found) return refuse(404, 'no such subscription')
    const { name, subscribed } = found
    if (subscribed.gone) return refuse(410, 'the subscription is over')
    const ttl = ttlOf(headers)
    if (ttl === null) return refuse(400, 'TTL is missing or no number')
    const urgency = one(headers.urgency)
    if (urgency !== undefined && !URGENCIES.includes(urgency)) return refuse(400, `no such urgency: ${urgency}`)
    const topic = one(headers.topic)
    if (topic !== undefined && !/^[\w-]{1,32}$/.test(topic)) return refuse(400, `no topic: ${topic}`)
    if (body.length > MOST_BYTES) return refuse(413, `${body.length} bytes`)
    if (body.length > 0 && headers['content-encoding'] !== 'aes128gcm') return refuse(415, 'not coded as aes128gcm')
    const origin = `https://${host}`
    const vapid = await checkVapid({
      authorization: headers.authorization,
      origin,
      subscribedKey: subscribed.vapidKey,
      now: now(),
    })
    if (vapid.status !== 200) return refuse(vapid.status, vapid.why)
    const id = randomUUID()
    subscribed.put({ id, subscription: name, body, ttl, topic, at: now() })
    return { status: 201, why: '', vapid: vapid.claims, location: `${origin}/message/${id}` }
  }

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
    const parts = await request.toArray().catch(() => null)
    // The sender went away in the middle of it.
    if (!parts) return
    const body = Buffer.concat(parts)
    const script = scripts.shift()
    const note = (judgement: Judgement | null): void =>
      received.add({
        method: request.method ?? '',
        endpoint: `https://${request.headers.host}${request.url}`,
        headers: request.headers,
        topic: one(request.headers.topic),
        urgency: one(request.headers.urgency),
        ttl: ttlOf(request.headers),
        body,
        vapid: judgement?.vapid ?? null,
        status: judgement?.status ?? null,
        why: judgement?.why ?? '',
        closed,
      })

    if (script === 'hang' || script === 'cut') {
      note(null)
      if (script === 'cut') response.destroy()
      return
    }
    if (script) {
      note(refuse(script.status, 'the test wanted it'))
      response.writeHead(script.status, script.headers).end(script.body)
      return
    }
    const judgement = await judge(request, body)
    note(judgement)
    const { status, why, location } = judgement
    const headers = location ? { location, ttl: String(ttlOf(request.headers)) } : {}
    response.writeHead(status, headers).end(why)
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    hosts,
    port: (server.address() as AddressInfo).port,
    received,
    answerNext: (answer: ScriptedAnswer): void => {
      scripts.push(answer)
    },
    retire(endpoint: string): void {
      const found = find(new URL(endpoint).pathname)
      if (!found) throw new Error('there was never such a subscription')
      found.subscribed.gone = true
    },
    async close(): Promise<void> {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await ended
    },
  }
}

const refuse = (status: number, why: string): Judgement => ({ status, why, vapid: null })

/** A header that may come once. */
const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join() : value)

const ttlOf = (headers: IncomingHttpHeaders): number | null => {
  const ttl = one(headers.ttl) ?? ''
  return /^\d+$/.test(ttl) ? Number(ttl) : null
}
