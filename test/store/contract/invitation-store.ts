import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, ADA_ELSEWHERE, anInvitation, GRACE, HOUR, invited, inviteOne, movedTo, NOW, openOne } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

export function describeInvitationStore(name: string, open: OpenStore): void {
  describe(`invitations on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('an invitation is found for its person until it expires, and its making is recorded', async () => {
      const invitation = await inviteOne(store.stores)
      const { invitations } = store.beside
      expect(await invitations.findOpen(ADA, invitation.expiresAt - 1)).toEqual(invitation)
      expect(await invitations.findOpen(ADA, invitation.expiresAt)).toBeUndefined()
      expect(await invitations.findOpen(GRACE, NOW)).toBeUndefined()
      expect(await invitations.findOpen(ADA_ELSEWHERE, NOW)).toBeUndefined()
      expect(await recorded(store.beside)).toEqual([invited(invitation)])
    })

    test('a new one replaces the unspent one of the same person, and no one else’s', async () => {
      const { invitations } = store.stores
      const first = await inviteOne(store.stores)
      const graces = await inviteOne(store.stores, anInvitation(GRACE))
      await invitations.hold(first.id, 'sign-in', NOW + HOUR, NOW)
      const second = await inviteOne(store.stores)
      expect(await invitations.findOpen(ADA, NOW)).toEqual(second)
      expect(await invitations.hold(first.id, 'sign-in', NOW + HOUR, NOW)).toBe(false)
      expect(await invitations.findOpen(GRACE, NOW)).toEqual(graces)
    })

    test('of a thousand invitations of one person made at once, one is left', async () => {
      const invitations = Array.from({ length: 1000 }, () => anInvitation())
      await race(store, (through, caller) => inviteOne(through, invitations[caller]))
      const left = await store.stores.invitations.findOpen(ADA, NOW)
      expect(invitations).toContainEqual(left)
      const held = await race(store, (through, caller) =>
        through.invitations.hold(invitations[caller]?.id ?? '', 'sign-in', NOW + HOUR, NOW),
      )
      expect(invitations.filter((_, caller) => held[caller])).toEqual([left])
    })

    test('of a thousand sign-ins that want to hold it, one does', async () => {
      const invitation = await inviteOne(store.stores)
      const held = await race(store, ({ invitations }, caller) =>
        invitations.hold(invitation.id, `sign-in ${caller}`, NOW + HOUR, NOW),
      )
      expect(held.filter(Boolean)).toHaveLength(1)
      expect(await store.stores.invitations.findOpen(ADA, NOW)).toEqual({
        ...invitation,
        heldBy: `sign-in ${held.indexOf(true)}`,
        heldUntil: NOW + HOUR,
      })
      expect(await recorded(store.stores)).toEqual([invited(invitation)])
    })

    test('holding it twice is holding it; it comes free when its holder’s time is over', async () => {
      const { invitations } = store.stores
      const { id } = await inviteOne(store.stores)
      expect(await invitations.hold(id, 'one', NOW + 10, NOW)).toBe(true)
      expect(await invitations.hold(id, 'one', NOW + 10, NOW)).toBe(true)
      expect(await invitations.hold(id, 'two', NOW + 20, NOW + 9)).toBe(false)
      expect([await invitations.isHeld(id, 'one'), await invitations.isHeld(id, 'two')]).toEqual([true, false])
      expect(await invitations.hold(id, 'two', NOW + 20, NOW + 10)).toBe(true)
      expect(await invitations.hold(id, 'one', NOW + 20, NOW + 10)).toBe(false)
    })

    test('neither an expired nor an unknown one can be held', async () => {
      const { invitations } = store.stores
      const { id, expiresAt } = await inviteOne(store.stores)
      expect(await invitations.hold(id, 'one', expiresAt + HOUR, expiresAt)).toBe(false)
      expect(await invitations.hold('x', 'one', NOW + HOUR, NOW)).toBe(false)
    })

    test('a spent one is neither found nor held, and stays when a new one is made', async () => {
      const { invitations, signIns } = store.stores
      const { id } = await inviteOne(store.stores)
      const signIn = await openOne(store.stores)
      await invitations.hold(id, signIn.id, NOW + HOUR, NOW)
      await signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), {
        events: [],
        spendInvitation: { id, heldBy: signIn.id, at: NOW + 1 },
      })
      expect(await invitations.findOpen(ADA, NOW)).toBeUndefined()
      expect(await invitations.hold(id, signIn.id, NOW + HOUR, NOW)).toBe(false)
      const next = await inviteOne(store.stores)
      expect(await invitations.findOpen(ADA, NOW)).toEqual(next)
      expect(await invitations.hold(id, 'other', NOW + 2 * HOUR, NOW + HOUR)).toBe(false)
    })
  })
}
