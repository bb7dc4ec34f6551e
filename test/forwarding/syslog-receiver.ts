// A syslog receiver over TLS (RFC 5425) on loopback. It takes frames apart by their length, and ends connections as it is
// told. For tests only; it knows nothing of Countersign.
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { Certificate } from '../push-services/certificate.ts'

/** `break` resets a connection when something came, as who dies with unread data does; `silent` never ends one. */
export type Manner = 'orderly' | 'break' | 'silent'

export type SyslogReceiver = Awaited<ReturnType<typeof startSyslogReceiver>>

/** The messages of one connection. Throws on a frame that RFC 5425 does not allow. */
export function framesOf(data: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at)
    const length = data.subarray(at, space).toString('ascii')
    if (!/^[1-9]\d*$/.test(length)) throw new Error(`no length: ${length}`)
    const end = space + 1 + Number(length)
    if (end > data.length) throw new Error('cut off')
    messages.push(data.subarray(space + 1, end).toString('utf8'))
    at = end
  }
  return messages
}

export async function startSyslogReceiver({ certificate, key }: Certificate) {
  const connections: Buffer[] = []
  /** The connections below TLS. */
  const open = new Set<Socket>()
  let manner: Manner = 'orderly'
  const server = createServer({ cert: certificate, key, allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = []
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (manner !== 'break') return
      chunks.length = 0
      for (const raw of open) raw.resetAndDestroy()
    })
    socket.once('end', () => {
      if (chunks.length > 0) connections.push(Buffer.concat(chunks))
      if (manner === 'orderly') socket.end()
    })
  })
  server.on('tlsClientError', () => undefined)
  server.on('connection', (raw) => {
    open.add(raw)
    raw.on('error', () => undefined).once('close', () => open.delete(raw))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    /** Every message that arrived whole, in the order of arrival. */
    messages: () => connections.flatMap(framesOf),
    behaves(how: Manner): void {
      manner = how
    },
    async close(): Promise<void> {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
