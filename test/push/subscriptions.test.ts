// Where a device is reached: what is taken, what is refused, and what counts.
import { createECDH } from 'node:crypto'
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import type { Lookup } from '../../src/base/addresses.ts'
import { sha256 } from '../../src/base/digest.ts'
import { isRefusal, refuse } from '../../src/base/refusal.ts'
import { nextRing, type Ring, type RingStore } from '../../src/push/ring.ts'
import type { DeviceSubscription, Subscription } from '../../src/push/subscription.ts'
import { createSubscriptions, type PushKind, type SubscriptionStore } from '../../src/push/subscriptions.ts'

const NOW = 1_800_000_000_000
const OWNER = {
  ...{ deviceId: 'device-1', integrationId: 'integration-1', integrationName: 'Contoso' },
  ...{ tenantId: 'tenant-1', objectId: 'ada' },
}
const WHO = { deviceId: 'device-1', integrationId: 'integration-1', tenantId: 'tenant-1', objectId: 'ada' }
// The example of RFC 8291 section 5.
const WEB: Subscription = {
  kind: 'web',
  endpoint: 'https://push.example/1',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}
const ANOTHER_POINT = createECDH('prime256v1').generateKeys('base64url')
const FCM: Subscription = { kind: 'fcm', token: 'token-1' }

let kept: Map<string, DeviceSubscription>
let events: AuditEvent[]
let isActive: boolean
let now: number
let heard: Record<string, Ring[]>
beforeEach(() => {
  now = NOW
  heard = {}
  kept = new Map()
  events = []
  isActive = true
})

const store: SubscriptionStore = {
  ofDevices: async (ids) => ids.flatMap((id) => kept.get(id) ?? []),
  async keep(subscription, event) {
    if (!isActive) return false
    kept.set(subscription.deviceId, subscription)
    events.push(event)
    return true
  },
  async retire(subscription, event) {
    if (JSON.stringify(kept.get(subscription.deviceId)) !== JSON.stringify(subscription)) return false
    kept.delete(subscription.deviceId)
    events.push(event)
    return true
  },
}

const rings: Pick<RingStore, 'ring' | 'since'> = {
  async ring(key, prompt, at, limit) {
    const before = heard[key] ?? []
    if (nextRing(before, at, limit) > at) return false
    heard[key] = [...before, { at, prompt }]
    return true
  },
  since: async (key, since) => (heard[key] ?? []).filter(({ at }) => at >= since),
}

const publicly: Lookup = async () => [{ address: '142.250.1.1', family: 4 }]

function subscriptions({
  vapidPublicKey = 'our-key',
  kinds = ['web', 'fcm'] as PushKind[],
  lookup = publicly,
  trustedHosts = [] as string[],
} = {}) {
  return createSubscriptions({ store, rings, vapidPublicKey, kinds, lookup, trustedHosts, clock: { now: () => now } })
}

const codeOf = (result: unknown): unknown => (isRefusal(result) ? result.code : result)

