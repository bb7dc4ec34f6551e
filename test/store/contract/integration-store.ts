import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Integration } from '../../../src/integrations/integration.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  activateOne,
  aDevice,
  anIntegration,
  anInvitation,
  GRACE,
  integrationEvent,
  inviteOne,
  movedTo,
  NOW,
  openOne,
  revoked,
} from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

export function describeIntegrationStore(name: string, open: OpenStore): void {
  describe(`integrations on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    async function insertOne(integration = anIntegration()): Promise<Integration> {
      expect(await store.stores.integrations.insert(integration, integrationEvent(integration))).toBe('inserted')
      return integration
    }

    test('finds one by its id and by its client id', async () => {
      const integration = await insertOne()
      await insertOne()
      const { integrations } = store.beside
      expect(await integrations.find(integration.id)).toEqual(integration)
      expect(await integrations.findByClientId(integration.clientId)).toEqual(integration)
      expect(await integrations.find('x')).toBeUndefined()
      expect(await integrations.findByClientId(integration.id)).toBeUndefined()
    })

    test('of a thousand with one tenant id one is inserted and recorded', async () => {
      const candidates = Array.from({ length: CALLERS }, () => anIntegration({ tenantId: 'tenant' }))
      const told = await race(store, ({ integrations }, caller) => {
        const integration = candidates[caller] as Integration
        return integrations.insert(integration, integrationEvent(integration))
      })
      const winners = candidates.filter((_, caller) => told[caller] === 'inserted')
      expect(winners).toHaveLength(1)
      expect(told.filter((answer) => answer === 'tenant-taken')).toHaveLength(CALLERS - 1)
      expect(await store.stores.integrations.list()).toEqual(winners)
      expect(await recorded(store.stores)).toEqual(winners.map((winner) => integrationEvent(winner)))
    })

    test('lists them oldest first', async () => {
      const young = await insertOne(anIntegration({ createdAt: NOW + 2 }))
      const old = await insertOne(anIntegration({ createdAt: NOW + 1 }))
      expect(await store.stores.integrations.list()).toEqual([old, young])
    })

    test('replaces one that is there, and records that', async () => {
      const integration = await insertOne()
      const disabled = { ...integration, enabled: false, name: 'Fabrikam', version: integration.version + 1 }
      const changed = integrationEvent(integration, 'integration.changed')
      expect(await store.stores.integrations.replace(disabled, changed)).toBe(true)
      expect(await store.beside.integrations.find(integration.id)).toEqual(disabled)
      expect(await recorded(store.stores)).toEqual([integrationEvent(integration), changed])
    })

    test('of a thousand that change the same version one wins, and one is recorded', async () => {
      const integration = await insertOne()
      const told = await race(store, ({ integrations }, caller) =>
        integrations.replace(
          { ...integration, name: `Name ${caller}`, version: 2 },
          integrationEvent(integration, 'integration.changed'),
        ),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      expect(await store.stores.integrations.find(integration.id)).toMatchObject({
        name: `Name ${told.indexOf(true)}`,
        version: 2,
      })
      expect(await recorded(store.stores)).toHaveLength(2)
    })

    test('neither replaces nor removes one that is not there, and records nothing', async () => {
      const ghost = anIntegration()
      expect(await store.stores.integrations.replace(ghost, integrationEvent(ghost, 'integration.changed'))).toBe(false)
      expect(await store.stores.integrations.remove(ghost.id, NOW, integrationEvent(ghost))).toBe(false)
      expect(await recorded(store.stores)).toEqual([])
      expect(await store.stores.integrations.list()).toEqual([])
    })

    test('of a thousand removals one is told that it did it, and one is recorded', async () => {
      const integration = await insertOne()
      const removed = integrationEvent(integration, 'integration.removed')
      const won = await race(store, ({ integrations }) => integrations.remove(integration.id, NOW, removed))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await recorded(store.stores)).toEqual([integrationEvent(integration), removed])
    })

    test('with it go its devices and open invitations, and no other tenant’s', async () => {
      const { integrations, devices, invitations, signIns } = store.stores
      const integration = await insertOne(anIntegration({ tenantId: ADA.tenantId }))
      const device = await activateOne(store.stores)
      const gone = await activateOne(store.stores)
      await devices.revoke(gone.id, NOW + 1, revoked(gone))
      const elsewhere = await activateOne(store.stores, aDevice(ADA_ELSEWHERE))
      const spent = await inviteOne(store.stores)
      const signIn = await openOne(store.stores)
      await invitations.hold(spent.id, signIn.id, NOW + 10, NOW)
      await signIns.move(signIn, movedTo(signIn), {
        events: [],
        spendInvitation: { id: spent.id, heldBy: signIn.id, at: NOW },
      })
      await inviteOne(store.stores, anInvitation(GRACE))
      const kept = await inviteOne(store.stores, anInvitation(ADA_ELSEWHERE))

      await integrations.remove(integration.id, NOW + 9, integrationEvent(integration, 'integration.removed'))

      expect(await integrations.find(integration.id)).toBeUndefined()
      expect(await integrations.findByClientId(integration.clientId)).toBeUndefined()
      expect(await devices.find(device.id)).toEqual({ ...device, state: 'revoked', revokedAt: NOW + 9 })
      expect((await devices.find(gone.id))?.revokedAt).toBe(NOW + 1)
      expect(await devices.find(elsewhere.id)).toEqual(elsewhere)
      expect(await invitations.findOpen(GRACE, NOW)).toBeUndefined()
      expect(await invitations.findOpen(ADA_ELSEWHERE, NOW)).toEqual(kept)
    })

    test('a removed one’s tenant may be connected again', async () => {
      const integration = await insertOne()
      await store.stores.integrations.remove(integration.id, NOW, integrationEvent(integration, 'integration.removed'))
      await insertOne(anIntegration({ tenantId: integration.tenantId }))
    })

    test('where the event cannot be written, nothing is', async () => {
      const integration = anIntegration()
      const unwritable = { ...integrationEvent(integration), change: 1n } as unknown as ReturnType<
        typeof integrationEvent
      >
      await expect(store.stores.integrations.insert(integration, unwritable)).rejects.toThrow()
      expect(await store.stores.integrations.list()).toEqual([])
      expect(await recorded(store.stores)).toEqual([])
    })
  })
}
