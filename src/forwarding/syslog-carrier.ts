// Syslog over TLS (RFC 5425), each record a message (RFC 5424) with a line of CEF.
import type { TLSSocket } from 'node:tls'
import type { AuditRecord } from '../audit/events.ts'
import { cefRecord, severityOf } from '../audit/export-formats.ts'
import type { Dial } from '../base/checked-agent.ts'
import { instant } from '../base/clock.ts'
import type { Carrier } from './carrier.ts'
import type { Sent } from './destination.ts'

export type SyslogSettings = {
  host: string
  port: number
  /** The authorities that are trusted instead of the machine's; null: the machine's. */
  ca: string | null
}

/** Facility 13 is "log audit" (RFC 5424 section 6.2.1). */
const FACILITY = 13
const INFORMATIONAL = 6
const NOTICE = 5
const WARNING = 4

/** CEF counts from 0 to 10 upwards, syslog from 7 down to 0. */
function priorityOf(type: string): number {
  const severity = severityOf(type)
  return FACILITY * 8 + (severity >= 7 ? WARNING : severity >= 5 ? NOTICE : INFORMATIONAL)
}

/** Printable ASCII, at most so long (RFC 5424 section 6); `-` for nothing. */
const field = (text: string, longest: number): string => text.replace(/[^\x21-\x7e]/g, '?').slice(0, longest) || '-'

/** One message in its frame: its length in octets, a space, and itself (RFC 5425 section 4.3). */
export function frameOf(record: AuditRecord, { hostname, version }: { hostname: string; version: string }): Buffer {
  const { type } = record.event
  const head = [
    `<${priorityOf(type)}>1`,
    instant(record.at),
    field(hostname, 255),
    'countersign',
    field(record.writer, 128),
    field(type, 32),
    // No structured data: CEF has it all. And no byte order mark, which readers of CEF do not expect.
    '-',
  ]
  const message = Buffer.from(`${head.join(' ')} ${cefRecord(record, version)}`)
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

/** Records that go on one connection. */
const MOST = 200

/**
 * Syslog has no acknowledgement. What it has is the orderly end: whoever gets our close_notify answers with its own (RFC 5425
 * section 4.4), and has read all that we sent by then. So some records go on a connection, it is ended, and they are delivered
 * when the receiver has ended it too. What breaks off before is sent again, all of it.
 */
export function createSyslogCarrier(
  settings: SyslogSettings,
  { dial, hostname, version }: { dial: Dial; hostname: string; version: string },
): Carrier {
  const { host, port, ca } = settings
  return {
    kind: 'syslog',
    most: MOST,
    givesUp: false,
    wants: () => true,
    send: (records, signal) =>
      new Promise<Sent>((resolve) => {
        const frames = Buffer.concat(records.map((record) => frameOf(record, { hostname, version })))
        let isConnected = false
        let isWritten = false
        let socket: TLSSocket | undefined
        const end = (sent: Sent): void => {
          signal.removeEventListener('abort', late)
          resolve(sent)
          socket?.destroy()
        }
        const broken = (detail: string): void => end({ result: isConnected ? 'unconfirmed' : 'unreachable', detail })
        const late = (): void => broken('no answer in time')
        if (signal.aborted) return late()
        signal.addEventListener('abort', late, { once: true })
        try {
          const servername = /[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}
          socket = dial({
            host,
            port,
            ...servername,
            ...(ca !== null && { ca }),
            minVersion: 'TLSv1.2',
            allowHalfOpen: true,
          } as never)
        } catch (error) {
          return broken(kindOf(error))
        }
        const open = socket
        open.on('error', (error) => broken(kindOf(error)))
        open.once('secureConnect', () => {
          isConnected = true
          open.end(frames, () => {
            isWritten = true
          })
          // A receiver of syslog says nothing; its end is told only to who reads.
          open.resume()
        })
        open.once('end', () => {
          if (isWritten) end({ result: 'delivered', detail: `${records.length} in order` })
          else broken('ended by the receiver before it was all written')
        })
        open.once('close', () => broken('closed'))
      }),
  }
}

const kindOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? (error as Error).name)
