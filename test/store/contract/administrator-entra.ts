import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Administrator } from '../../../src/administrators/administrator.ts'
import type { EntraConnection, EntraSettings } from '../../../src/administrators/entra-connection.ts'
import type { Arrival } from '../../../src/administrators/entra-store.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { admit, aLink, anAdministrator, aPasskey, aSession, happened } from './administrator-material.ts'
import { NOW } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const TENANT = 'tenant-1'

const aConnection = (change: Partial<EntraConnection> = {}): EntraConnection => ({
  ...{ id: 'connection-1', cloud: 'global', tenantId: TENANT, clientId: 'client', sealedSecret: 'v1.sealed' },
  appRoles: { owner: 'O', helpdesk: '', viewer: '' },
  objectIds: { owner: [], helpdesk: [], viewer: ['x'] },
  ...{ savedAt: NOW, provenAt: NOW },
  ...change,
})

const on = (version: number, active = aConnection()): EntraSettings => ({ version, active, on: true, draft: null })
const off = (version: number): EntraSettings => ({ ...on(version), on: false })

export function describeAdministratorsOfEntra(name: string, open: OpenStore): void {
  describe(`administrators of Entra on ${name}`, () => {
    let store: OpenedStore
    let entra: Stores['administration']['entra']
    beforeEach(async () => {
      store = await open()
      entra = store.stores.administration.entra
    })
    afterEach(() => store.close())

    const arrival = (objectId: string, change: Partial<Arrival> = {}): Arrival => {
      const administrator = anAdministrator({ via: 'entra', name: objectId })
      return {
        ...{ connectionId: 'connection-1', identity: { tenantId: TENANT, objectId }, known: null, administrator },
        ...{ at: NOW, session: aSession(administrator.id, { via: 'entra' }), replaces: null },
        ...change,
      }
    }
    const arrive = (given: Arrival, mark = '') => entra.arrive(given, [happened(given.administrator.id, mark)])
    const marks = async () =>
      (await recorded(store.stores)).map((event) => ('change' in event ? event.change : event.type))

    test('settings come back as they were written, and only in the place of the version before', async () => {
      expect(await entra.settings()).toBeUndefined()
      const draft = { version: 1, active: null, on: false, draft: aConnection({ provenAt: null }) }
      expect(await entra.save(on(2), happened('', 'too early'))).toBe('changed')
      expect(await entra.save(draft, happened('', 'draft'))).toBe('done')
      expect(await store.beside.administration.entra.settings()).toEqual(draft)
      expect(await entra.save(draft, happened('', 'twice'))).toBe('changed')
      expect(await marks()).toEqual(['draft'])
    })

    test('of a thousand changes at once, one counts', async () => {
      const told = await race(store, ({ administration }, caller) =>
        administration.entra.save(on(1, aConnection({ id: `c-${caller}` })), happened('', String(caller))),
      )
      expect(told.filter((each) => each === 'done')).toHaveLength(1)
      expect(await recorded(store.stores)).toHaveLength(1)
    })

    test('an account arrives as one administrator, with its session, and is found again', async () => {
      await entra.save(on(1), happened('', 'on'))
      const given = arrival('ada')
      expect(await arrive(given, 'in')).toBe('done')
      expect(await entra.find(given.identity)).toEqual(given.administrator)
      expect(await entra.identityOf(given.administrator.id)).toEqual(given.identity)
      const { sessions } = store.beside.administration
      expect(await sessions.list(given.administrator.id)).toEqual([given.session])
      const known = given.administrator
      const next = { ...arrival('ada'), known, administrator: { ...known, role: 'viewer' } as Administrator }
      const session = aSession(known.id, { via: 'entra' })
      expect(await arrive({ ...next, session, replaces: given.session?.digest ?? '' }, 'again')).toBe('done')
      expect(await entra.find(given.identity)).toEqual({ ...known, role: 'viewer' })
      expect(await sessions.list(known.id)).toEqual([session])
      expect(await arrive({ ...next, known: { ...known, role: 'viewer' }, session: null }, 'proven')).toBe('done')
      expect(await sessions.list(known.id)).toEqual([session])
      expect(await marks()).toEqual(['on', 'in', 'again', 'proven'])
    })

    test('of a thousand who arrive as one account at once, one is made; the others are told to look again', async () => {
      await entra.save(on(1), happened('', 'on'))
      const told = await race(store, ({ administration }) => administration.entra.arrive(arrival('ada'), []))
      expect(told.filter((each) => each === 'done')).toHaveLength(1)
      expect(told.filter((each) => each === 'again')).toHaveLength(CALLERS - 1)
      expect(await store.stores.administration.administrators.list()).toHaveLength(1)
    })

    test('nobody arrives through what is not on, of another tenant, or switched off here; nothing is written', async () => {
      await admit(store.stores)
      const before = await recorded(store.stores)
      expect(await arrive(arrival('ada'))).toBe('refused')
      await entra.save(on(1), happened('', 'on'))
      expect(await arrive(arrival('ada', { connectionId: 'other' }))).toBe('refused')
      expect(await arrive(arrival('ada', { identity: { tenantId: 'tenant-2', objectId: 'ada' } }))).toBe('refused')
      const given = arrival('ada')
      await arrive(given)
      const { administrator } = given
      await store.stores.administration.administrators.disable(administrator.id, NOW, happened(administrator.id))
      const known = { ...administrator, disabledAt: NOW }
      expect(await arrive({ ...given, known })).toBe('again')
      expect(await arrive({ ...given, known: administrator })).toBe('again')
      await entra.save(off(2), happened('', 'off'))
      expect(await arrive(arrival('grace'))).toBe('refused')
      expect((await recorded(store.stores)).length).toBe(before.length + 4)
      expect(await store.stores.administration.sessions.list(administrator.id)).toEqual([])
    })

    test('what is switched off, or another tenant’s, signs its people out, and no one else', async () => {
      const { administrator, session } = await admit(store.stores)
      await entra.save(on(1), happened(''))
      const given = arrival('ada')
      await arrive(given)
      const live = async (id: string) => (await store.stores.administration.sessions.list(id)).length
      expect(await entra.save(on(2, aConnection({ id: 'connection-2' })), happened(''))).toBe('done')
      expect(await live(given.administrator.id)).toBe(1)
      expect(await entra.save(on(3, aConnection({ id: 'connection-3', tenantId: 'tenant-2' })), happened(''))).toBe(
        'done',
      )
      expect(await live(given.administrator.id)).toBe(0)
      expect(await store.stores.administration.sessions.list(administrator.id)).toEqual([session])
    })

    test('it is not switched off while no owner has a passkey, and their owner is none while it is off', async () => {
      const { administrators } = store.stores.administration
      await entra.save(on(1), happened(''))
      const given = arrival('ada')
      await arrive(given)
      expect(await administrators.hasOwner()).toBe(true)
      expect(await entra.save(off(2), happened('', 'never'))).toBe('last-owner')
      const { administrator } = await admit(store.stores, anAdministrator({ createdAt: NOW + 1 }))
      expect(await administrators.owners()).toEqual([given.administrator, administrator])
      expect(await administrators.disable(given.administrator.id, NOW, happened(''))).toBe('done')
      expect(await administrators.enable(given.administrator.id, happened(''))).toBe(true)
      expect(await entra.save(off(2), happened(''))).toBe('done')
      expect(await administrators.owners()).toEqual([administrator])
      for (const act of [
        () => administrators.disable(administrator.id, NOW, happened('', 'never')),
        () => administrators.remove(administrator.id, happened('', 'never')),
        () => administrators.setRole(administrator.id, 'viewer', happened('', 'never')),
      ])
        expect(await act()).toBe('last-owner')
      expect(await entra.save(on(3), happened(''))).toBe('done')
      expect(await administrators.remove(administrator.id, happened(''))).toBe('done')
      expect(await marks()).not.toContain('never')
    })

    test('who arrives is confirmed from then on, by the tenant that is on', async () => {
      const { administrator } = await admit(store.stores)
      await entra.save(on(1), happened(''))
      const given = arrival('ada')
      await arrive(given)
      const { id } = given.administrator
      const standing = () => store.beside.administration.entra.standingOf(id)
      expect(await standing()).toEqual({ isConnected: true, confirmedAt: NOW })
      await arrive({ ...given, known: given.administrator, session: null, at: NOW + 5 })
      expect(await standing()).toEqual({ isConnected: true, confirmedAt: NOW + 5 })
      for (const next of [off(2), on(3, aConnection({ id: 'connection-3', tenantId: 'tenant-2' }))]) {
        expect(await entra.save(next, happened(''))).toBe('done')
        expect(await standing()).toEqual({ isConnected: false, confirmedAt: NOW + 5 })
      }
      expect(await entra.standingOf(administrator.id)).toBeUndefined()
      expect(await entra.standingOf('nobody')).toBeUndefined()
    })

    test('who is turned away has no session, and is confirmed and an owner no more until they arrive again', async () => {
      await entra.save(on(1), happened(''))
      const [ada, grace] = [arrival('ada'), arrival('grace')]
      await arrive(ada)
      await arrive(grace)
      const { administrators, sessions } = store.stores.administration
      const { id } = ada.administrator
      await entra.turnAway(ada.identity, [happened(id, 'no role'), happened(id, 'signed out')])
      expect(await sessions.list(id)).toEqual([])
      expect(await store.beside.administration.entra.standingOf(id)).toEqual({ isConnected: true, confirmedAt: null })
      expect(await sessions.list(grace.administrator.id)).toEqual([grace.session])
      expect((await entra.standingOf(grace.administrator.id))?.confirmedAt).toBe(NOW)
      expect((await marks()).slice(-2)).toEqual(['no role', 'signed out'])
      // Nobody may count on an owner whom Entra sends away.
      expect(await administrators.disable(grace.administrator.id, NOW, happened(''))).toBe('last-owner')
      await entra.turnAway(grace.identity, [])
      expect(await administrators.hasOwner()).toBe(false)
      await arrive({ ...ada, known: ada.administrator, at: NOW + 1 })
      expect(await entra.standingOf(id)).toEqual({ isConnected: true, confirmedAt: NOW + 1 })
      expect(await administrators.hasOwner()).toBe(true)
      expect(await sessions.list(id)).toEqual([ada.session])
    })

    test('a link of an owner who comes by Entra lets in while they can come themselves', async () => {
      await admit(store.stores)
      await entra.save(on(1), happened(''))
      const ada = arrival('ada')
      await arrive(ada)
      const link = aLink('new', { by: `administrator:${ada.administrator.id}` })
      const { administrators } = store.stores.administration
      await administrators.insertLink(link, happened('new'))
      const found = () => administrators.findLink(link.digest, NOW)
      expect(await found()).toEqual(link)
      await entra.turnAway(ada.identity, [])
      expect(await found()).toBeUndefined()
      await arrive({ ...ada, known: ada.administrator, session: null })
      expect(await found()).toEqual(link)
      await entra.save(off(2), happened(''))
      expect(await found()).toBeUndefined()
      const created = anAdministrator({ id: 'new' })
      const added = { passkey: aPasskey('new'), session: aSession('new'), replaces: null }
      expect(await administrators.enter({ linkDigest: link.digest, now: NOW, create: created, ...added }, [])).toBe(
        false,
      )
    })

    test('that nobody known is turned away is recorded, and changes nothing', async () => {
      await entra.save(on(1), happened(''))
      const ada = arrival('ada')
      await arrive(ada)
      for (const identity of [
        { tenantId: TENANT, objectId: 'guest' },
        { tenantId: 'tenant-2', objectId: 'ada' },
      ])
        await entra.turnAway(identity, [happened('', `not ${identity.tenantId}`)])
      expect((await marks()).slice(-2)).toEqual(['not tenant-1', 'not tenant-2'])
      expect(await store.stores.administration.sessions.list(ada.administrator.id)).toEqual([ada.session])
      expect((await entra.standingOf(ada.administrator.id))?.confirmedAt).toBe(NOW)
    })

    test('who is removed is forgotten with the account, which may arrive anew', async () => {
      await admit(store.stores)
      await entra.save(on(1), happened(''))
      const given = arrival('ada')
      await arrive(given)
      await store.stores.administration.administrators.remove(given.administrator.id, happened(''))
      expect(await entra.find(given.identity)).toBeUndefined()
      expect(await entra.identityOf(given.administrator.id)).toBeUndefined()
      expect(await arrive(arrival('ada'))).toBe('done')
    })

    test('a kept form is its session’s, until its time is over', async () => {
      const { keptForms, forget } = store.stores.administration
      await keptForms.insert({ digest: 'd', sessionId: 's', expiresAt: NOW + 10, sealed: 'v1.x' })
      expect(await store.beside.administration.keptForms.find('d', 's', NOW + 9)).toBe('v1.x')
      expect(await keptForms.find('d', 'other', NOW)).toBeUndefined()
      expect(await keptForms.find('d', 's', NOW + 10)).toBeUndefined()
      await forget({ now: NOW + 10, startedBefore: 0, seenBefore: 0 })
      expect(await keptForms.find('d', 's', NOW)).toBeUndefined()
    })
  })
}
