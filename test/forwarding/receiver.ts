// The receiver of a webhook on loopback, over TLS, under a public name. It keeps what it gets, and answers as it is told. For
// tests only; it knows nothing of Countersign.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { makeCertificate } from '../push-services/certificate.ts'

export const HOST = 'siem.example.net'
/** A public address of nobody in particular: connections to it come here. */
export const ADDRESS = '142.250.1.1'

export type Received = { path: string; headers: IncomingHttpHeaders; body: string }
export type Answer = number | { status: number; headers: Record<string, string> } | 'hang' | 'endless' | 'reset'

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

export async function startReceiver() {
  const { ca, certificate, key } = await makeCertificate([HOST])
  const requests: Received[] = []
  const dialled: string[] = []
  const open = new Set<Socket>()
  let answer: (request: Received) => Answer = () => 204
  let read = 0

  function say(response: ServerResponse, said: Answer): void {
    if (said === 'hang') return
    if (said === 'reset') return void response.destroy()
    if (said === 'endless') {
      response.writeHead(200)
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384))) read += 16_384
      }
      response.on('drain', more).on('error', () => undefined)
      more()
      return
    }
    const { status, headers } = typeof said === 'number' ? { status: said, headers: {} } : said
    response.writeHead(status, headers).end('thank you')
  }

  const server = createServer({ key, cert: certificate }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk as Buffer))
    request.on('end', () => {
      const { url = '', headers } = request
      const received = { path: url, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(received)
      say(response, answer(received))
    })
  })
  server.on('secureConnection', (socket) => {
    open.add(socket)
    socket.on('error', () => undefined).once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `https://${HOST}/hook`,
    ca,
    requests,
    /** The addresses that were asked for, as `address:port`. */
    dialled,
    /** How much of an endless answer was written. */
    written: () => read,
    connections: () => open.size,
    answers(how: (request: Received) => Answer): void {
      answer = how
    },
    lookup: async () => [{ address: ADDRESS, family: 4 }],
    /** The machine's way out: whatever is dialled comes here, trusting only this authority. */
    dial: (options: ConnectionOptions): TLSSocket => {
      dialled.push(`${options.host}:${options.port}`)
      return connect({ ...options, host: '127.0.0.1', port, ca })
    },
    /** The same, trusting no authority. */
    dialUntrusting: (options: ConnectionOptions): TLSSocket => connect({ ...options, host: '127.0.0.1', port, ca: [] }),
    async close(): Promise<void> {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
