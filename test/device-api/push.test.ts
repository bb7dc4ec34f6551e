// How a phone says where it is woken, over HTTP: what it is told, and what is not taken.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DeviceProblem, PushStanding, PushTestAnswer } from '../../src/device-api/contract.ts'
import { createPhone, type Phone, type PhoneAnswer, type PushAddress } from '../phone-simulator/phone.ts'
import { startPushService, type TinyPushService } from '../push/tiny-push-service.ts'
import { ticketOn } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { begin, enrol, eventsOf, keyOf } from '../support/stories.ts'

let service: TinyPushService
let countersign: Countersign
/** Which names were asked of whom. */
const asked = { system: [] as string[], nameServers: [] as string[] }
beforeAll(async () => {
  service = await startPushService()
  const { lookup, dial } = service
  const inside = async (host: string) =>
    host === 'inside.example' ? [{ address: '10.0.0.1', family: 4 }] : lookup(host)
  const asks = (whom: keyof typeof asked) => (host: string) => {
    asked[whom].push(host)
    return inside(host)
  }
  countersign = await startCountersign({ world: { lookup: asks('system'), resolve: asks('nameServers'), dial } })
})
afterAll(async () => {
  await countersign.close()
  await service.close()
})

/** A phone of somebody new, active. */
const newPhone = (): Promise<Phone> => {
  countersign.clock.leap(300_000)
  const objectId = crypto.randomUUID()
  return enrol(countersign, { person: { objectId, name: 'Somebody', username: `${objectId}@contoso.example` } })
}
const fits = ({ status, body }: PhoneAnswer): PushStanding => {
  expect([status, body]).toEqual([200, PushStanding.parse(body)])
  return body
}
function refused({ status, body, headers }: PhoneAnswer): [number, string] {
  expect(headers.get('content-type')).toContain('application/problem+json')
  expect(DeviceProblem.parse(body).status).toBe(status)
  return [status, body.code]
}
const digest = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64url')

describe('a phone', () => {
  test('is told with which key to subscribe, subscribes, and finds itself again', async () => {
    const phone = await newPhone()
    const before = fits(await phone.push())
    expect(before).toMatchObject({ subscribed: 'none', addressDigest: null, kinds: ['web'] })
    expect(Buffer.from(before.vapidPublicKey, 'base64url')).toHaveLength(65)

    const { subscription } = service.subscribe()
    const subscribed = fits(await phone.subscribe(subscription))
    expect(subscribed).toMatchObject({ subscribed: 'web', addressDigest: await digest(subscription.endpoint) })
    expect(fits(await phone.push())).toEqual(subscribed)
    expect(await phone.testPush()).toMatchObject({ status: 200, body: { result: 'accepted' } })

    expect(fits(await phone.subscribe({ kind: 'none' }))).toMatchObject({ subscribed: 'none', addressDigest: null })
    expect(await phone.testPush()).toMatchObject({ status: 200, body: { result: 'not-subscribed' } })
  })

  test('is told what became of a test', async () => {
    const phone = await newPhone()
    const browser = service.subscribe()
    await phone.subscribe(browser.subscription)
    const results = []
    for (const status of [201, 500, 403, 410]) {
      service.answer(browser.path, { status })
      const { body } = await phone.testPush()
      results.push(PushTestAnswer.parse(body).result)
      countersign.clock.leap(5000)
    }
    expect(results).toEqual(['accepted', 'failed', 'failed', 'gone'])
    expect(fits(await phone.push())).toMatchObject({ subscribed: 'none' })
    const [first] = service.of(browser.path)
    expect(first?.headers).toMatchObject({ ttl: '60', urgency: 'high' })
    expect(browser.read(first as NonNullable<typeof first>)).toMatchObject({ kind: 'test', integrationName: 'Contoso' })
  })

  test('that tests too often is told when it may again', async () => {
    const phone = await newPhone()
    await phone.subscribe(service.subscribe().subscription)
    await phone.testPush()
    const again = await phone.testPush()
    expect(refused(again)).toEqual([429, 'wait'])
    expect(again.body.retryAfterSeconds).toBe(Number(again.headers.get('retry-after')))
    expect(again.body.retryAfterSeconds).toBeGreaterThan(0)
  })

  test('that names a host of its own choice has it looked up where that holds up nothing else', async () => {
    const phone = await newPhone()
    const { subscription } = service.subscribe()
    for (const host of ['push.example.net', 'fcm.googleapis.com', 'googleapis.com.push.example.net'])
      await phone.subscribe({ ...subscription, endpoint: `https://${host}/x` })
    expect(new Set(asked.system)).toEqual(new Set(['fcm.googleapis.com']))
    expect(asked.nameServers).toEqual(expect.arrayContaining(['push.example.net', 'googleapis.com.push.example.net']))
  })

  test('that changes where it is woken very often is told to wait, and may switch it off', async () => {
    const phone = await newPhone()
    for (let i = 0; i < 20; i++)
      expect((await phone.subscribe(service.subscribe(`/push/often-${i}`).subscription)).status).toBe(200)
    const again = await phone.subscribe(service.subscribe('/push/often').subscription)
    expect(refused(again)).toEqual([429, 'wait'])
    expect(again.body.retryAfterSeconds).toBe(Number(again.headers.get('retry-after')))
    expect(fits(await phone.subscribe({ kind: 'none' }))).toMatchObject({ subscribed: 'none' })
  })

  test('is on record with what it asked for, and not with where it is', async () => {
    const phone = await newPhone()
    const { subscription } = service.subscribe('/push/a-secret-path')
    await phone.subscribe(subscription)
    await phone.subscribe({ kind: 'none' })
    const all = await eventsOf(countersign)
    const types = all.slice(-2).map(({ type }) => type)
    expect(types).toEqual(['push.subscribed', 'push.retired'])
    expect(JSON.stringify(all)).not.toContain('a-secret-path')
  })
})

