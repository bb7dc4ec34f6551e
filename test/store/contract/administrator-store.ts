import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Role } from '../../../src/administrators/permissions.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { admit, aLink, anAdministrator, aPasskey, aSession, happened, LATER } from './administrator-material.ts'
import { NOW } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

export function describeAdministratorStore(name: string, open: OpenStore): void {
  describe(`administrators on ${name}`, () => {
    let store: OpenedStore
    let administrators: Stores['administration']['administrators']
    let passkeys: Stores['administration']['passkeys']
    beforeEach(async () => {
      store = await open()
      const { administration } = store.stores
      administrators = administration.administrators
      passkeys = administration.passkeys
    })
    afterEach(() => store.close())

    test('a link lets one in: administrator, passkey and session are there together, and the link is spent', async () => {
      expect(await administrators.hasOwner()).toBe(false)
      const { administrator, link, passkey, session, entered } = await admit(store.stores)
      expect(entered).toBe(true)
      const { administration } = store.beside
      expect(await administration.administrators.list()).toEqual([administrator])
      expect(await administration.administrators.hasOwner()).toBe(true)
      expect(await administration.passkeys.of(administrator.id)).toEqual([passkey])
      expect(await administration.sessions.find(session.digest)).toEqual({ session, administrator })
      expect(await administration.administrators.findLink(link.digest, NOW)).toBeUndefined()
      expect(await recorded(store.beside)).toEqual([
        happened(administrator.id, 'link'),
        happened(administrator.id, 'entered'),
      ])
    })

    test('of a thousand who spend one link at once, one gets in, and one is recorded', async () => {
      const administrator = anAdministrator()
      const link = aLink(administrator.id)
      await administrators.insertLink(link, happened(administrator.id))
      const told = await race(store, ({ administration }, caller) =>
        administration.administrators.enter(
          {
            ...{ linkDigest: link.digest, now: NOW, create: administrator, replaces: null },
            passkey: aPasskey(administrator.id, { name: String(caller) }),
            session: aSession(administrator.id),
          },
          [happened(administrator.id, String(caller))],
        ),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      const winner = String(told.indexOf(true))
      expect((await passkeys.of(administrator.id)).map(({ name }) => name)).toEqual([winner])
      expect((await recorded(store.stores)).slice(1)).toEqual([happened(administrator.id, winner)])
    })

    test('a link that is over, unknown, or another’s lets nobody in', async () => {
      const administrator = anAdministrator()
      const link = aLink(administrator.id)
      await administrators.insertLink(link, happened(administrator.id))
      expect(await administrators.findLink(link.digest, LATER - 1)).toEqual(link)
      expect(await administrators.findLink(link.digest, LATER)).toBeUndefined()
      const move = (linkDigest: string, now: number, who = administrator) =>
        administrators.enter(
          { linkDigest, now, create: who, passkey: aPasskey(who.id), session: aSession(who.id), replaces: null },
          [happened(who.id, 'entered')],
        )
      expect(await move(link.digest, LATER)).toBe(false)
      expect(await move('unknown', NOW)).toBe(false)
      expect(await move(link.digest, NOW, anAdministrator())).toBe(false)
      expect(await administrators.list()).toEqual([])
      expect(await recorded(store.stores)).toEqual([happened(administrator.id)])
    })

    test('a link ends the session that its browser had, and none when it lets nobody in', async () => {
      const [ada, grace] = [await admit(store.stores), await admit(store.stores)]
      const created = anAdministrator()
      const link = aLink(created.id)
      await administrators.insertLink(link, happened(created.id))
      const added = { passkey: aPasskey(created.id), session: aSession(created.id) }
      const move = { linkDigest: link.digest, now: NOW, create: created, ...added, replaces: ada.session.digest }
      expect(await administrators.enter({ ...move, now: LATER }, [])).toBe(false)
      const { sessions } = store.beside.administration
      expect(await sessions.list(ada.administrator.id)).toEqual([ada.session])
      expect(await administrators.enter(move, [])).toBe(true)
      expect(await sessions.list(ada.administrator.id)).toEqual([])
      expect(await sessions.list(grace.administrator.id)).toEqual([grace.session])
    })

    test('a link is not spent by a passkey that somebody has', async () => {
      const { passkey } = await admit(store.stores)
      const other = anAdministrator()
      const link = aLink(other.id)
      await administrators.insertLink(link, happened(other.id))
      const move = { linkDigest: link.digest, now: NOW, create: other, session: aSession(other.id), replaces: null }
      const stolen = { ...move, passkey: { ...passkey, administratorId: other.id } }
      expect(await administrators.enter(stolen, [happened(other.id)])).toBe(false)
      expect(await administrators.findLink(link.digest, NOW)).toEqual(link)
      expect(await administrators.enter({ ...move, passkey: aPasskey(other.id) }, [])).toBe(true)
    })

    test('a link for who is there adds a passkey and ends their sessions; for who may not enter it does nothing', async () => {
      const { administrator, session, passkey } = await admit(store.stores)
      await admit(store.stores)
      const enter = async () => {
        const link = aLink(administrator.id, { create: null })
        await administrators.insertLink(link, happened(administrator.id))
        const [added, begun] = [aPasskey(administrator.id), aSession(administrator.id)]
        const move = { linkDigest: link.digest, now: NOW, create: null, passkey: added, session: begun, replaces: null }
        return { added, begun, entered: await administrators.enter(move, []) }
      }
      const { added, begun, entered } = await enter()
      expect(entered).toBe(true)
      const { sessions } = store.stores.administration
      expect(await sessions.find(session.digest)).toBeUndefined()
      expect((await sessions.find(begun.digest))?.session).toEqual(begun)
      expect(await passkeys.of(administrator.id)).toEqual([passkey, added])
      await administrators.disable(administrator.id, NOW, happened(administrator.id))
      expect((await enter()).entered).toBe(false)
      await administrators.remove(administrator.id, happened(administrator.id))
      expect((await enter()).entered).toBe(false)
    })

    test.each<[string, Role, (id: string) => Promise<unknown>]>([
      ['was switched off', 'owner', (id) => administrators.disable(id, NOW, happened(id))],
      ['was demoted', 'owner', (id) => administrators.setRole(id, 'helpdesk', happened(id))],
      ['was removed', 'owner', (id) => administrators.remove(id, happened(id))],
      ['never had the right', 'helpdesk', async () => undefined],
    ])('a link whose maker %s lets nobody in, neither new nor known, and is not found', async (_what, role, lose) => {
      const { administrator: known, passkey, session } = await admit(store.stores)
      const maker = (await admit(store.stores, anAdministrator({ role }))).administrator
      const created = anAdministrator()
      const by = `administrator:${maker.id}` as const
      const links = [aLink(created.id, { by }), aLink(known.id, { by, create: null })]
      for (const link of links) await administrators.insertLink(link, happened(link.administratorId))
      await lose(maker.id)
      const before = await recorded(store.stores)
      for (const { digest, administratorId, create } of links) {
        const added = { passkey: aPasskey(administratorId), session: aSession(administratorId) }
        const move = { linkDigest: digest, now: NOW, create: create && created, replaces: null, ...added }
        expect(await administrators.enter(move, [happened(administratorId, 'never')])).toBe(false)
        expect(await administrators.findLink(digest, NOW)).toBeUndefined()
      }
      expect(await administrators.find(created.id)).toBeUndefined()
      expect(await passkeys.of(known.id)).toEqual([passkey])
      expect(await store.stores.administration.sessions.list(known.id)).toEqual([session])
      expect(await recorded(store.stores)).toEqual(before)
    })

    test('a link of an owner who may enter lets in', async () => {
      const { administrator: maker } = await admit(store.stores)
      const created = anAdministrator()
      const link = aLink(created.id, { by: `administrator:${maker.id}` })
      await administrators.insertLink(link, happened(created.id))
      expect(await store.beside.administration.administrators.findLink(link.digest, NOW)).toEqual(link)
      const added = { passkey: aPasskey(created.id), session: aSession(created.id), replaces: null }
      expect(await administrators.enter({ linkDigest: link.digest, now: NOW, create: created, ...added }, [])).toBe(
        true,
      )
    })

    test('name, role and access are changed, each once and recorded; unknown ones are told', async () => {
      const { administrator } = await admit(store.stores)
      const { administrator: other } = await admit(
        store.stores,
        anAdministrator({ role: 'viewer', createdAt: NOW + 1 }),
      )
      const before = (await recorded(store.stores)).length
      const { id } = other
      expect(await administrators.rename(id, 'Grace', happened(id, 'name'))).toBe(true)
      expect(await administrators.setRole(id, 'helpdesk', happened(id, 'role'))).toBe('done')
      expect(await administrators.disable(id, NOW + 5, happened(id, 'off'))).toBe('done')
      expect(await administrators.disable(id, NOW + 9, happened(id, 'off again'))).toBe('done')
      expect(await administrators.find(id)).toEqual({ ...other, name: 'Grace', role: 'helpdesk', disabledAt: NOW + 5 })
      expect(await administrators.enable(id, happened(id, 'on'))).toBe(true)
      expect(await administrators.enable(id, happened(id, 'on again'))).toBe(false)
      expect(await administrators.remove(id, happened(id, 'removed'))).toBe('done')
      expect(await administrators.list()).toEqual([administrator])
      expect(await administrators.rename(id, 'x', happened(id))).toBe(false)
      for (const told of [
        await administrators.setRole(id, 'owner', happened(id)),
        await administrators.setRole(id, 'viewer', happened(id)),
        await administrators.disable(id, NOW, happened(id)),
        await administrators.remove(id, happened(id)),
      ])
        expect(told).toBe('unknown')
      expect((await recorded(store.stores)).slice(before)).toEqual(
        ['name', 'role', 'off', 'on', 'removed'].map((change) => happened(id, change)),
      )
    })

    test('whoever is switched off has no session; whoever is removed no passkey and no link either', async () => {
      await admit(store.stores)
      const { administrator, session, passkey } = await admit(store.stores)
      const { sessions } = store.stores.administration
      const link = aLink(administrator.id, { create: null })
      await administrators.insertLink(link, happened(administrator.id))
      await administrators.disable(administrator.id, NOW, happened(administrator.id))
      expect(await sessions.list(administrator.id)).toEqual([])
      expect(await sessions.find(session.digest)).toBeUndefined()
      expect(await passkeys.find(passkey.id)).toEqual(passkey)
      await administrators.remove(administrator.id, happened(administrator.id))
      expect(await passkeys.find(passkey.id)).toBeUndefined()
      expect(await administrators.findLink(link.digest, NOW)).toBeUndefined()
    })

    test('the last owner who may enter stays one, and nothing is recorded', async () => {
      const { administrator } = await admit(store.stores)
      const { administrator: off } = await admit(store.stores)
      await admit(store.stores, anAdministrator({ role: 'helpdesk' }))
      const both = [administrator, off].sort((a, b) => (a.id < b.id ? -1 : 1))
      expect(await administrators.owners()).toEqual(both)
      expect(await administrators.disable(off.id, NOW, happened(off.id))).toBe('done')
      expect(await administrators.owners()).toEqual([administrator])
      const before = await recorded(store.stores)
      const { id } = administrator
      expect(await administrators.setRole(id, 'helpdesk', happened(id))).toBe('last-owner')
      expect(await administrators.disable(id, NOW, happened(id))).toBe('last-owner')
      expect(await administrators.remove(id, happened(id))).toBe('last-owner')
      expect(await administrators.find(id)).toEqual(administrator)
      expect(await recorded(store.stores)).toEqual(before)
      // One whose access is off is not the last one, and may go.
      expect(await administrators.setRole(id, 'owner', happened(id))).toBe('done')
      expect(await administrators.remove(off.id, happened(off.id))).toBe('done')
    })

    test.each(['setRole', 'disable', 'remove'] as const)(
      'of owners who all %s one another at once, one is left',
      async (act) => {
        const owners = await Promise.all(Array.from({ length: 10 }, () => admit(store.stores)))
        const told = await race(store, ({ administration }, caller) => {
          const { id } = owners[caller % owners.length]!.administrator
          const to = administration.administrators
          if (act === 'setRole') return to.setRole(id, 'viewer', happened(id))
          return act === 'disable' ? to.disable(id, NOW, happened(id)) : to.remove(id, happened(id))
        })
        expect(told).toContain('last-owner')
        const left = (await administrators.list()).filter(
          ({ role, disabledAt }) => role === 'owner' && disabledAt === null,
        )
        expect(left).toHaveLength(1)
      },
    )

    test('passkeys: a credential is one administrator’s, renamed and removed by them only, and never the last one', async () => {
      const { administrator, passkey } = await admit(store.stores)
      const { administrator: other } = await admit(store.stores)
      const [own, theirs] = [administrator.id, other.id]
      expect(await passkeys.insert({ ...passkey, administratorId: theirs }, happened(theirs))).toBe(false)
      expect(await passkeys.rename(passkey.id, theirs, 'Mine', happened(theirs))).toBe(false)
      expect(await passkeys.remove(passkey.id, theirs, happened(theirs))).toBe('unknown')
      expect(await passkeys.remove(passkey.id, own, happened(own))).toBe('last')
      const second = aPasskey(own)
      expect(await passkeys.insert(second, happened(own, 'added'))).toBe(true)
      expect(await passkeys.rename(second.id, own, 'Phone', happened(own, 'renamed'))).toBe(true)
      expect(await passkeys.remove(passkey.id, own, happened(own, 'removed'))).toBe('done')
      expect(await passkeys.of(own)).toEqual([{ ...second, name: 'Phone' }])
      expect((await recorded(store.stores)).slice(4)).toEqual(
        ['added', 'renamed', 'removed'].map((change) => happened(own, change)),
      )
    })

    test('of two passkeys removed at once, one is left', async () => {
      const { administrator, passkey } = await admit(store.stores)
      const second = aPasskey(administrator.id)
      await passkeys.insert(second, happened(administrator.id))
      await race(store, ({ administration }, caller) =>
        administration.passkeys.remove(
          [passkey.id, second.id][Math.floor(caller / 2) % 2] ?? '',
          administrator.id,
          happened(administrator.id),
        ),
      )
      expect(await passkeys.of(administrator.id)).toHaveLength(1)
    })

    test('who signs in with Entra may be without a passkey; who may not enter gets none', async () => {
      const { administrator } = await admit(store.stores)
      const { administrator: entra, passkey } = await admit(store.stores, anAdministrator({ via: 'entra' }))
      expect(await passkeys.remove(passkey.id, entra.id, happened(entra.id))).toBe('done')
      await administrators.disable(entra.id, NOW, happened(entra.id))
      expect(await passkeys.insert(aPasskey(entra.id), happened(entra.id))).toBe(false)
      expect(await passkeys.insert(aPasskey('nobody'), happened('nobody'))).toBe(false)
      expect(await passkeys.of(administrator.id)).toHaveLength(1)
    })
  })
}
