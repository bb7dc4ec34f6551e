// The audit log by syslog over real TLS: what arrives, and what becomes of it when a connection breaks.
import { connect } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom as random } from '../../src/base/random.ts'
import type { DeliveryResult } from '../../src/forwarding/destination.ts'
import { createForwarder, type Forwarder } from '../../src/forwarding/forwarder.ts'
import { type Forwarding, openForwarding } from '../../src/forwarding/open-forwarding.ts'
import { createSyslogCarrier, frameOf } from '../../src/forwarding/syslog-carrier.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { type Certificate, makeCertificate } from '../push-services/certificate.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { framesOf, type SyslogReceiver, startSyslogReceiver } from './syslog-receiver.ts'

let certificate: Certificate
let receiver: SyslogReceiver
let place: ReturnType<typeof temporaryFile>
let clock: TestClock
let stores: Stores
let forwarding: Forwarding
let forwarder: Forwarder
let results: DeliveryResult[]

beforeAll(async () => {
  certificate = await makeCertificate([])
})

const opened = (ca: string | null = certificate.ca, host = '127.0.0.1'): Forwarding =>
  openForwarding({
    ...{ store: stores.forwarding, master: Buffer.alloc(32, 7), proveMaster: async () => {}, version: '1.2' },
    settings: {
      ...{ production: true, publicUrl: 'https://mfa.example', webhookTrustedHosts: [] },
      syslog: { host, port: receiver.port, ca },
    },
    world: { lookup: async () => [], dial: connect, clock, random, log: silentLog },
  })

beforeEach(async () => {
  receiver = await startSyslogReceiver(certificate)
  place = temporaryFile()
  clock = createTestClock()
  stores = openSqliteStores({ file: place.file, clock, random, changes: createLocalChanges() })
  await record('before')
  results = []
  await begin(opened())
})
afterEach(async () => {
  await forwarder.close()
  await stores.close()
  await receiver.close()
  place.remove()
})

async function begin(from: Forwarding): Promise<void> {
  forwarding = from
  forwarder = await forwarding.begin((_kind, result) => results.push(result))
}
const record = (...versions: string[]): Promise<void> =>
  stores.audit.append(versions.map((version) => ({ type: 'service.started', version })))
const versions = (): string[] =>
  receiver.messages().flatMap((message) => /msg={"version":"(\w+)"}/.exec(message)?.[1] ?? [])
async function pass(milliseconds: number): Promise<void> {
  clock.leap(milliseconds)
  await forwarder.tend()
}

