// Webhooks over real TLS: what a receiver gets and how it knows whose it is, and what a receiver can do to us.
import { webcrypto } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { recordLine } from '../../src/audit/export-lines.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom as random } from '../../src/base/random.ts'
import type { DeliveryResult } from '../../src/forwarding/destination.ts'
import { type Forwarding, openForwarding } from '../../src/forwarding/open-forwarding.ts'
import { createPost } from '../../src/forwarding/post.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { ADDRESS, type Received, type Receiver, startReceiver } from './receiver.ts'

const DAY = 24 * 3_600_000
const BY = 'administrator:ada'
const master = Buffer.alloc(32, 7)

let receiver: Receiver
let place: ReturnType<typeof temporaryFile>
let clock: TestClock
let stores: Stores
let forwarding: Forwarding
let forwarder: Awaited<ReturnType<Forwarding['begin']>>
let results: DeliveryResult[]

type World = Parameters<typeof openForwarding>[0]['world']
type Settings = Parameters<typeof openForwarding>[0]['settings']
const opened = (settings: Partial<Settings> = {}, world: Partial<World> = {}): Forwarding => {
  const { lookup, dial } = receiver
  return openForwarding({
    ...{ store: stores.forwarding, master, proveMaster: async () => {}, version: '1' },
    settings: {
      production: true,
      publicUrl: 'https://mfa.example',
      webhookTrustedHosts: [],
      syslog: null,
      ...settings,
    },
    world: { lookup, dial, clock, random, log: silentLog, ...world },
  })
}

beforeEach(async () => {
  receiver = await startReceiver()
  place = temporaryFile()
  clock = createTestClock()
  stores = openSqliteStores({ file: place.file, clock, random, changes: createLocalChanges() })
  forwarding = opened()
  results = []
  forwarder = await forwarding.begin((_kind, result) => results.push(result))
})
afterEach(async () => {
  await forwarder.close()
  await stores.close()
  await receiver.close()
  place.remove()
})

async function add(events: string[] | null = null, url = receiver.url): Promise<{ id: string; secret: string }> {
  const added = await forwarding.webhooks.add({ url, events }, BY)
  if ('fault' in added) throw new Error(added.fault)
  return added
}
const record = (...versions: string[]): Promise<void> =>
  stores.audit.append(versions.map((version) => ({ type: 'service.started', version })))
const header = ({ headers }: Received, name: string): string => String(headers[name])

/** Standard Webhooks, written anew with another library: the secret's bytes are the key, the message `id.timestamp.body`. */
async function verifies(secret: string, request: Received, body = request.body): Promise<boolean> {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await webcrypto.subtle.importKey('raw', bytes, hmac, false, ['verify'])
  const message = `${header(request, 'webhook-id')}.${header(request, 'webhook-timestamp')}.${body}`
  const signatures = header(request, 'webhook-signature')
    .split(' ')
    .map((each) => each.split(','))
  const found = await Promise.all(
    signatures.map(([version, text = '']) =>
      version === 'v1'
        ? webcrypto.subtle.verify('HMAC', key, Buffer.from(text, 'base64'), new TextEncoder().encode(message))
        : false,
    ),
  )
  return found.includes(true)
}

