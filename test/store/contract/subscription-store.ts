import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DeviceSubscription } from '../../../src/push/subscription.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  activateOne,
  aDevice,
  anIntegration,
  aSubscription,
  integrationEvent,
  NOW,
  retired,
  revoked,
  someId,
  subscribed,
} from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

/** Where devices are reached, on every store. A device that is gone is not reached. */
export function describeSubscriptionStore(name: string, open: OpenStore): void {
  describe(`push subscriptions on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    /** A device that is reached there. */
    async function subscribeOne(device = aDevice()): Promise<DeviceSubscription> {
      await activateOne(store.stores, device)
      const subscription = aSubscription(device.id)
      expect(await store.stores.subscriptions.keep(subscription, subscribed(subscription))).toBe(true)
      return subscription
    }

    test('finds those of these devices', async () => {
      const [first, second] = [await subscribeOne(), await subscribeOne()]
      await subscribeOne()
      const { subscriptions } = store.beside
      const found = await subscriptions.ofDevices([first.deviceId, second.deviceId, someId()])
      expect(found).toHaveLength(2)
      expect(found).toEqual(expect.arrayContaining([first, second]))
      expect(await subscriptions.ofDevices([])).toEqual([])
    })

    test('a device has one: the newest, with its event', async () => {
      const first = await subscribeOne()
      const second = { ...aSubscription(first.deviceId), subscription: { kind: 'fcm' as const, token: 't <>&"' } }
      await store.beside.subscriptions.keep(second, subscribed(second))
      expect(await store.stores.subscriptions.ofDevices([first.deviceId])).toEqual([second])
      expect(await recorded(store.stores)).toEqual([subscribed(first), subscribed(second)])
    })

    test('a device that is not there, or was revoked, is not reached, and nothing is recorded', async () => {
      const device = await activateOne(store.stores)
      await store.stores.devices.revoke(device.id, NOW, revoked(device))
      const before = await recorded(store.stores)
      for (const deviceId of [device.id, someId()]) {
        const subscription = aSubscription(deviceId)
        expect(await store.stores.subscriptions.keep(subscription, subscribed(subscription))).toBe(false)
        expect(await store.stores.subscriptions.ofDevices([deviceId])).toEqual([])
      }
      expect(await recorded(store.stores)).toEqual(before)
    })

    test('of a thousand that retire it one is told that it did it, and one is recorded', async () => {
      const subscription = await subscribeOne()
      const won = await race(store, ({ subscriptions }, caller) =>
        subscriptions.retire(subscription, retired(subscription, `caller ${caller}`)),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await recorded(store.stores)).slice(1)).toEqual([retired(subscription, `caller ${won.indexOf(true)}`)])
      expect(await store.stores.subscriptions.ofDevices([subscription.deviceId])).toEqual([])
    })

    test('a new one is not retired by what is said of the old one', async () => {
      const old = await subscribeOne()
      const renewed = aSubscription(old.deviceId)
      await store.stores.subscriptions.keep(renewed, subscribed(renewed))
      expect(await store.beside.subscriptions.retire(old, retired(old))).toBe(false)
      expect(await store.stores.subscriptions.ofDevices([old.deviceId])).toEqual([renewed])
      // As it is read, it is the very one.
      const [read] = await store.beside.subscriptions.ofDevices([old.deviceId])
      expect(await store.beside.subscriptions.retire(read as DeviceSubscription, retired(renewed))).toBe(true)
    })

    test('a device that is revoked while a thousand subscribe it is not reached afterwards', async () => {
      const device = await activateOne(store.stores)
      await race(store, async ({ subscriptions, devices }, caller) => {
        const subscription = aSubscription(device.id)
        if (caller === CALLERS / 2) await devices.revoke(device.id, NOW, revoked(device))
        else await subscriptions.keep(subscription, subscribed(subscription))
      })
      expect(await store.stores.subscriptions.ofDevices([device.id])).toEqual([])
      expect((await recorded(store.stores)).at(-1)).toEqual(revoked(device))
    })

    test('a device that is revoked is forgotten here; another one stays', async () => {
      const [device, other] = [aDevice(), await subscribeOne()]
      const subscription = await subscribeOne(device)
      await store.beside.devices.revoke(device.id, NOW, revoked(device))
      expect(await store.stores.subscriptions.ofDevices([subscription.deviceId, other.deviceId])).toEqual([other])
    })

    test('a tenant that is removed takes its own with it', async () => {
      const integration = anIntegration({ tenantId: ADA.tenantId })
      await store.stores.integrations.insert(integration, integrationEvent(integration))
      const mine = await subscribeOne()
      const elsewhere = await subscribeOne(aDevice(ADA_ELSEWHERE))
      const event = integrationEvent(integration, 'integration.removed')
      await store.beside.integrations.remove(integration.id, NOW, event)
      expect(await store.stores.subscriptions.ofDevices([mine.deviceId, elsewhere.deviceId])).toEqual([elsewhere])
    })
  })
}
