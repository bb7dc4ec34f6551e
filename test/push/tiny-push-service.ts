// A push service on loopback, over TLS, under public names (RFC 8030). It keeps what it gets and answers as it is told, for
// each subscription. For tests only; it knows nothing of Countersign.
import { createDecipheriv, createECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import type { LookupAddress } from 'node:dns'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, LookupFunction, Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { makeCertificate } from '../push-services/certificate.ts'

export const PUSH_HOST = 'push.example.net'
/** Public addresses of nobody in particular: connections to them come here. */
export const ADDRESS = '142.250.1.1'
const HOSTS = [PUSH_HOST, 'other-push.example.net']

export type PushedRequest = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** `hang` says nothing at all, `stall` stops after the head of the answer, `reset` drops the connection. */
export type PushAnswer =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'hang'
  | 'stall'
  | 'reset'
  | 'endless'
  | 'switch'

export type TinyPushService = Awaited<ReturnType<typeof startPushService>>

export async function startPushService() {
  const { ca, certificate, key } = await makeCertificate(HOSTS)
  const requests: PushedRequest[] = []
  const dialled: string[] = []
  const answers = new Map<string, PushAnswer[]>()
  let waiting: (() => void)[] = []
  let connections = 0

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url ?? ''
    requests.push({
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: Buffer.concat(chunks),
    })
    const planned = answers.get(path) ?? []
    const answer = (planned.length > 1 ? planned.shift() : planned[0]) ?? { status: 201 }
    say(response, answer)
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  const server = createServer({ key, cert: certificate }, (request, response) => {
    respond(request, response).catch(() => response.destroy())
  })
  // Who is cut off is cut off: that is what some of the tests are about.
  const open = new Set<Socket>()
  server.on('secureConnection', (socket) => {
    connections++
    socket.on('error', () => undefined)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const of = (path?: string): PushedRequest[] => requests.filter((each) => path === undefined || each.path === path)

  return {
    requests,
    /** The addresses that were dialled, as `address:port`. */
    dialled,
    connections: () => connections,
    /** How many connections stand now. */
    standing: () => open.size,

    lookup: async (hostname: string) => {
      if (HOSTS.includes(hostname)) return [{ address: ADDRESS, family: 4 }]
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
    },

    /** Leads connections to our address here. Nothing else can be reached. */
    dial(options: ConnectionOptions): TLSSocket {
      const { lookup: given } = options
      if (given) {
        // Of several addresses Node looks which one answers.
        const lookup: LookupFunction = (host, how, done) =>
          given(host, { ...how, all: true }, (error, found) => {
            const all = found as LookupAddress[]
            dialled.push(...all.map(({ address }) => `${address}:${options.port}`))
            done(error, all.map(inside))
          })
        return connect({ ...options, port, ca, lookup })
      }
      dialled.push(`${options.host}:${options.port}`)
      if (options.host !== ADDRESS || options.rejectUnauthorized === false) throw new Error('nobody is there')
      return connect({ ...options, host: '127.0.0.1', port, ca })
    },

    /** A browser that subscribes here: what it hands out, and how it reads what comes. */
    subscribe: (path = `/push/${randomUUID()}`, host = PUSH_HOST) => createSubscriber(host, path),

    /** What requests for this path get, in turn; the last one from then on. */
    answer(path: string, ...planned: PushAnswer[]): void {
      answers.set(path, planned)
    },

    of,
    /** Resolves when so many requests have come in all (for this path), and gives them. */
    async received(count: number, path?: string): Promise<PushedRequest[]> {
      while (of(path).length < count) await new Promise<void>((resolve) => waiting.push(resolve))
      return of(path)
    },

    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of open) socket.destroy()
      })
    },
  }
}

/** Where an address leads here: to us, or to where nobody listens. */
const inside = ({ address, family }: LookupAddress): LookupAddress => ({
  address: address === ADDRESS ? '127.0.0.1' : family === 6 ? '::1' : '127.0.0.9',
  family,
})

function say(response: ServerResponse, answer: PushAnswer): void {
  if (answer === 'hang') return
  if (answer === 'reset') return void response.socket?.destroy()
  if (answer === 'switch') {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: nothing\r\n\r\n')
    return
  }
  if (answer === 'stall') {
    response.writeHead(201, { 'content-length': '10' })
    response.flushHeaders()
    return
  }
  if (answer === 'endless') {
    response.writeHead(201)
    const more = (): void => {
      if (!response.destroyed && response.write('x'.repeat(1024))) setImmediate(more)
      else response.once('drain', more)
    }
    more()
    return
  }
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

/** The browser's side of a subscription: its keys, and how a message is read (RFC 8291 section 3.4, RFC 8188 section 2). */
function createSubscriber(host: string, path: string) {
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys()
  const auth = randomBytes(16)
  const derive = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, salt, info, length))

  return {
    path,
    subscription: {
      kind: 'web' as const,
      endpoint: `https://${host}${path}`,
      keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    },
    // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a message, it says itself
    read({ body }: PushedRequest): any {
      const salt = body.subarray(0, 16)
      const senderKey = body.subarray(21, 21 + (body[20] ?? 0))
      const sealed = body.subarray(21 + senderKey.length)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, senderKey])
      const secret = derive(ecdh.computeSecret(senderKey), auth, info, 32)
      const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      decipher.setAuthTag(sealed.subarray(-16))
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
      // The last record ends with a delimiter and padding.
      return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString())
    },
  }
}