describe('a webhook', () => {
  test('gets every record as the export has it, in a request of its own, signed with its secret', async () => {
    const { id, secret } = await add()
    await record('one', 'two')
    await forwarder.tend()
    const all = (await stores.audit.read(0, 100)).map((entry) => entry.record)
    expect(receiver.requests.map(({ body }) => JSON.parse(body))).toEqual(
      all.map((each) => JSON.parse(JSON.stringify(recordLine(each)))),
    )
    for (const [i, request] of receiver.requests.entries()) {
      expect(request.path).toBe('/hook')
      expect(header(request, 'content-type')).toBe('application/json')
      expect(header(request, 'webhook-id')).toBe(`${all[i]!.writer}:${all[i]!.seq}`)
      expect(Math.abs(Number(header(request, 'webhook-timestamp')) - clock.now() / 1000)).toBeLessThan(60)
      expect(await verifies(secret, request)).toBe(true)
    }
    expect((await forwarding.webhooks.list())[0]).toMatchObject({ id, deadLetters: 0, last: { result: 'delivered' } })
    expect(results).toEqual(['delivered', 'delivered', 'delivered'])
  })

  test('shows who changes anything in it: body, id, time, or secret', async () => {
    const { secret } = await add()
    const other = await add()
    await record('one')
    await forwarder.tend()
    const request = receiver.requests.find(({ body }) => body.includes('"one"'))!
    const owner = (await verifies(secret, request)) ? secret : other.secret
    expect(await verifies(owner, request)).toBe(true)
    expect(await verifies(owner, request, request.body.replace('one', 'two'))).toBe(false)
    for (const name of ['webhook-id', 'webhook-timestamp'])
      expect(await verifies(owner, { ...request, headers: { ...request.headers, [name]: '1' } })).toBe(false)
    expect(await verifies(owner === secret ? other.secret : secret, request)).toBe(false)
  })

  test('gets the events that were chosen for it, and no others', async () => {
    await add(['webhook.*', 'service.stopped'])
    await record('one')
    await stores.audit.append([{ type: 'service.stopped', version: 'two' }])
    await forwarder.tend()
    expect(receiver.requests.map(({ body }) => JSON.parse(body).type)).toEqual(['webhook.created', 'service.stopped'])
  })

  test('is signed with both secrets for a day after a new one was made, and then with the new one only', async () => {
    const { id, secret } = await add(['service.*'])
    const rotated = await forwarding.webhooks.rotateSecret(id, BY)
    await record('one')
    await forwarder.tend()
    const [both] = receiver.requests
    expect(header(both!, 'webhook-signature').split(' ')).toHaveLength(2)
    expect(await verifies(secret, both!)).toBe(true)
    expect(await verifies(rotated!.secret, both!)).toBe(true)
    clock.leap(DAY)
    await record('two')
    await forwarder.tend()
    const last = receiver.requests.at(-1)!
    expect(last.body).toContain('two')
    expect(await verifies(rotated!.secret, last)).toBe(true)
    expect(await verifies(secret, last)).toBe(false)
  })

  test('has its secret nowhere but in the answer that made it', async () => {
    const { id, secret } = await add()
    const rotated = await forwarding.webhooks.rotateSecret(id, BY)
    await forwarder.tend()
    const kept = JSON.stringify([await stores.forwarding.list(), await recorded(stores), receiver.requests])
    for (const each of [secret, rotated!.secret]) {
      expect(each).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(kept).not.toContain(each)
      expect(kept).not.toContain(each.slice(6))
    }
    expect((await stores.sealed.list()).map(({ kind }) => kind)).toEqual(['webhook-secrets'])
  })

  test('is turned off by its receiver (410) with an event, and goes on from there when somebody turns it on', async () => {
    const { id } = await add(['service.*', 'webhook.turned-off'])
    receiver.answers(() => 410)
    await record('one', 'two')
    await forwarder.tend()
    await forwarder.tend()
    expect(receiver.requests).toHaveLength(1)
    expect((await forwarding.webhooks.find(id))?.webhook.on).toBe(false)
    expect((await recorded(stores)).at(-1)).toMatchObject({ type: 'webhook.turned-off', webhookId: id, by: 'service' })
    receiver.answers(() => 200)
    expect(await forwarding.webhooks.turnOn(id, BY)).toBe(true)
    expect(await forwarding.webhooks.turnOn(id, BY)).toBe(false)
    await forwarder.tend()
    expect(receiver.requests.slice(1).map(({ body }) => JSON.parse(body).type)).toEqual([
      ...['service.started', 'service.started', 'webhook.turned-off'],
    ])
  })

  test('is tried out with a message that is no record, and what came of it is told and recorded', async () => {
    const { id, secret } = await add()
    expect(await forwarding.webhooks.test(id, BY)).toEqual({ result: 'delivered', detail: 'status 204' })
    const [request] = receiver.requests
    expect(JSON.parse(request!.body)).toMatchObject({ type: 'test', webhookId: id })
    expect(header(request!, 'webhook-id')).toMatch(/^test:/)
    expect(await verifies(secret, request!)).toBe(true)
    receiver.answers(() => 500)
    expect(await forwarding.webhooks.test(id, BY)).toEqual({ result: 'failed', detail: 'status 500' })
    expect(await forwarding.webhooks.test('nowhere', BY)).toBeUndefined()
    const tested = (await recorded(stores)).filter(({ type }) => type === 'webhook.tested')
    expect(tested).toEqual(['delivered', 'failed'].map((result) => expect.objectContaining({ result, by: BY })))
  })

  test('is removed with all that was not delivered, and each change says who made it, and not the whole address', async () => {
    const { id } = await add(null, `${receiver.url}/with-a-secret?token=hush`)
    await forwarding.webhooks.rotateSecret(id, BY)
    expect(await forwarding.webhooks.remove(id, BY)).toBe(true)
    expect(await forwarding.webhooks.remove(id, BY)).toBe(false)
    await forwarder.tend()
    expect(receiver.requests).toEqual([])
    const events = await recorded(stores)
    expect(events.map(({ type }) => type)).toEqual(['webhook.created', 'webhook.secret-rotated', 'webhook.removed'])
    for (const event of events)
      expect(event).toMatchObject({ webhookId: id, by: BY, receiver: 'https://siem.example.net' })
    expect(JSON.stringify(events)).not.toMatch(/hush|with-a-secret/)
  })

  test.each<[string, string, string[] | null]>([
    ['an address without TLS', 'http://siem.example.net/', null],
    ['one of this machine without TLS, in production', 'http://localhost:9000/', null],
    ['an address with a user', 'https://ada:secret@siem.example.net/', null],
    ['what is no address', 'siem.example.net', null],
    ['another protocol', 'file:///etc/passwd', null],
    ['an event that there is not', 'https://siem.example.net/', ['device.revokd']],
    ['a group of events that there is not', 'https://siem.example.net/', ['devices.*']],
    ['no event at all', 'https://siem.example.net/', []],
  ])('is not made for %s', async (_what, url, events) => {
    expect(await forwarding.webhooks.add({ url, events }, BY)).toEqual({ fault: expect.any(String) })
    expect(await recorded(stores)).toEqual([])
  })
})