describe('a subscription', () => {
  test('of a browser is kept with the key that it was made for, and on record', async () => {
    expect(await subscriptions().subscribe(OWNER, WEB)).toBe(true)
    expect([...kept.values()]).toEqual([{ deviceId: 'device-1', subscription: WEB, vapidKey: 'our-key', since: NOW }])
    expect(events).toEqual([{ ...WHO, type: 'push.subscribed', via: 'web' }])
    expect(JSON.stringify(events)).not.toContain('push.example')
  })

  test('of an app is kept without one', async () => {
    expect(await subscriptions().subscribe(OWNER, FCM)).toBe(true)
    expect(kept.get('device-1')).toMatchObject({ subscription: FCM, vapidKey: null })
  })

  test('takes the place of the earlier one', async () => {
    await subscriptions().subscribe(OWNER, FCM)
    await subscriptions().subscribe(OWNER, WEB)
    expect([...kept.values()].map(({ subscription }) => subscription)).toEqual([WEB])
    expect(events.map(({ type }) => type)).toEqual(['push.subscribed', 'push.subscribed'])
  })

  test('that is kept already is neither written nor looked up again', async () => {
    await subscriptions().subscribe(OWNER, WEB)
    const lookup = async (): Promise<never> => {
      throw new Error('looked up')
    }
    expect(await subscriptions({ lookup }).subscribe(OWNER, { ...WEB })).toBe(true)
    expect(events).toHaveLength(1)
  })

  test('of an app is another one when its token is, and none when it is not', async () => {
    await subscriptions().subscribe(OWNER, FCM)
    await subscriptions().subscribe(OWNER, { ...FCM })
    expect(events).toHaveLength(1)
    await subscriptions().subscribe(OWNER, { kind: 'fcm', token: 'token-2' })
    expect(kept.get('device-1')?.subscription).toEqual({ kind: 'fcm', token: 'token-2' })
  })

  test('of a browser is another one than that of an app, whatever their addresses are', async () => {
    const app: Subscription = { kind: 'fcm', token: WEB.kind === 'web' ? WEB.endpoint : '' }
    for (const one of [WEB, app, WEB]) {
      await subscriptions().subscribe(OWNER, one)
      expect(kept.get('device-1')?.subscription).toEqual(one)
    }
  })

  test.each([
    { ...WEB, endpoint: 'https://push.example/2' },
    { ...WEB, auth: 'AAAAMqHH6r4Tts7J_aSIgg' },
    { ...WEB, p256dh: ANOTHER_POINT },
  ] as Subscription[])('with another part is another one', async (other) => {
    await subscriptions().subscribe(OWNER, WEB)
    await subscriptions().subscribe(OWNER, other)
    expect(kept.get('device-1')?.subscription).toEqual(other)
  })

  test('is forgotten when the device says so, on record, and only once', async () => {
    await subscriptions().subscribe(OWNER, FCM)
    for (let i = 0; i < 2; i++) expect(await subscriptions().subscribe(OWNER, null)).toBe(true)
    expect(kept.size).toBe(0)
    expect(events.slice(1)).toEqual([{ ...WHO, type: 'push.retired', via: 'fcm', reason: 'asked by the device' }])
  })

  test('of a device that was revoked meanwhile is not kept', async () => {
    isActive = false
    expect(await subscriptions().subscribe(OWNER, WEB)).toEqual(
      refuse('device.removed', 'device was revoked meanwhile'),
    )
  })
})

describe('is refused', () => {
  const INSIDE = 'the host is not on the public internet'
  const NO_POINT = 'its key is no point of P-256'
  const leadsTo =
    (...addresses: string[]): Lookup =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const fails =
    (code: string): Lookup =>
    async () => {
      throw Object.assign(new Error(code), { code })
    }

  test.each([
    ['an endpoint that is not https', { ...WEB, endpoint: 'http://push.example/1' }, publicly, 'not an https URL'],
    ['an endpoint with a port', { ...WEB, endpoint: 'https://push.example:8443/1' }, publicly, 'names a port'],
    ['an address inside', { ...WEB, endpoint: 'https://10.0.0.1/1' }, publicly, INSIDE],
    ['a name that stands for an address inside', WEB, leadsTo('10.0.0.1'), INSIDE],
    ['a name that stands for both', WEB, leadsTo('142.250.1.1', '::1'), INSIDE],
    ['a name that stands for nothing', WEB, leadsTo(), 'the host has no address'],
    ['a name that there is not', WEB, fails('ENOTFOUND'), 'there is no such host'],
    ['a key that is no point of the curve', { ...WEB, p256dh: `B${'A'.repeat(86)}` }, publicly, NO_POINT],
    ['a key that is no key', { ...WEB, p256dh: 'A'.repeat(87) }, publicly, NO_POINT],
  ] as [string, Subscription, Lookup, string][])('%s', async (_name, subscription, lookup, reason) => {
    expect(await subscriptions({ lookup }).subscribe(OWNER, subscription)).toEqual(refuse('push.refused', reason))
    expect([kept.size, events]).toEqual([0, []])
  })

  test.each(['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT'])(
    'but not because its name cannot be looked up now (%s): it is, whenever something is sent there',
    async (code) => {
      expect(await subscriptions({ lookup: fails(code) }).subscribe(OWNER, WEB)).toBe(true)
      expect(kept.get('device-1')?.subscription).toEqual(WEB)
    },
  )

  test('a kind that is not configured', async () => {
    expect(await subscriptions({ kinds: ['web'] }).subscribe(OWNER, FCM)).toEqual(
      refuse('push.refused', 'fcm is not configured'),
    )
  })

  test('but not for a host that the operator named', async () => {
    const inside = subscriptions({ lookup: leadsTo('10.0.0.1'), trustedHosts: ['push.example'] })
    expect(await inside.subscribe(OWNER, { ...WEB, endpoint: 'https://push.example:8443/1' })).toBe(true)
  })

  test('and what was kept before stays', async () => {
    await subscriptions().subscribe(OWNER, WEB)
    await subscriptions().subscribe(OWNER, { ...WEB, endpoint: 'https://[::1]/1' })
    expect(kept.get('device-1')?.subscription).toEqual(WEB)
  })
})

