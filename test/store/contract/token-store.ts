import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Administrator } from '../../../src/administrators/administrator.ts'
import type { TokenStore } from '../../../src/administrators/administrator-store.ts'
import { admit, anAdministrator, aToken, happened, LATER } from './administrator-material.ts'
import { NOW } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

export function describeTokenStore(name: string, open: OpenStore): void {
  describe(`API tokens on ${name}`, () => {
    let store: OpenedStore
    let tokens: TokenStore
    let maker: Administrator
    beforeEach(async () => {
      store = await open()
      tokens = store.stores.administration.tokens
      maker = (await admit(store.stores)).administrator
    })
    afterEach(() => store.close())

    const events = async () => (await recorded(store.beside)).slice(2)

    test('one is found by its digest, with its maker, and by its id, and is recorded', async () => {
      const token = aToken(maker.id, { scopes: ['read', 'people'] })
      expect(await tokens.insert(token, happened(maker.id, 'made'))).toBe(true)
      const beside = store.beside.administration.tokens
      expect(await beside.find(token.digest)).toEqual({ token, maker })
      expect(await beside.byId(token.id)).toEqual(token)
      expect(await events()).toEqual([happened(maker.id, 'made')])
      expect(await tokens.find('another')).toBeUndefined()
      expect(await tokens.byId('another')).toBeUndefined()
    })

    test('none is made by who is gone or may not enter, and nothing is recorded', async () => {
      const off = (await admit(store.stores, anAdministrator({ name: 'Off', role: 'viewer' }))).administrator
      await store.stores.administration.administrators.disable(off.id, NOW, happened(off.id, 'off'))
      const before = await events()
      expect(await tokens.insert(aToken(off.id), happened(off.id))).toBe(false)
      expect(await tokens.insert(aToken('nobody'), happened('nobody'))).toBe(false)
      expect(await tokens.list()).toEqual([])
      expect(await events()).toEqual(before)
    })

    test('its maker is told as they are now: switched off, demoted, or gone', async () => {
      const { administrators } = store.stores.administration
      const other = (await admit(store.stores)).administrator
      const token = aToken(other.id)
      await tokens.insert(token, happened(other.id))
      await administrators.setRole(other.id, 'helpdesk', happened(other.id))
      await administrators.disable(other.id, NOW, happened(other.id))
      expect((await tokens.find(token.digest))?.maker).toEqual({ ...other, role: 'helpdesk', disabledAt: NOW })
      await administrators.remove(other.id, happened(other.id))
      expect(await tokens.find(token.digest)).toEqual({ token, maker: undefined })
    })

    test('they are listed newest first', async () => {
      const [old, young] = [aToken(maker.id), aToken(maker.id, { createdAt: NOW + 1 })]
      for (const token of [old, young]) await tokens.insert(token, happened(maker.id))
      expect(await store.beside.administration.tokens.list()).toEqual([young, old])
    })

    test('its last use moves forward only', async () => {
      const token = aToken(maker.id)
      await tokens.insert(token, happened(maker.id))
      await tokens.touch(token.id, NOW + 2)
      await tokens.touch(token.id, NOW + 1)
      expect((await tokens.byId(token.id))?.lastUsedAt).toBe(NOW + 2)
    })

    test(`of ${CALLERS} who revoke one at once, one does, and one is recorded; the others live on`, async () => {
      const [token, other] = [aToken(maker.id), aToken(maker.id)]
      for (const each of [token, other]) await tokens.insert(each, happened(maker.id))
      const told = await race(store, ({ administration }, caller) =>
        administration.tokens.revoke(token.id, NOW + 5, happened(maker.id, String(caller))),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      expect((await events()).slice(2)).toEqual([happened(maker.id, String(told.indexOf(true)))])
      expect((await tokens.byId(token.id))?.revokedAt).toBe(NOW + 5)
      expect((await tokens.byId(other.id))?.revokedAt).toBeNull()
      expect(await tokens.revoke('unknown', NOW, happened(maker.id))).toBe(false)
    })

    test('those that were over, or were revoked, before a time are forgotten', async () => {
      const [expired, revoked, live] = [aToken(maker.id), aToken(maker.id, { expiresAt: LATER + 9 }), aToken(maker.id)]
      for (const token of [expired, revoked]) await tokens.insert(token, happened(maker.id))
      await tokens.insert({ ...live, expiresAt: LATER + 2 }, happened(maker.id))
      await tokens.revoke(revoked.id, NOW, happened(maker.id))
      await tokens.forget(LATER + 1)
      expect((await store.beside.administration.tokens.list()).map(({ id }) => id)).toEqual([live.id])
    })
  })
}
