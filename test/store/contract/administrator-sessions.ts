import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Stores } from '../../../src/store/stores.ts'
import { admit, aLink, anAdministrator, aPasskey, aSession, happened, LATER } from './administrator-material.ts'
import { NOW } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const MINUTE = 60_000

export function describeAdministratorSessions(name: string, open: OpenStore): void {
  describe(`administrators’ sessions on ${name}`, () => {
    let store: OpenedStore
    let sessions: Stores['administration']['sessions']
    beforeEach(async () => {
      store = await open()
      sessions = store.stores.administration.sessions
    })
    afterEach(() => store.close())

    const use = (id: string, counter: number) => ({ id, counter, backedUp: true, at: NOW + 7 })

    test('one begins, and takes the place of what the browser had', async () => {
      const { administrator, session, passkey } = await admit(store.stores)
      const next = aSession(administrator.id, { lastSeenAt: NOW + 1 })
      const by = { replaces: session.digest, use: use(passkey.id, 0) }
      expect(await sessions.begin(next, by, [happened(administrator.id, 'in')])).toBe('done')
      expect(await store.beside.administration.sessions.list(administrator.id)).toEqual([next])
      expect(await sessions.find(session.digest)).toBeUndefined()
      expect(await store.stores.administration.passkeys.find(passkey.id)).toEqual({
        ...{ ...passkey, backedUp: true, lastUsedAt: NOW + 7 },
      })
      expect((await recorded(store.stores)).at(-1)).toEqual(happened(administrator.id, 'in'))
    })

    test('none begins for who may not enter, nor with a passkey that went backwards; nothing is written then', async () => {
      await admit(store.stores)
      const { administrator, session } = await admit(store.stores)
      const counting = aPasskey(administrator.id, { counter: 5 })
      await store.stores.administration.passkeys.insert(counting, happened(administrator.id))
      const before = await recorded(store.stores)
      const begin = (counter: number, id = counting.id) =>
        sessions.begin(aSession(administrator.id), { replaces: session.digest, use: use(id, counter) }, [
          happened(administrator.id, `${counter}`),
        ])
      for (const counter of [0, 4, 5]) expect(await begin(counter)).toBe('counter')
      expect(await begin(9, 'removed')).toBe('refused')
      expect(await sessions.list(administrator.id)).toEqual([session])
      expect(await recorded(store.stores)).toEqual(before)
      expect(await begin(6)).toBe('done')
      await store.stores.administration.administrators.disable(administrator.id, NOW, happened(administrator.id))
      expect(await begin(7)).toBe('refused')
      expect(await sessions.list(administrator.id)).toEqual([])
    })

    test('of a thousand uses of one counter at once, one counts', async () => {
      const { administrator } = await admit(store.stores)
      const counting = aPasskey(administrator.id, { counter: 1 })
      await store.stores.administration.passkeys.insert(counting, happened(administrator.id))
      const told = await race(store, ({ administration }) =>
        administration.sessions.begin(aSession(administrator.id), { replaces: null, use: use(counting.id, 2) }, []),
      )
      expect(told.filter((each) => each === 'done')).toHaveLength(1)
      expect(told.filter((each) => each === 'counter')).toHaveLength(CALLERS - 1)
    })

    test('a step-up gives it a new digest and the time of the proof, once', async () => {
      const { administrator, session, passkey } = await admit(store.stores)
      const told = await race(store, ({ administration }, caller) =>
        administration.sessions.stepUp(
          session.digest,
          { digest: `new-${caller}`, at: NOW + 9, use: use(passkey.id, 0) },
          [happened(administrator.id, String(caller))],
        ),
      )
      expect(told.filter((each) => each === 'done')).toHaveLength(1)
      const winner = told.indexOf('done')
      const { session: now } = (await sessions.find(`new-${winner}`)) ?? {}
      expect(now).toEqual({ ...session, digest: `new-${winner}`, steppedUpAt: NOW + 9, lastSeenAt: NOW + 9 })
      expect(await sessions.find(session.digest)).toBeUndefined()
      expect((await recorded(store.stores)).slice(2)).toEqual([happened(administrator.id, String(winner))])
    })

    test('a step-up of who may not enter, or with a copied passkey, changes nothing', async () => {
      await admit(store.stores)
      const { administrator, session } = await admit(store.stores)
      const counting = aPasskey(administrator.id, { counter: 5 })
      await store.stores.administration.passkeys.insert(counting, happened(administrator.id))
      const stepUp = (from: string, counter: number) =>
        sessions.stepUp(from, { digest: 'new', at: NOW + 9, use: use(counting.id, counter) }, [])
      expect(await stepUp(session.digest, 5)).toBe('counter')
      expect(await stepUp('unknown', 6)).toBe('refused')
      expect((await sessions.find(session.digest))?.session).toEqual(session)
      await store.stores.administration.administrators.disable(administrator.id, NOW, happened(administrator.id))
      expect(await stepUp(session.digest, 6)).toBe('refused')
    })

    test('its use is noted, never backwards', async () => {
      const { session } = await admit(store.stores)
      await sessions.touch(session.id, NOW + 2 * MINUTE)
      await sessions.touch(session.id, NOW + MINUTE)
      expect((await sessions.find(session.digest))?.session.lastSeenAt).toBe(NOW + 2 * MINUTE)
    })

    test('one ends for its own administrator only, and all others but one; only what ended is recorded', async () => {
      const { administrator, session } = await admit(store.stores)
      const other = await admit(store.stores)
      const { id } = administrator
      const more = [1, 2, 3].map((later) => aSession(id, { lastSeenAt: NOW + later }))
      for (const each of more) await sessions.begin(each, { replaces: null, use: null }, [])
      expect((await sessions.list(id)).map((each) => each.id)).toEqual(
        [...more]
          .reverse()
          .concat(session)
          .map((s) => s.id),
      )
      const before = (await recorded(store.stores)).length
      expect(await sessions.end(session.id, other.administrator.id, happened(id, 'foreign'))).toBe(false)
      expect(await sessions.end(session.id, id, happened(id, 'one'))).toBe(true)
      expect(await sessions.end(session.id, id, happened(id, 'again'))).toBe(false)
      expect(await sessions.endOthers(id, more[0]!.id, happened(id, 'others'))).toBe(2)
      expect(await sessions.endOthers(id, more[0]!.id, happened(id, 'none'))).toBe(0)
      expect(await sessions.list(id)).toEqual([more[0]])
      expect(await sessions.endOthers(id, null, happened(id, 'all'))).toBe(1)
      expect(await sessions.list(other.administrator.id)).toEqual([other.session])
      expect((await recorded(store.stores)).slice(before)).toEqual(
        ['one', 'others', 'all'].map((change) => happened(id, change)),
      )
    })

    test('what is over is forgotten, and nothing else', async () => {
      const { administration } = store.stores
      const { administrator, session } = await admit(store.stores, anAdministrator())
      const link = aLink(administrator.id)
      await administration.administrators.insertLink(link, happened(administrator.id))
      const challenge = { digest: 'c', purpose: 'sign-in', subject: '', expiresAt: LATER }
      await administration.challenges.insert(challenge)
      await store.stores.limits.hit('key', LATER - NOW, NOW)
      const forget = async (now: number, startedBefore: number, seenBefore: number) => {
        await administration.forget({ now, startedBefore, seenBefore })
        await store.stores.limits.forget(now)
      }
      await forget(LATER - 1, NOW - 1, NOW - 1)
      expect(await administration.administrators.findLink(link.digest, NOW)).toEqual(link)
      expect(await sessions.list(administrator.id)).toEqual([session])
      expect(await store.stores.limits.hit('key', 1, LATER - 1)).toEqual({ hits: 2, resetAt: LATER })
      await forget(LATER, NOW - 1, NOW)
      expect(await administration.administrators.findLink(link.digest, NOW)).toBeUndefined()
      expect(await sessions.list(administrator.id)).toEqual([])
      expect(await administration.challenges.take('c', 'sign-in', '', NOW)).toBe(false)
      const again = aSession(administrator.id, { lastSeenAt: LATER })
      await sessions.begin(again, { replaces: null, use: null }, [])
      await forget(LATER, NOW, NOW)
      expect(await sessions.list(administrator.id)).toEqual([])
    })
  })

  describe(`challenges and limits on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('of a thousand who take one challenge at once, one gets it', async () => {
      await store.stores.administration.challenges.insert({
        digest: 'c',
        purpose: 'add',
        subject: 's',
        expiresAt: LATER,
      })
      const told = await race(store, ({ administration }) => administration.challenges.take('c', 'add', 's', NOW))
      expect(told.filter(Boolean)).toHaveLength(1)
    })

    test('a challenge is for one purpose and one subject, and for its time', async () => {
      const { challenges } = store.stores.administration
      await challenges.insert({ digest: 'c', purpose: 'add', subject: 's', expiresAt: LATER })
      expect(await challenges.take('c', 'enter', 's', NOW)).toBe(false)
      expect(await challenges.take('c', 'add', 'other', NOW)).toBe(false)
      expect(await challenges.take('d', 'add', 's', NOW)).toBe(false)
      expect(await challenges.take('c', 'add', 's', LATER)).toBe(false)
      expect(await challenges.take('c', 'add', 's', LATER - 1)).toBe(true)
    })

    test('a thousand tries at once are counted as a thousand; a new window begins when the old one ends', async () => {
      const told = await race(store, ({ limits }) => limits.hit('one', MINUTE, NOW))
      expect(told.map(({ hits }) => hits).sort((a, b) => a - b)).toEqual(
        Array.from({ length: CALLERS }, (_, i) => i + 1),
      )
      expect(new Set(told.map(({ resetAt }) => resetAt))).toEqual(new Set([NOW + MINUTE]))
      const { limits } = store.stores
      expect(await limits.hit('other', MINUTE, NOW)).toEqual({ hits: 1, resetAt: NOW + MINUTE })
      expect((await limits.hit('one', MINUTE, NOW + MINUTE - 1)).hits).toBe(CALLERS + 1)
      expect(await limits.hit('one', MINUTE, NOW + MINUTE)).toEqual({ hits: 1, resetAt: NOW + 2 * MINUTE })
    })
  })
}
