import type { RingStore } from '../../push/ring.ts'
import type { DeviceSubscription } from '../../push/subscription.ts'
import type { SubscriptionStore } from '../../push/subscriptions.ts'
import type { Engine } from './engine.ts'
import { createReading, whileThere } from './reading.ts'
import { personId, unnamed } from './rows.ts'

export function createSubscriptionStore(engine: Engine): SubscriptionStore {
  const { matching } = createReading(engine)
  const isSame = (a: DeviceSubscription, b: DeviceSubscription): boolean =>
    a.since === b.since &&
    a.vapidKey === b.vapidKey &&
    JSON.stringify(a.subscription) === JSON.stringify(b.subscription)
  return {
    ofDevices: async (deviceIds) => {
      const found = await Promise.all(deviceIds.map((_id) => matching('push_subscription', { _id })))
      return found.flat().map(unnamed)
    },

    keep: (subscription, event) => {
      const { deviceId } = subscription
      return engine.write({ device: [{ _id: deviceId }], push_subscription: [{ _id: deviceId }] }, (transaction) => {
        if (transaction.get('device', deviceId)?.state !== 'active') return false
        transaction.touch('device', deviceId)
        transaction.put('push_subscription', { _id: deviceId, ...subscription })
        transaction.audit([event])
        return true
      })
    },

    retire: (subscription, event) => {
      const { deviceId } = subscription
      return engine.write({ push_subscription: [{ _id: deviceId }] }, (transaction) => {
        const kept = transaction.get('push_subscription', deviceId)
        if (!kept || !isSame(kept, subscription)) return false
        transaction.remove('push_subscription', deviceId)
        transaction.audit([event])
        return true
      })
    },
  }
}

export function createRingStore(engine: Engine): RingStore {
  const { matching, drop } = createReading(engine)
  /** More than any limit looks at. */
  const MOST_KEPT = 50
  return {
    ring: (key, prompt, now, { gap, most, window }) =>
      engine.write({ ring: [{ _id: key }] }, (transaction) => {
        const rings = transaction.get('ring', key)?.rings ?? []
        if (rings.some(({ at }) => at > now - gap)) return false
        if (rings.filter(({ at }) => at > now - window).length >= most) return false
        const kept = [...rings, { at: now, prompt }].sort((a, b) => a.at - b.at).slice(-MOST_KEPT)
        transaction.put('ring', { _id: key, rings: kept, lastAt: kept.at(-1)?.at ?? now })
        return true
      }),
    since: async (key, since) =>
      (await matching('ring', { _id: key })).flatMap(({ rings }) => rings).filter(({ at }) => at > since),
    unwanted: async (person, since) =>
      (await matching('unwanted', { _id: personId(person) }))
        .flatMap(({ unwanted }) => unwanted)
        .filter(({ at }) => at > since),
    forget: async (before) => {
      const old = { at: { $lt: before } }
      await drop('ring', { lastAt: old.at })
      await drop('unwanted', { lastAt: old.at })
      await whileThere(async () => {
        await engine.models.ring.updateMany({ 'rings.at': old.at }, { $pull: { rings: old } })
        await engine.models.unwanted.updateMany({ 'unwanted.at': old.at }, { $pull: { unwanted: old } })
      })
    },
  }
}
