// Web push as a push service gets it, over TLS; and what a push service or its name can do to us.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { jwtVerify } from 'jose'
import type { Lookup } from '../../src/base/addresses.ts'
import type { Dial } from '../../src/base/checked-agent.ts'
import type { PushMessage } from '../../src/push/sender.ts'
import type { WebSubscription } from '../../src/push/subscription.ts'
import { createVapidHeader, vapidKeyOf } from '../../src/push/vapid.ts'
import { createWebSender } from '../../src/push/web-sender.ts'
import { createTestClock } from '../support/clock.ts'
import { ADDRESS, PUSH_HOST, startPushService, type TinyPushService } from './tiny-push-service.ts'

const key = vapidKeyOf(Buffer.alloc(32, 1).toString('base64url'))
if (!key) throw new Error('no key')
const SUBJECT = 'mailto:push@contoso.example'
const MESSAGE: PushMessage = {
  body: JSON.stringify({ kind: 'prompt', tag: 'a1' }),
  ttl: 87,
  topic: 'a1b2c3',
  urgency: 'high',
}

const clock = createTestClock()
clock.hold()

let service: TinyPushService
beforeEach(async () => {
  service = await startPushService()
})
afterEach(() => service.close())

type Changes = { lookup?: Lookup; dial?: Dial; trustedHosts?: string[] }

function sender(changes: Changes = {}) {
  const vapidHeader = createVapidHeader({ key: key as NonNullable<typeof key>, subject: SUBJECT, clock })
  const { lookup, dial } = service
  return createWebSender({ vapidHeader, lookup, dial, clock, trustedHosts: [], ...changes })
}

const kept = ({ endpoint, keys }: { endpoint: string; keys: { p256dh: string; auth: string } }): WebSubscription => ({
  kind: 'web',
  endpoint,
  ...keys,
})

/** Sends to a fresh subscription, or to another endpoint with its keys. */
function send({ endpoint, signal, ...changes }: Changes & { endpoint?: string; signal?: AbortSignal } = {}) {
  const { subscription } = service.subscribe('/push/1')
  const to = { ...kept(subscription), ...(endpoint && { endpoint }) }
  return sender(changes).send(to, MESSAGE, signal ?? new AbortController().signal)
}