describe('an address inside', () => {
  const inside = async () => [{ address: '10.0.0.7', family: 4 }]

  test('is refused when the webhook is made, with the setting that would allow it', async () => {
    const { webhooks } = opened({}, { lookup: inside })
    const refused = await webhooks.add({ url: receiver.url, events: null }, BY)
    expect(refused).toEqual({ fault: expect.stringContaining('COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS') })
    for (const url of ['https://10.0.0.7/', 'https://[::1]/', 'https://169.254.169.254/latest', 'https://0x7f.1/'])
      expect(await webhooks.add({ url, events: null }, BY)).toEqual({ fault: expect.any(String) })
  })

  test('is not connected to when the name is given it later', async () => {
    const { id } = await add(['service.*'])
    await forwarder.close()
    const later = opened({}, { lookup: inside })
    forwarder = await later.begin((_kind, result) => results.push(result))
    await record('one')
    await forwarder.tend()
    expect(results).toEqual(['forbidden'])
    expect(receiver.dialled).toEqual([])
    expect((await later.webhooks.find(id))?.trouble).toMatchObject({ tries: 1 })
  })

  test('is connected to when whoever runs the machine named it', async () => {
    const { webhooks } = opened({ webhookTrustedHosts: ['siem.example.net'] }, { lookup: inside })
    const added = await webhooks.add({ url: receiver.url, events: null }, BY)
    expect(await webhooks.test('id' in added ? added.id : '', BY)).toMatchObject({ result: 'delivered' })
    expect(receiver.dialled).toEqual(['10.0.0.7:443'])
  })
})

describe('a receiver', () => {
  const post = (signal = new AbortController().signal, dial = receiver.dial) =>
    createPost({ lookup: receiver.lookup, dial, trustedHosts: [] })(receiver.url, {}, 'body', signal)

  test('is connected to at the address that was checked', async () => {
    expect(await post()).toEqual({ result: 'delivered', detail: 'status 204' })
    expect(receiver.dialled).toEqual([`${ADDRESS}:443`])
  })

  test.each([301, 302, 307, 308])('that sends us elsewhere (%d) is not followed', async (status) => {
    receiver.answers(() => ({ status, headers: { Location: 'https://169.254.169.254/' } }))
    expect(await post()).toEqual({ result: 'redirected', detail: `status ${status}` })
    expect(receiver.requests).toHaveLength(1)
    expect(receiver.dialled).toHaveLength(1)
  })

  test('that answers without end is read to a few kilobytes, and cut off', async () => {
    receiver.answers(() => 'endless')
    expect(await post()).toMatchObject({ result: 'delivered' })
    while (receiver.connections() > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(receiver.written()).toBeLessThan(8_000_000)
  })

  test('that says nothing is not waited for', async () => {
    const patience = new AbortController()
    receiver.answers(() => {
      patience.abort()
      return 'hang'
    })
    expect(await post(patience.signal)).toEqual({ result: 'unreachable', detail: 'no answer in time' })
    while (receiver.connections() > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  test('that drops the connection is one that was not reached', async () => {
    receiver.answers(() => 'reset')
    expect(await post()).toMatchObject({ result: 'unreachable' })
  })

  test('that shows a certificate which nobody trusts gets nothing', async () => {
    expect(await post(undefined, receiver.dialUntrusting)).toMatchObject({ result: 'unreachable' })
    expect(receiver.requests).toEqual([])
  })

  test('that shows a certificate of another name gets nothing', async () => {
    const { lookup, dial } = receiver
    const sent = await createPost({ lookup, dial, trustedHosts: [] })(
      'https://other.example.net/',
      {},
      '',
      new AbortController().signal,
    )
    expect(sent).toEqual({ result: 'unreachable', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(receiver.requests).toEqual([])
  })

  test.each<[number, DeliveryResult]>([
    [200, 'delivered'],
    [202, 'delivered'],
    [400, 'refused'],
    [404, 'refused'],
    [429, 'refused'],
    [410, 'gone'],
    [500, 'failed'],
    [503, 'failed'],
  ])('that answers %d: %s', async (status, result) => {
    receiver.answers(() => status)
    expect(await post()).toEqual({ result, detail: `status ${status}` })
  })
})