describe('is refused', () => {
  const web = (endpoint: string): PushAddress => ({ ...service.subscribe().subscription, endpoint })

  test.each([
    'https://127.0.0.1/push',
    'https://0x7f.1/push',
    'https://2130706433/push',
    'https://[::1]/push',
    'https://[::ffff:127.0.0.1]/push',
    'https://169.254.169.254/push',
    'https://inside.example/push',
    'https://inside.example./push',
    'https://nowhere.example/push',
    'https://push.example.net:8443/push',
    'https://somebody@push.example.net/push',
  ])('an endpoint that is not on the public internet: %s', async (endpoint) => {
    const phone = await newPhone()
    expect(refused(await phone.subscribe(web(endpoint)))).toEqual([422, 'push-refused'])
    expect(fits(await phone.push())).toMatchObject({ subscribed: 'none' })
    expect(service.dialled.filter((each) => !each.startsWith('142.250.1.1:'))).toEqual([])
  })

  test('a key that nothing can be encrypted for', async () => {
    const phone = await newPhone()
    const { subscription } = service.subscribe()
    const keys = { ...subscription.keys, p256dh: 'A'.repeat(87) }
    expect(refused(await phone.subscribe({ ...subscription, keys }))).toEqual([422, 'push-refused'])
  })

  test('a kind that is not configured', async () => {
    const phone = await newPhone()
    expect(refused(await phone.subscribe({ kind: 'fcm', token: 'a-token' }))).toEqual([422, 'push-refused'])
  })

  test.each([
    ['http', { endpoint: 'http://push.example.net/x' }],
    ['no URL', { endpoint: 'push' }],
    ['a long one', { endpoint: `https://push.example.net/${'x'.repeat(1024)}` }],
    ['a member that nobody knows', { more: 'x' }],
    ['a kind that nobody knows', { kind: 'carrier-pigeon' }],
    ['keys that are too short', { keys: { p256dh: 'AA', auth: 'AA' } }],
  ])('what is not as described: %s', async (_name, change) => {
    const phone = await newPhone()
    const body = { ...service.subscribe().subscription, ...change } as PushAddress
    expect(refused(await phone.subscribe(body))).toEqual([400, 'request-malformed'])
  })

  test('a phone that is being bound: it is in its person’s hand', async () => {
    countersign.clock.leap(300_000)
    const phone = await createPhone({ url: countersign.url })
    const begun = await begin(countersign, {
      person: { objectId: crypto.randomUUID(), name: 'New', username: 'new@contoso.example' },
    })
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    for (const answer of [
      await phone.push(),
      await phone.subscribe(service.subscribe().subscription),
      await phone.testPush(),
    ])
      expect(refused(answer)).toEqual([400, 'request-malformed'])
  })

  test('a phone that was removed, and one that nobody knows', async () => {
    const phone = await newPhone()
    await phone.subscribe(service.subscribe().subscription)
    await phone.remove()
    const stranger = await createPhone({ url: countersign.url })
    for (const [who, problem] of [
      [phone, [403, 'device-removed']],
      [stranger, [401, 'device-unknown']],
    ] as const) {
      expect(refused(await who.push())).toEqual(problem)
      expect(refused(await who.subscribe(service.subscribe().subscription))).toEqual(problem)
      expect(refused(await who.testPush())).toEqual(problem)
    }
  })

  test('a body that was changed after it was proven', async () => {
    const phone = await newPhone()
    await phone.push()
    const path = '/device/v1/push'
    const mine = JSON.stringify(service.subscribe().subscription)
    const theirs = JSON.stringify(service.subscribe().subscription)
    const proof = await phone.prove('POST', path, mine)
    expect(refused(await phone.sendOnce('POST', path, theirs, proof))).toEqual([401, 'proof-refused'])
    expect(fits(await phone.push())).toMatchObject({ subscribed: 'none' })
  })

  test('a proof that another request used', async () => {
    const phone = await newPhone()
    await phone.push()
    const { subscription } = service.subscribe()
    const once = async (path: string, content: object, jti: string) => {
      const body = JSON.stringify(content)
      return phone.sendOnce('POST', path, body, await phone.prove('POST', path, body, { jti }))
    }
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    expect((await once('/device/v1/push', subscription, first)).status).toBe(200)
    expect(refused(await once('/device/v1/push', { kind: 'none' }, first))).toEqual([401, 'proof-refused'])
    expect(fits(await phone.push())).toMatchObject({ subscribed: 'web' })
    expect((await once('/device/v1/push-test', {}, second)).status).toBe(200)
    expect(refused(await once('/device/v1/push', { kind: 'none' }, second))).toEqual([401, 'proof-refused'])
    expect(refused(await once('/device/v1/push-test', {}, first))).toEqual([401, 'proof-refused'])
    expect(refused(await once('/device/v1/remove', {}, first))).toEqual([401, 'proof-refused'])
    expect(fits(await phone.push())).toMatchObject({ subscribed: 'web' })
  })

  test('who proves nothing, and who uses another method', async () => {
    for (const path of ['/device/v1/push', '/device/v1/push-test']) {
      const unproven = await fetch(`${countersign.url}${path}`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      })
      expect([unproven.status, ((await unproven.json()) as DeviceProblem).code]).toEqual([401, 'proof-refused'])
      const removed = await fetch(`${countersign.url}${path}`, { method: 'DELETE' })
      const allowed = path.endsWith('test') ? 'POST' : 'GET, POST'
      expect([removed.status, removed.headers.get('allow')]).toEqual([405, allowed])
    }
  })
})

test('a phone that an administrator revokes is not woken any more', async () => {
  const phone = await newPhone()
  const browser = service.subscribe()
  await phone.subscribe(browser.subscription)
  const { devices } = countersign.service.capabilities
  const { objectId } = (await eventsOf(countersign, 'push.subscribed')).at(-1) ?? { objectId: '' }
  const [device] = await devices.activeOf(keyOf({ objectId }))
  if (!device) throw new Error('no device')
  await devices.revoke(device, 'command-line', 'lost')
  const { subscriptions } = countersign.service.capabilities.stores
  expect(await subscriptions.ofDevices([device.id])).toEqual([])
})