describe('a syslog receiver', () => {
  test('gets what is recorded from its first configuration on, once, whoever starts', async () => {
    await record('one', 'two')
    await forwarder.tend()
    await forwarder.close()
    await begin(opened())
    await record('three')
    await forwarder.tend()
    expect(versions()).toEqual(['one', 'two', 'three'])
    expect((await recorded(stores)).filter(({ type }) => type === 'syslog.begun')).toEqual([
      { type: 'syslog.begun', receiver: `127.0.0.1:${receiver.port}`, by: 'service' },
    ])
  })

  test('that takes the place of another is on record once, whoever starts, and gets what the other did not', async () => {
    await forwarder.tend()
    await record('one')
    const other = await startSyslogReceiver(certificate)
    const first = receiver
    receiver = other
    await forwarder.close()
    const node = opened()
    await Promise.all([node.begin(), begin(opened())])
    await forwarder.tend()
    expect(versions()).toEqual(['one'])
    expect((await recorded(stores)).filter(({ type }) => type === 'syslog.begun')).toEqual(
      [first, other].map(({ port }) => ({ type: 'syslog.begun', receiver: `127.0.0.1:${port}`, by: 'service' })),
    )
    await first.close()
  })

  test('gets messages of RFC 5424, each a line of CEF, in frames that count octets', async () => {
    await stores.audit.append([{ type: 'service.started', version: 'Zürich\n“ä”' }])
    await forwarder.tend()
    const [begun, odd] = receiver.messages()
    const writer = (await stores.audit.read(0, 1))[0]!.record.writer
    const head =
      /^<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) mfa\.example countersign ([0-9a-f]{32}) (\S+) - (CEF:0\|.*)$/
    expect(head.exec(begun!)?.slice(3)).toEqual([
      ...[writer, 'syslog.begun'],
      expect.stringContaining('CEF:0|Countersign|Countersign|1.2|syslog.begun|'),
    ])
    // Log audit (13), informational (6).
    expect(head.exec(odd!)?.[1]).toBe('110')
    expect(odd).toContain('Zürich')
    expect(odd).not.toContain('\n')
    expect(odd).toContain(`externalId=${writer}:3`)
  })

  test('gets what wants a look with a graver severity', () => {
    const record = { writer: 'w', seq: 1, at: 0, previous: '', digest: 'd' }
    const priority = (event: object): string => {
      const [message] = framesOf(frameOf({ ...record, event } as never, { hostname: 'h', version: '1' }))
      return /^<\d+>/.exec(message!)![0]
    }
    expect(priority({ type: 'signin.reported' })).toBe('<108>')
    expect(priority({ type: 'signin.denied' })).toBe('<109>')
    expect(priority({ type: 'signin.approved' })).toBe('<110>')
  })

  test('gets all of it again that was under way when a connection broke', async () => {
    receiver.behaves('break')
    await record('one', 'two')
    await forwarder.tend()
    expect(results).toEqual(['unconfirmed'])
    expect(versions()).toEqual([])
    receiver.behaves('orderly')
    await record('three')
    await pass(10_000)
    expect(versions()).toEqual(['one', 'two', 'three'])
    expect(results).toEqual(['unconfirmed', 'delivered'])
  })

  test('gets everything after days away: nothing is put aside', async () => {
    const { port } = receiver
    await receiver.close()
    await record('one')
    for (let hour = 0; hour < 30; hour++) await pass(3_600_000)
    expect(new Set(results)).toEqual(new Set(['unreachable']))
    expect(await stores.forwarding.countLetters()).toEqual([])
    receiver = await startSyslogReceiver(certificate)
    await forwarder.close()
    await begin(opened())
    expect(receiver.port).not.toBe(port)
    await pass(200_000)
    expect(versions()).toEqual(['one'])
  })

  test('with a certificate of another authority gets nothing', async () => {
    await forwarder.close()
    await begin(opened((await makeCertificate([])).ca))
    await record('one')
    await forwarder.tend()
    expect(results).toEqual(['unreachable'])
    await forwarder.close()
    // Nor one that only the machine’s authorities could vouch for.
    await begin(opened(null))
    await pass(10_000)
    expect(results).toEqual(['unreachable', 'unreachable'])
    expect(receiver.connections).toEqual([])
  })

  test('with a certificate of another name gets nothing', async () => {
    const carrier = createSyslogCarrier(
      { host: 'siem.example', port: receiver.port, ca: certificate.ca },
      { dial: (options) => connect({ ...options, host: '127.0.0.1' }), hostname: 'h', version: '1' },
    )
    const records = (await stores.audit.read(0, 1)).map((entry) => entry.record)
    expect(await carrier.send(records, new AbortController().signal)).toEqual({
      ...{ result: 'unreachable', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    })
    expect(receiver.connections).toEqual([])
  })

  test('that never ends a connection is asked three times, and then believed: it would get the same for ever', async () => {
    await forwarder.close()
    receiver.behaves('silent')
    const carrier = createSyslogCarrier(
      { host: '127.0.0.1', port: receiver.port, ca: certificate.ca },
      { dial: connect, hostname: 'h', version: '1' },
    )
    forwarder = createForwarder({
      ...{ store: stores.forwarding, clock, random, log: silentLog, carrierOf: () => carrier },
      count: (_kind, result) => results.push(result),
      // It has had its time when everything arrived.
      deadline: () => {
        const patience = new AbortController()
        const arrived = receiver.connections.length
        const look = (): void => {
          if (receiver.connections.length > arrived) patience.abort()
          else setImmediate(look)
        }
        look()
        return patience.signal
      },
      turnOff: async () => undefined,
    })
    await record('one')
    await forwarder.tend()
    for (let i = 0; i < 6; i++) await pass(10_000)
    expect(results).toEqual(['unconfirmed', 'unconfirmed', 'unconfirmed'])
    expect(versions()).toEqual(['one', 'one', 'one'])
    await record('two')
    await pass(10_000)
    expect(versions().at(-1)).toBe('two')
    expect(versions().filter((version) => version === 'one')).toHaveLength(3)
  })

  test('tells how old what it did not get is; where there is none, nothing is told', async () => {
    expect(await forwarding.oldestUndelivered('webhook')).toBeUndefined()
    await forwarder.tend()
    expect(await forwarding.oldestUndelivered('syslog')).toBe(0)
    receiver.behaves('break')
    await record('one')
    await forwarder.tend()
    clock.leap(90_000)
    const age = await forwarding.oldestUndelivered('syslog')
    expect(age).toBeGreaterThanOrEqual(90)
    expect(age).toBeLessThan(150)
  })
})
