import { ECDH } from 'node:crypto'
import type { AuditEvent } from '../audit/events.ts'
import { ForbiddenAddress, faultOfEndpoint, type Lookup, resolvePublic } from '../base/addresses.ts'
import type { Clock } from '../base/clock.ts'
import { sha256 } from '../base/digest.ts'
import { mayPass } from '../base/lookup.ts'
import { type PersonKey, personKeyOf } from '../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import * as rules from './ring.ts'
import type { DeviceSubscription, Subscription } from './subscription.ts'

export type SubscriptionStore = {
  ofDevices(deviceIds: readonly string[]): Promise<DeviceSubscription[]>
  /** Keeps it in place of the device's earlier one. False when the device is not active. */
  keep(subscription: DeviceSubscription, event: AuditEvent): Promise<boolean>
  /** Forgets this very subscription. False when the device has another one meanwhile, or none. */
  retire(subscription: DeviceSubscription, event: AuditEvent): Promise<boolean>
}

/** Whose device it is. */
export type Owner = PersonKey & { deviceId: string; integrationId: string; integrationName: string }

export type PushKind = Subscription['kind']

export type Subscriptions = ReturnType<typeof createSubscriptions>

const LOOKUP_PATIENCE = 5000
/** A browser changes its subscription now and then. Each change is on record, and a name that somebody else chose is looked up for it. */
const CHANGE_LIMIT = { gap: 0, most: 20, window: rules.RING_WINDOW }

/** Where each device is reached. */
export function createSubscriptions(options: {
  store: SubscriptionStore
  rings: Pick<rules.RingStore, 'ring' | 'since'>
  vapidPublicKey: string
  kinds: readonly PushKind[]
  lookup: Lookup
  trustedHosts: readonly string[]
  clock: Clock
}) {
  const { store, rings, vapidPublicKey, kinds, lookup, trustedHosts, clock } = options

  const usable = ({ subscription: { kind }, vapidKey }: DeviceSubscription): boolean =>
    kinds.includes(kind) && (kind !== 'web' || vapidKey === vapidPublicKey)

  const ofDevices = async (deviceIds: readonly string[]): Promise<DeviceSubscription[]> =>
    deviceIds.length === 0 ? [] : (await store.ofDevices(deviceIds)).filter(usable)

  /** What speaks against an endpoint; undefined when nothing does. */
  async function faultOf(subscription: Subscription): Promise<string | undefined> {
    if (!kinds.includes(subscription.kind)) return `${subscription.kind} is not configured`
    if (subscription.kind !== 'web') return undefined
    const fault = faultOfEndpoint(subscription.endpoint, trustedHosts)
    if (fault) return fault
    if (!isOnCurve(subscription.p256dh)) return 'its key is no point of P-256'
    try {
      await resolvePublic(new URL(subscription.endpoint).hostname, (host) => inTime(lookup(host)), trustedHosts)
      return undefined
    } catch (error) {
      if (error instanceof ForbiddenAddress) return error.message
      // It is looked up again, and held to the same, whenever something is sent there.
      return mayPass(error) ? undefined : 'there is no such host'
    }
  }

  /** Counts a change, if the device may make one. */
  async function admitChange(deviceId: string): Promise<true | Refusal> {
    const taken = await rules.takeRing(rings, rules.changesOf(deviceId), 'change', clock.now(), CHANGE_LIMIT)
    if (taken === true) return true
    return refuse('push.changed-often', 'subscribed 20 times lately', { retryAfterSeconds: taken })
  }

  return {
    /** Those that can be used now: of the kinds that are configured, and made for our key. */
    ofDevices,

    /**
     * Keeps where a device is reached from now on, or forgets it (null). Refused (`push.refused`) when its kind is not
     * configured, a web endpoint is not https on the public internet or on a host that the operator named, or its key is none; and
     * (`push.changed-often`) when the device did so 20 times in ten minutes.
     */
    async subscribe(owner: Owner, subscription: Subscription | null): Promise<true | Refusal> {
      const { deviceId, integrationId } = owner
      const who = { ...personKeyOf(owner), deviceId, integrationId }
      const [kept] = await store.ofDevices([deviceId])
      if (!subscription) {
        const via = kept?.subscription.kind ?? 'web'
        if (kept) await store.retire(kept, { ...who, type: 'push.retired', via, reason: 'asked by the device' })
        return true
      }
      const vapidKey = subscription.kind === 'web' ? vapidPublicKey : null
      if (kept && usable(kept) && sameSubscription(kept.subscription, subscription)) return true
      const admitted = await admitChange(deviceId)
      if (isRefusal(admitted)) return admitted
      const fault = await faultOf(subscription)
      if (fault) return refuse('push.refused', fault)
      const event = { ...who, type: 'push.subscribed', via: subscription.kind } as const
      const stored = await store.keep({ deviceId, subscription, vapidKey, since: clock.now() }, event)
      return stored ? true : refuse('device.removed', 'device was revoked meanwhile')
    },

    /** How a device is woken now, and the digest of where. */
    async standingOf(deviceId: string): Promise<{ subscribed: PushKind | 'none'; addressDigest: string | null }> {
      const [kept] = await ofDevices([deviceId])
      if (!kept) return { subscribed: 'none', addressDigest: null }
      return { subscribed: kept.subscription.kind, addressDigest: sha256(addressOf(kept.subscription)) }
    },
  }
}

const addressOf = (subscription: Subscription): string =>
  subscription.kind === 'web' ? subscription.endpoint : subscription.token

/** Whether something can be encrypted for this key (RFC 8291 section 3.1). */
function isOnCurve(p256dh: string): boolean {
  try {
    ECDH.convertKey(p256dh, 'prime256v1', 'base64url', 'base64url', 'compressed')
    return true
  } catch {
    return false
  }
}

const sameSubscription = (a: Subscription, b: Subscription): boolean =>
  a.kind === 'web' && b.kind === 'web'
    ? a.endpoint === b.endpoint && a.p256dh === b.p256dh && a.auth === b.auth
    : a.kind === b.kind && addressOf(a) === addressOf(b)

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(LOOKUP_PATIENCE)
    late.addEventListener('abort', () => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEOUT' })), {
      once: true,
    })
    work.then(resolve, reject)
  })
}