describe('a message', () => {
  test('is what RFC 8030 asks for, and only the browser can read it', async () => {
    const browser = service.subscribe()
    const sent = await sender().send(kept(browser.subscription), MESSAGE, new AbortController().signal)
    expect(sent).toEqual({ result: 'accepted', detail: 'status 201' })
    const [request] = service.requests
    expect(request).toMatchObject({ method: 'POST', path: browser.path })
    expect(request?.headers).toMatchObject({
      host: PUSH_HOST,
      ttl: '87',
      topic: 'a1b2c3',
      urgency: 'high',
      'content-encoding': 'aes128gcm',
    })
    expect(request?.body.toString('latin1')).not.toContain('prompt')
    expect(browser.read(request as NonNullable<typeof request>)).toEqual({ kind: 'prompt', tag: 'a1' })
    expect(() => service.subscribe().read(request as NonNullable<typeof request>)).toThrow()
  })

  test('is signed by our key for this push service, for less than a day (RFC 8292)', async () => {
    await send()
    const header = service.requests[0]?.headers.authorization ?? ''
    const [, token = '', publicKey = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(header) ?? []
    expect(publicKey).toBe(key?.publicKey)
    const point = Buffer.from(publicKey, 'base64url')
    const jwk = {
      ...{ kty: 'EC', crv: 'P-256' },
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    }
    const { payload } = await jwtVerify(token, jwk, { audience: `https://${PUSH_HOST}`, subject: SUBJECT })
    expect(Number(payload.exp) * 1000 - clock.now()).toBeLessThan(24 * 3_600_000)
  })

  test('goes over one connection, again and again', async () => {
    const { send: sendOn } = sender()
    const to = kept(service.subscribe().subscription)
    for (let i = 0; i < 3; i++) await sendOn(to, MESSAGE, new AbortController().signal)
    expect([service.requests.length, service.connections()]).toEqual([3, 1])
  })
})

describe('what became of it', () => {
  test.each([
    [200, 'accepted'],
    [201, 'accepted'],
    [202, 'accepted'],
    [299, 'accepted'],
    [300, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [403, 'rejected'],
    [404, 'gone'],
    [410, 'gone'],
    [413, 'too-large'],
    [429, 'limited'],
    [499, 'rejected'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('status %d: %s', async (status, result) => {
    service.answer('/push/1', { status })
    expect(await send()).toEqual({ result, detail: `status ${status}` })
  })

  test.each([301, 302, 303, 307, 308])('a redirect (%d) is not followed', async (status) => {
    service.answer('/push/1', { status, headers: { location: `https://${PUSH_HOST}/push/elsewhere` } })
    expect(await send()).toEqual({ result: 'rejected', detail: `status ${status}` })
    expect(service.requests.map(({ path }) => path)).toEqual(['/push/1'])
  })

  test.each([
    ['7', 7],
    ['0', 0],
    ['soon', undefined],
    ['99999999999', undefined],
  ])('Retry-After: %s', async (text, seconds) => {
    service.answer('/push/1', { status: 429, headers: { 'retry-after': text } })
    expect((await send()).retryAfterSeconds).toBe(seconds)
  })

  test('Retry-After may be a date', async () => {
    const date = new Date(clock.now() + 60_000).toUTCString()
    service.answer('/push/1', { status: 503, headers: { 'retry-after': date } })
    expect((await send()).retryAfterSeconds).toBe(60)
  })

  test.each(['reset', 'switch'] as const)('a service that does this is unreachable: %s', async (answer) => {
    service.answer('/push/1', answer)
    expect(await send()).toMatchObject({ result: 'unreachable' })
  })

  test('a connection that was kept, and that they closed just then, is made anew, once', async () => {
    const { subscription } = service.subscribe('/push/1')
    const keeping = sender()
    const push = () => keeping.send(kept(subscription), MESSAGE, new AbortController().signal)
    expect(await push()).toMatchObject({ result: 'accepted' })
    service.answer('/push/1', 'reset', { status: 201 })
    expect(await push()).toMatchObject({ result: 'accepted' })
    expect(service.connections()).toBe(2)
    service.answer('/push/1', 'reset')
    expect(await push()).toEqual({ result: 'unreachable', detail: 'ECONNRESET' })
    expect(service.connections()).toBe(3)
  })

  test.each(['stall', 'endless'] as const)('the rest of the answer is not waited for: %s', async (answer) => {
    service.answer('/push/1', answer)
    const abort = new AbortController()
    expect(await send({ signal: abort.signal })).toMatchObject({ result: 'accepted' })
    abort.abort()
  })

  test('an answer without an end is cut off', async () => {
    service.answer('/push/1', 'endless')
    await send()
    while (service.standing() > 0) await new Promise(setImmediate)
  })
})

describe('a service that does not answer', () => {
  test('is waited for until nobody wants to, and its connection is closed', async () => {
    service.answer('/push/1', 'hang')
    const abort = new AbortController()
    const sending = send({ signal: abort.signal })
    await service.received(1)
    abort.abort()
    expect(await sending).toEqual({ result: 'unreachable', detail: 'no answer in time' })
    while (service.standing() > 0) await new Promise(setImmediate)
  })

  test('nor are its name servers', async () => {
    const asked = Promise.withResolvers<void>()
    const lookup = (): Promise<never> => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    const abort = new AbortController()
    const sending = send({ lookup, signal: abort.signal })
    await asked.promise
    abort.abort()
    expect(await sending).toEqual({ result: 'unreachable', detail: 'no answer in time' })
  })

  test('is unreachable when its name is unknown', async () => {
    expect(await send({ endpoint: 'https://gone.example/x' })).toEqual({ result: 'unreachable', detail: 'ENOTFOUND' })
  })

  test('is unreachable when nobody can be dialled, however that fails', async () => {
    const dial = (): never => {
      throw new TypeError('at once')
    }
    expect(await send({ dial })).toEqual({ result: 'unreachable', detail: 'TypeError' })
  })

  test('is unreachable when its certificate is another’s', async () => {
    const lookup = async () => [{ address: ADDRESS, family: 4 }]
    const sent = await send({ endpoint: 'https://not-in-the-certificate.example/x', lookup })
    expect(sent).toEqual({ result: 'unreachable', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(service.requests).toEqual([])
  })
})

describe('the way inside', () => {
  const never: Dial = ({ host }) => {
    throw new Error(`${host} was dialled`)
  }
  const forbidden = { result: 'forbidden', detail: expect.any(String) }

  test.each([
    'http://push.example.net/x',
    'https://push.example.net:8443/x',
    'https://user@push.example.net/x',
    'https://127.0.0.1/x',
    'https://0x7f000001/x',
    'https://2130706433/x',
    'https://[::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://[64:ff9b::7f00:1]/x',
    'https://169.254.169.254/latest/meta-data/',
    'not a URL',
  ])('is not taken: %s', async (endpoint) => {
    expect(await send({ endpoint, dial: never })).toEqual(forbidden)
  })

  test.each([[['127.0.0.1']], [[ADDRESS, '10.0.0.1']], [['::ffff:192.168.1.1']], [['fe80::1%eth0']], [[]]])(
    'is not taken by a name that stands for %j',
    async (addresses) => {
      const lookup = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      expect(await send({ lookup, dial: never })).toEqual(forbidden)
    },
  )

  test('a name that stands for another address the second time is asked once for each connection', async () => {
    const answers = [ADDRESS, '127.0.0.1', '127.0.0.1']
    let asked = 0
    const lookup = async () => {
      asked++
      return [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]
    }
    expect(await send({ lookup })).toMatchObject({ result: 'accepted' })
    expect([asked, service.dialled]).toEqual([1, [`${ADDRESS}:443`]])
    expect(await send({ lookup })).toEqual(forbidden)
    expect(service.dialled).toHaveLength(1)
  })

  test('the machine’s own resolver is never asked: what is dialled is an address', async () => {
    const dialled: unknown[] = []
    const dial: Dial = (options) => {
      dialled.push([options.host, options.servername, options.lookup, options.path ?? null])
      return service.dial(options)
    }
    expect(await send({ dial })).toMatchObject({ result: 'accepted' })
    expect(dialled).toEqual([[ADDRESS, PUSH_HOST, undefined, null]])
  })

  test('of several addresses that were checked, the first that answers is taken, and no other is known', async () => {
    const lookup = async () => [
      { address: '2a00:1450::1', family: 6 },
      { address: '142.250.1.2', family: 4 },
      { address: ADDRESS, family: 4 },
    ]
    expect(await send({ lookup })).toMatchObject({ result: 'accepted' })
    expect(service.dialled).toEqual(['2a00:1450::1:443', '142.250.1.2:443', `${ADDRESS}:443`])
    expect(await send({ lookup: async () => [...(await lookup()), { address: '10.0.0.1', family: 4 }] })).toEqual(
      forbidden,
    )
  })

  test('is open to the hosts that the operator named', async () => {
    const lookup = async () => [{ address: '10.0.0.9', family: 4 }]
    const dial: Dial = (options) => {
      expect([options.host, Number(options.port)]).toEqual(['10.0.0.9', 8443])
      return service.dial({ ...options, host: ADDRESS })
    }
    const endpoint = `https://${PUSH_HOST}:8443/push/1`
    expect(await send({ endpoint, lookup, dial })).toEqual(forbidden)
    expect(await send({ endpoint, lookup, dial, trustedHosts: [PUSH_HOST] })).toMatchObject({ result: 'accepted' })
  })
})

test('what is said of a failure names neither the path nor a key of the subscription', async () => {
  const endpoint = `https://${PUSH_HOST}/push/secret-of-the-phone`
  const failures = []
  for (const answer of [{ status: 500 }, { status: 410 }, 'reset'] as const) {
    service.answer('/push/secret-of-the-phone', answer)
    failures.push(await send({ endpoint }))
  }
  failures.push(await send({ endpoint: 'https://10.0.0.1/secret-of-the-phone' }))
  failures.push(await send({ endpoint: 'https://secret-of-the-phone.example/' }))
  expect(JSON.stringify(failures)).not.toContain('secret')
})
