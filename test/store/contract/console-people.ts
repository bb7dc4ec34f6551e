import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPeople, type Person } from '../../../src/devices/people.ts'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  activateOne,
  aDevice,
  anInvitation,
  aSignIn,
  GRACE,
  HOUR,
  inviteOne,
  MINUTE,
  movedTo,
  NOW,
  openOne,
  revoked,
} from './material.ts'
import type { OpenedStore, OpenStore } from './opened-store.ts'

const GUID = 'a0000000-0000-4000-8000-000000000001'

/** The people that sign-ins and invitations brought, on every store. */
export function describePeople(name: string, open: OpenStore): void {
  describe(`people on ${name}`, () => {
    let store: OpenedStore
    let now: number
    beforeEach(async () => {
      store = await open()
      now = NOW
    })
    afterEach(() => store.close())

    const people = () => {
      const { people, invitations } = store.beside
      return createPeople({ store: people, invitations, clock: { now: () => now } })
    }
    const seen = (person: string, change: Partial<SignIn> = {}) =>
      openOne(store.stores, aSignIn({ objectId: `object of ${person}`, ...change, person }))
    const labels = (found: Person[]): string[] => found.map(({ label }) => label)
    const search = async (text: string): Promise<string[]> => labels((await people().search({ text, limit: 100 })).rows)

    describe('a person', () => {
      test('is known from the first sign-in on, whatever becomes of that', async () => {
        expect(await people().find(ADA)).toBeUndefined()
        const signIn = await openOne(store.stores)
        await store.stores.signIns.move(signIn, movedTo(signIn, { phase: 'expired' }), { events: [] })
        expect(await people().find(ADA)).toEqual({
          ...ADA,
          integrationId: 'integration-1',
          label: 'ada@contoso.example',
          folded: 'ada@contoso.example',
          lastSignInAt: NOW,
          firstSeenAt: NOW,
        })
        expect(await people().find(ADA_ELSEWHERE)).toBeUndefined()
      })

      test('has the label and the integration of the newest sign-in', async () => {
        await openOne(store.stores)
        const later = aSignIn({ openedAt: NOW + 1, person: 'Ada King', integrationId: 'integration-2' })
        await openOne(store.stores, later)
        expect(await people().find(ADA)).toMatchObject({
          label: 'Ada King',
          folded: 'ada king',
          integrationId: 'integration-2',
          firstSeenAt: NOW,
        })
        expect(await search('ada@contoso')).toEqual([])
      })

      test('signed in last at the newest sign-in, to the minute', async () => {
        const lastAfter = async (openedAt: number) => {
          await openOne(store.stores, aSignIn({ openedAt }))
          return (await people().find(ADA))?.lastSignInAt
        }
        expect(await lastAfter(NOW)).toBe(NOW)
        expect(await lastAfter(NOW + MINUTE - 1)).toBe(NOW)
        expect(await lastAfter(NOW + MINUTE)).toBe(NOW + MINUTE)
        expect(await lastAfter(NOW)).toBe(NOW + MINUTE)
      })

      test('who was only invited is known by the object id, until Entra says more', async () => {
        await inviteOne(store.stores, anInvitation({ ...GRACE, createdAt: NOW - 1 }))
        expect(await people().find(GRACE)).toMatchObject({ label: 'grace', lastSignInAt: null, firstSeenAt: NOW - 1 })
        await openOne(store.stores, aSignIn({ ...GRACE, person: 'Grace Hopper' }))
        expect(await people().find(GRACE)).toMatchObject({ label: 'Grace Hopper', lastSignInAt: NOW })
        await inviteOne(store.stores, anInvitation(GRACE))
        expect(await people().find(GRACE)).toMatchObject({ label: 'Grace Hopper', lastSignInAt: NOW })
      })

      test('is not known from a sign-in that was refused', async () => {
        await openOne(store.stores)
        const refused = aSignIn({ person: 'Somebody Else' })
        await store.stores.signIns.open(refused, { digest: 'other', keepUntil: NOW }, 1, NOW, [])
        expect(await people().find(ADA)).toMatchObject({ label: 'ada@contoso.example' })
      })
    })

    describe('a search', () => {
      test('finds by the beginning of the label, whatever its case and marks', async () => {
        for (const label of ['Ünal Öztürk', 'unal@contoso.example', 'UNA', 'Zoë', 'ﬁona', '李雷']) await seen(label)
        expect(await search('ÜNAL')).toEqual(['Ünal Öztürk', 'unal@contoso.example'])
        expect(await search('una')).toEqual(['UNA', 'Ünal Öztürk', 'unal@contoso.example'])
        expect(await search('unal o')).toEqual(['Ünal Öztürk'])
        expect(await search(' zoe ')).toEqual(['Zoë'])
        expect(await search('fi')).toEqual(['ﬁona'])
        expect(await search('李')).toEqual(['李雷'])
        expect(await search('nal')).toEqual([])
      })

      test('takes %, _ and quotes as what they are', async () => {
        for (const label of ['100% sure', '100 people', "o'hara_1", 'o_x']) await seen(label)
        expect(await search('100%')).toEqual(['100% sure'])
        expect(await search('o_')).toEqual(['o_x'])
        expect(await search("o'h")).toEqual(["o'hara_1"])
        expect(await search('%')).toEqual([])
      })

      test('finds an object id in every tenant, and one integration’s people alone when asked', async () => {
        await seen('Ada', { objectId: GUID, tenantId: 'tenant-2', integrationId: 'integration-2' })
        await seen('Ada', { objectId: GUID, tenantId: 'tenant-1', integrationId: 'integration-1' })
        await seen('Grace', { integrationId: 'integration-2' })
        const tenants = async (text: string, integrationId?: string) =>
          (await people().search({ text, integrationId, limit: 10 })).rows.map(({ tenantId }) => tenantId)
        expect(await tenants(GUID)).toEqual(['tenant-1', 'tenant-2'])
        expect(await tenants(` ${GUID.toUpperCase()} `)).toEqual(['tenant-1', 'tenant-2'])
        expect(await tenants(GUID, 'integration-2')).toEqual(['tenant-2'])
        expect(await tenants('', 'integration-2')).toEqual(['tenant-2', ADA.tenantId])
        expect(await tenants('gr', 'integration-1')).toEqual([])
        const first = await people().search({ text: GUID, limit: 1 })
        const second = await people().search({ text: GUID, limit: 1, cursor: first.next ?? '' })
        expect([first, second].map(({ rows }) => rows.map(({ tenantId }) => tenantId))).toEqual([
          ['tenant-1'],
          ['tenant-2'],
        ])
        expect(second.next).toBeNull()
      })

      test('pages in the order of labels, without a gap or a repeat where they are the same', async () => {
        for (let i = 0; i < 30; i++) {
          const odd = i % 2 === 1
          await seen(`Person ${i % 5}`, {
            objectId: `object-${i}`,
            tenantId: odd ? 'tenant-2' : 'tenant-1',
            integrationId: odd ? 'integration-2' : 'integration-1',
          })
        }
        await seen('Other')
        await seen('Queen')
        for (const integrationId of [undefined, 'integration-2']) {
          const read: Person[] = []
          let cursor: string | undefined
          do {
            const page = await people().search({ text: 'person', integrationId, limit: 4, cursor })
            read.push(...page.rows)
            cursor = page.next ?? undefined
          } while (cursor)
          expect(read).toHaveLength(integrationId ? 15 : 30)
          expect(new Set(read.map(({ objectId }) => objectId)).size).toBe(read.length)
          const keys = read.map(({ folded, tenantId, objectId }) => `${folded} ${tenantId} ${objectId}`)
          expect(keys).toEqual([...keys].sort())
        }
      })

      test('pages past labels with characters that have no shape', async () => {
        for (const label of ['ada\u0000x', 'ada\u0000y', 'ada\ud800z', '\u0301']) await seen(label)
        const first = await people().search({ limit: 2 })
        const second = await people().search({ limit: 10, cursor: first.next ?? '' })
        const ids = [...first.rows, ...second.rows].map(({ objectId, tenantId }) => `${tenantId} ${objectId}`)
        expect(ids).toHaveLength(4)
        expect(new Set(ids).size).toBe(4)
      })
    })

    describe('devices of a person', () => {
      test('are all that there were, newest first, and of nobody else', async () => {
        const old = await activateOne(store.stores, aDevice({ boundAt: NOW + 1 }))
        const young = await activateOne(store.stores, aDevice({ boundAt: NOW + 2 }))
        await activateOne(store.stores, aDevice(GRACE))
        await store.stores.devices.revoke(old.id, NOW + 3, revoked(old))
        expect(await people().devicesOf(ADA)).toEqual([
          { ...young, lastUsedAt: null },
          { ...old, state: 'revoked', revokedAt: NOW + 3, lastUsedAt: null },
        ])
        expect(await people().devicesOf(ADA_ELSEWHERE)).toEqual([])
      })

      test('were last used when they last approved: neither a refusal nor an answer counts', async () => {
        const device = await activateOne(store.stores)
        const other = await activateOne(store.stores)
        const decide = async (phase: SignIn['phase'], at: number) => {
          const signIn = await openOne(store.stores)
          const decision = { deviceId: device.id, approvalDigest: 'a', proof: 'software-key' as const, at }
          const next = movedTo(signIn, { phase, decision })
          expect(await store.stores.signIns.move(signIn, next, { events: [] })).toBe(true)
          return next
        }
        const lastUsed = async () =>
          Object.fromEntries((await people().devicesOf(ADA)).map(({ id, lastUsedAt }) => [id, lastUsedAt]))
        await decide('denied', NOW + 5)
        expect(await lastUsed()).toEqual({ [device.id]: null, [other.id]: null })
        const approved = await decide('approved', NOW + 6)
        await decide('reported', NOW + 7)
        await store.stores.signIns.move(approved, movedTo(approved, { phase: 'answered' }), { events: [] })
        expect(await lastUsed()).toEqual({ [device.id]: NOW + 6, [other.id]: null })
        expect(await store.stores.devices.find(device.id)).toEqual(device)
      })

      test('one that was bound just now was used by the approval that bound it', async () => {
        const device = aDevice()
        const signIn = await openOne(store.stores)
        const decision = { deviceId: device.id, approvalDigest: 'a', proof: 'software-key' as const, at: NOW + 4 }
        await store.stores.signIns.move(signIn, movedTo(signIn, { phase: 'approved', decision }), {
          events: [],
          activate: device,
        })
        expect(await people().devicesOf(ADA)).toEqual([{ ...device, lastUsedAt: NOW + 4 }])
      })
    })

    test('an invitation is told as long as it can be used, without its code', async () => {
      expect(await people().invitationOf(ADA)).toBeUndefined()
      const invitation = await inviteOne(store.stores, anInvitation({ expiresAt: NOW + HOUR }))
      expect(await people().invitationOf(ADA)).toEqual({ createdAt: NOW, expiresAt: NOW + HOUR })
      expect(await people().invitationOf(ADA_ELSEWHERE)).toBeUndefined()
      now = NOW + HOUR
      expect(await people().invitationOf(ADA)).toBeUndefined()
      now = NOW
      const signIn = await openOne(store.stores)
      await store.stores.invitations.hold(invitation.id, signIn.id, NOW + 1, NOW)
      expect(await people().invitationOf(ADA)).toBeDefined()
      await store.stores.signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), {
        events: [],
        spendInvitation: { id: invitation.id, heldBy: signIn.id, at: NOW },
      })
      expect(await people().invitationOf(ADA)).toBeUndefined()
    })
  })
}