describe('changes', () => {
  const another = (which: number): Subscription => ({ kind: 'fcm', token: `token-${which}` })
  const tooOften = (retryAfterSeconds: number) =>
    expect.objectContaining({ code: 'push.changed-often', facts: { retryAfterSeconds } })

  test('are twenty in ten minutes for each device; what is beyond that is not looked up, and says when', async () => {
    for (let i = 0; i < 20; i++) {
      expect(await subscriptions().subscribe(OWNER, another(i))).toBe(true)
      now += 10_000
    }
    const lookup = async (): Promise<never> => {
      throw new Error('looked up')
    }
    expect(await subscriptions({ lookup }).subscribe(OWNER, WEB)).toEqual(tooOften(400))
    expect(events).toHaveLength(20)
    expect(await subscriptions().subscribe({ ...OWNER, deviceId: 'device-2' }, WEB)).toBe(true)
    now += 399_999
    expect(await subscriptions().subscribe(OWNER, WEB)).toEqual(tooOften(1))
    now += 1
    expect(await subscriptions().subscribe(OWNER, WEB)).toBe(true)
  })

  test('that were refused count, for their names were looked up', async () => {
    const nowhere = subscriptions({ lookup: async () => [] })
    for (let i = 0; i < 20; i++) expect(codeOf(await nowhere.subscribe(OWNER, WEB))).toBe('push.refused')
    expect(await subscriptions().subscribe(OWNER, WEB)).toEqual(tooOften(600))
  })

  test('never keep anybody from switching it off, nor from what is kept already', async () => {
    for (let i = 0; i < 20; i++) await subscriptions().subscribe(OWNER, another(i))
    expect(await subscriptions().subscribe(OWNER, another(19))).toBe(true)
    expect(await subscriptions().subscribe(OWNER, null)).toBe(true)
    expect(kept.size).toBe(0)
  })
})

describe('what counts', () => {
  test('is what was made for our key', async () => {
    await subscriptions().subscribe(OWNER, WEB)
    expect(await subscriptions().ofDevices(['device-1'])).toHaveLength(1)
    const later = subscriptions({ vapidPublicKey: 'another-key' })
    expect(await later.ofDevices(['device-1'])).toEqual([])
    expect(await later.standingOf('device-1')).toEqual({ subscribed: 'none', addressDigest: null })
    // The phone subscribes anew, with the same endpoint or another: it is kept for the new key.
    await later.subscribe(OWNER, WEB)
    expect(await later.ofDevices(['device-1'])).toMatchObject([{ vapidKey: 'another-key' }])
  })

  test('is of a kind that is configured', async () => {
    await subscriptions().subscribe(OWNER, FCM)
    expect(await subscriptions({ kinds: ['web'] }).ofDevices(['device-1'])).toEqual([])
  })

  test('is told with a digest of where, so that the phone knows its own', async () => {
    expect(await subscriptions().standingOf('device-1')).toEqual({ subscribed: 'none', addressDigest: null })
    await subscriptions().subscribe(OWNER, WEB)
    const addressDigest = sha256('https://push.example/1')
    expect(await subscriptions().standingOf('device-1')).toEqual({ subscribed: 'web', addressDigest })
    await subscriptions().subscribe(OWNER, FCM)
    expect(await subscriptions().standingOf('device-1')).toEqual({
      subscribed: 'fcm',
      addressDigest: sha256('token-1'),
    })
  })
})
