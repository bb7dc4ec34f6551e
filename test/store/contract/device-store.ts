import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, ADA_ELSEWHERE, activateOne, aDevice, GRACE, NOW, revoked } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

/** What every store of devices does. Devices come into it by an approval (sign-in-moves.ts). */
export function describeDeviceStore(name: string, open: OpenStore): void {
  describe(`devices on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('finds nothing in an empty store', async () => {
      const { devices } = store.stores
      expect(await devices.find('x')).toBeUndefined()
      expect(await devices.findByThumbprint('x')).toBeUndefined()
      expect(await devices.ofPerson(ADA)).toEqual([])
      expect(await devices.list()).toEqual([])
    })

    test('finds a device by its id and by its key', async () => {
      const device = await activateOne(store.stores)
      await activateOne(store.stores)
      expect(await store.beside.devices.find(device.id)).toEqual(device)
      expect(await store.beside.devices.findByThumbprint(device.thumbprint)).toEqual(device)
    })

    test('of a thousand revocations one is told that it did it, and one is recorded', async () => {
      const device = await activateOne(store.stores)
      const won = await race(store, ({ devices }, caller) =>
        devices.revoke(device.id, NOW + caller, revoked(device, `caller ${caller}`)),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const winner = won.indexOf(true)
      expect(await recorded(store.stores)).toEqual([revoked(device, `caller ${winner}`)])
      expect(await store.stores.devices.find(device.id)).toEqual({
        ...device,
        state: 'revoked',
        revokedAt: NOW + winner,
      })
    })

    test('a device that is not there is not revoked, and nothing is recorded', async () => {
      expect(await store.stores.devices.revoke('x', NOW, revoked(aDevice()))).toBe(false)
      expect(await recorded(store.stores)).toEqual([])
    })

    test('a revoked device stays known: by its key, and as one that the person had', async () => {
      const { devices } = store.stores
      const device = await activateOne(store.stores)
      await devices.revoke(device.id, NOW, revoked(device))
      expect(await devices.ofPerson(ADA)).toEqual([{ ...device, state: 'revoked', revokedAt: NOW }])
      expect((await devices.findByThumbprint(device.thumbprint))?.state).toBe('revoked')
    })

    test('a person’s are those of this very person, in the order in which they were bound', async () => {
      const second = await activateOne(store.stores, aDevice({ boundAt: NOW + 2 }))
      const first = await activateOne(store.stores, aDevice({ boundAt: NOW + 1 }))
      await activateOne(store.stores, aDevice(GRACE))
      expect(await store.stores.devices.ofPerson(ADA)).toEqual([first, second])
      expect(await store.stores.devices.ofPerson(ADA_ELSEWHERE)).toEqual([])
    })

    test('lists all, newest first, revoked ones too, of one tenant when it is given', async () => {
      const { devices } = store.stores
      const old = await activateOne(store.stores, aDevice({ boundAt: NOW + 1 }))
      const elsewhere = await activateOne(store.stores, aDevice({ ...ADA_ELSEWHERE, boundAt: NOW + 2 }))
      const young = await activateOne(store.stores, aDevice({ ...GRACE, boundAt: NOW + 3 }))
      await devices.revoke(old.id, NOW + 4, revoked(old))
      const oldRevoked = { ...old, state: 'revoked', revokedAt: NOW + 4 }
      expect(await devices.list()).toEqual([young, elsewhere, oldRevoked])
      expect(await devices.list(ADA.tenantId)).toEqual([young, oldRevoked])
      expect(await devices.list('nobody')).toEqual([])
    })
  })
}
