import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { PersonKey } from '../../../src/base/person.ts'
import type { Device } from '../../../src/devices/device.ts'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import type { Effects } from '../../../src/signin/sign-in-store.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  activateOne,
  aDevice,
  anIntegration,
  aSignIn,
  eventOf,
  GRACE,
  integrationEvent,
  inviteOne,
  movedTo,
  NOW,
  openOne,
  revoked,
} from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded, typesOf } from './opened-store.ts'

const NOTHING: Effects = { events: [] }

/** One wrong number more, of a person who had typed so many. */
const wrong = (person: PersonKey, after: number, at: number) => ({
  ...{ tenantId: person.tenantId, objectId: person.objectId, after, at },
  kind: 'number' as const,
})

/** The end of a row that was so long. */
const ended = (person: PersonKey, after: number) => ({
  ...{ tenantId: person.tenantId, objectId: person.objectId, after },
  kind: 'number' as const,
})

/** How sign-ins move, on every store: once, and together with all that follows from it. */
export function describeSignInMoves(name: string, open: OpenStore): void {
  describe(`moves of sign-ins on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('a move replaces the whole sign-in', async () => {
      const signIn = await openOne(store.stores)
      const next = movedTo(signIn, {
        phase: 'approved',
        decision: { deviceId: 'd', approvalDigest: 'a', proof: 'software-key', at: NOW },
      })
      expect(await store.stores.signIns.move(signIn, next, { events: [eventOf(next)] })).toBe(true)
      expect(await store.beside.signIns.find(signIn.id)).toEqual(next)
      const { version, phase, expiresAt } = next
      expect(await store.beside.signIns.standing(signIn.id)).toEqual({ version, phase, expiresAt })
      expect(await recorded(store.beside)).toEqual([eventOf(next)])
    })

    test('of a thousand from one version one wins; only its event and its device exist', async () => {
      const signIn = await openOne(store.stores)
      const devices = Array.from({ length: CALLERS }, () => aDevice())
      const activated = (device: Device) =>
        ({ ...eventOf(signIn), type: 'device.activated', deviceId: device.id }) as const
      const won = await race(store, ({ signIns }, caller) => {
        const device = devices[caller] as Device
        const next = movedTo(signIn, { phase: 'approved', application: device.id })
        const effects = { events: [activated(device)], activate: device, countFailure: wrong(ADA, 0, NOW) }
        return signIns.move(signIn, next, effects as Effects)
      })

      const winners = devices.filter((_, caller) => won[caller])
      expect(winners).toHaveLength(1)
      const winner = winners[0] as Device
      expect(await store.stores.devices.list()).toEqual([winner])
      expect(await recorded(store.stores)).toEqual([activated(winner)])
      expect(await store.stores.signIns.failures(ADA, 'number')).toEqual({ count: 1, lastAt: NOW })
      expect(await store.stores.signIns.find(signIn.id)).toMatchObject({ version: 2, application: winner.id })
    })

    test('a thousand that come too late do nothing at all', async () => {
      const { signIns, devices, invitations } = store.stores
      const invitation = await inviteOne(store.stores)
      const signIn = await openOne(store.stores, aSignIn({ ticket: { ticketDigest: 't', codeDigest: 'c' } }))
      const denied = movedTo(signIn, { phase: 'denied' })
      await signIns.move(signIn, denied, { ...NOTHING, countFailure: wrong(ADA, 0, NOW) })
      const before = await recorded(store.stores)

      const won = await race(store, ({ signIns: through }, caller) =>
        through.move(signIn, movedTo(signIn, { phase: 'approved', ticket: null }), {
          events: [eventOf(signIn)],
          activate: aDevice(),
          spendInvitation: { id: invitation.id, heldBy: signIn.id, at: NOW },
          ...(caller % 4 < 2 ? { countFailure: wrong(ADA, 1, NOW + 1) } : { endFailures: ended(ADA, 1) }),
        }),
      )

      expect(won).not.toContain(true)
      expect(await recorded(store.stores)).toEqual(before)
      expect(await devices.list()).toEqual([])
      expect(await devices.ofPerson(ADA)).toEqual([])
      expect(await invitations.findOpen(ADA, NOW)).toEqual(invitation)
      expect(await signIns.failures(ADA, 'number')).toEqual({ count: 1, lastAt: NOW })
      expect(await signIns.find(signIn.id)).toEqual(denied)
      expect(await signIns.findByTicket('t')).toEqual(denied)
    })

    test('a sign-in that is not there does not move', async () => {
      const ghost = aSignIn()
      expect(await store.stores.signIns.move(ghost, movedTo(ghost), { events: [eventOf(ghost)] })).toBe(false)
      expect(await store.stores.signIns.find(ghost.id)).toBeUndefined()
      expect(await recorded(store.stores)).toEqual([])
    })

    test('moves of different sign-ins do not disturb each other', async () => {
      const signIns = await Promise.all(Array.from({ length: 100 }, () => openOne(store.stores)))
      const won = await Promise.all(
        signIns.map((signIn, i) =>
          (i % 2 === 0 ? store.stores : store.beside).signIns.move(signIn, movedTo(signIn, { phase: 'cancelled' }), {
            events: [eventOf(signIn, 'signin.cancelled')],
          }),
        ),
      )
      expect(won).toEqual(signIns.map(() => true))
      expect((await typesOf(store.stores)).length).toBe(100)
    })

    describe('what becomes durable with a move', () => {
      test('an approval activates the device, spends the invitation and clears the wrong numbers', async () => {
        const { signIns, devices, invitations } = store.stores
        const invitation = await inviteOne(store.stores)
        const device = aDevice()
        const signIn = await openOne(store.stores)
        await invitations.hold(invitation.id, signIn.id, NOW + 10, NOW)
        const counted = movedTo(signIn)
        await signIns.move(signIn, counted, { ...NOTHING, countFailure: wrong(ADA, 0, NOW) })

        await signIns.move(counted, movedTo(counted, { phase: 'approved' }), {
          ...NOTHING,
          activate: device,
          spendInvitation: { id: invitation.id, heldBy: signIn.id, at: NOW },
          endFailures: ended(ADA, 1),
        })

        expect(await devices.find(device.id)).toEqual(device)
        expect(await invitations.findOpen(ADA, NOW)).toBeUndefined()
        expect(await invitations.hold(invitation.id, signIn.id, NOW + 1, NOW)).toBe(false)
        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 0, lastAt: 0 })
      })

      test('of a thousand first uses by one person one is made: a first use is one', async () => {
        const signIns = await Promise.all(Array.from({ length: CALLERS }, () => openOne(store.stores)))
        const won = await race(store, ({ signIns: through }, caller) => {
          const signIn = signIns[caller] as SignIn
          return through.move(signIn, movedTo(signIn, { phase: 'approved' }), {
            events: [eventOf(signIn)],
            activate: aDevice({ boundBy: signIn.id }),
            ifNeverHadDevice: ADA,
          })
        })

        const winners = signIns.filter((_, caller) => won[caller])
        expect(winners).toHaveLength(1)
        const winner = winners[0] as SignIn
        expect((await store.stores.devices.list()).map(({ boundBy }) => boundBy)).toEqual([winner.id])
        expect(await recorded(store.stores)).toEqual([eventOf(winner)])
        const loser = signIns.find(({ id }) => id !== winner.id) as SignIn
        expect(await store.stores.signIns.find(loser.id)).toEqual(loser)
      })

      test('a revoked device makes a first use impossible too, but not somebody else’s', async () => {
        const { signIns, devices } = store.stores
        const device = await activateOne(store.stores)
        await devices.revoke(device.id, NOW, revoked(device))
        const [mine, elsewhere] = [await openOne(store.stores), await openOne(store.stores, aSignIn(ADA_ELSEWHERE))]
        expect(await signIns.move(mine, movedTo(mine), { ...NOTHING, ifNeverHadDevice: ADA })).toBe(false)
        expect(await signIns.move(elsewhere, movedTo(elsewhere), { ...NOTHING, ifNeverHadDevice: ADA_ELSEWHERE })).toBe(
          true,
        )
      })

      test('a device that was revoked meanwhile decides nothing', async () => {
        const { signIns, devices } = store.stores
        const device = await activateOne(store.stores)
        const signIn = await openOne(store.stores)
        const effects = { ...NOTHING, endFailures: ended(ADA, 0), ifDeviceActive: device.id }
        await devices.revoke(device.id, NOW, revoked(device))
        expect(await signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), effects)).toBe(false)
        expect(await signIns.find(signIn.id)).toEqual(signIn)
        const other = await activateOne(store.stores)
        const allowed = { ...effects, ifDeviceActive: other.id }
        expect(await signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), allowed)).toBe(true)
      })

      test('a sign-in that ends lets go of the invitation that it holds, and of no other’s', async () => {
        const { signIns, invitations } = store.stores
        const invitation = await inviteOne(store.stores)
        const [holder, other] = [await openOne(store.stores), await openOne(store.stores)]
        await invitations.hold(invitation.id, holder.id, NOW + 10, NOW)

        const release = (signIn: SignIn): Effects => ({
          events: [],
          releaseInvitation: { id: invitation.id, heldBy: signIn.id },
        })
        await signIns.move(other, movedTo(other, { phase: 'denied' }), release(other))
        expect(await invitations.hold(invitation.id, 'third', NOW + 10, NOW)).toBe(false)
        await signIns.move(holder, movedTo(holder, { phase: 'denied' }), release(holder))
        expect(await invitations.findOpen(ADA, NOW)).toEqual(invitation)
        expect(await invitations.hold(invitation.id, 'third', NOW + 10, NOW)).toBe(true)
      })

      test('an invitation that this sign-in does not hold any more is not spent, and nothing is written', async () => {
        const { signIns, devices, invitations } = store.stores
        const replaced = await inviteOne(store.stores)
        const signIn = await openOne(store.stores)
        await invitations.hold(replaced.id, signIn.id, NOW + 10, NOW)
        const next = await inviteOne(store.stores)
        const before = await recorded(store.stores)
        const approval = { events: [eventOf(signIn)], activate: aDevice() }
        for (const id of [replaced.id, next.id]) {
          const effects = { ...approval, spendInvitation: { id, heldBy: signIn.id, at: NOW } }
          expect(await signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), effects)).toBe(false)
        }
        expect(await devices.list()).toEqual([])
        expect(await invitations.findOpen(ADA, NOW)).toEqual(next)
        expect(await recorded(store.stores)).toEqual(before)
      })

      test('where one part cannot be written, none is', async () => {
        const { signIns, devices, invitations } = store.stores
        const bound = await activateOne(store.stores)
        const invitation = await inviteOne(store.stores)
        const signIn = await openOne(store.stores)
        await invitations.hold(invitation.id, signIn.id, NOW + 10, NOW)
        const held = await invitations.findOpen(ADA, NOW)
        const before = await recorded(store.stores)

        // A key belongs to one device.
        const sameKey = aDevice({ thumbprint: bound.thumbprint })
        const moving = signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), {
          events: [eventOf(signIn)],
          activate: sameKey,
          spendInvitation: { id: invitation.id, heldBy: signIn.id, at: NOW },
          countFailure: wrong(ADA, 0, NOW),
        })

        await expect(moving).rejects.toThrow()
        expect(await signIns.find(signIn.id)).toEqual(signIn)
        expect(await devices.list()).toEqual([bound])
        expect(await invitations.findOpen(ADA, NOW)).toEqual(held)
        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 0, lastAt: 0 })
        expect(await recorded(store.stores)).toEqual(before)
      })

      test('wrong numbers are counted for the person, over all sign-ins, until they are cleared', async () => {
        const { signIns } = store.stores
        for (const [after, at] of [NOW, NOW + 5, NOW + 9].entries()) {
          const signIn = await openOne(store.stores)
          await signIns.move(signIn, movedTo(signIn), { ...NOTHING, countFailure: wrong(ADA, after, at) })
        }
        const other = await openOne(store.stores, aSignIn(GRACE))
        await signIns.move(other, movedTo(other), { ...NOTHING, countFailure: wrong(GRACE, 0, NOW) })
        const code = { ...wrong(ADA, 0, NOW + 1), kind: 'code' as const }
        const third = await openOne(store.stores)
        await signIns.move(third, movedTo(third), { ...NOTHING, countFailure: code })

        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 3, lastAt: NOW + 9 })
        expect(await signIns.failures(ADA, 'code')).toEqual({ count: 1, lastAt: NOW + 1 })
        expect(await signIns.failures(ADA_ELSEWHERE, 'number')).toEqual({ count: 0, lastAt: 0 })

        const last = await openOne(store.stores)
        await signIns.move(last, movedTo(last), { ...NOTHING, endFailures: ended(ADA, 3) })
        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 0, lastAt: 0 })
        expect(await signIns.failures(ADA, 'code')).toEqual({ count: 1, lastAt: NOW + 1 })
        expect(await signIns.failures(GRACE, 'number')).toEqual({ count: 1, lastAt: NOW })
      })

      test('what is used once is used once, by any sign-in, and is found by it', async () => {
        const { signIns } = store.stores
        const once = { digest: 'asked', keepUntil: NOW + 1000 }
        const two = [await openOne(store.stores), await openOne(store.stores)]
        const won = await Promise.all(
          two.map((signIn) => signIns.move(signIn, movedTo(signIn), { events: [eventOf(signIn)], useOnce: once })),
        )
        expect(won.filter(Boolean)).toHaveLength(1)
        expect((await signIns.findByHint('asked'))?.id).toBe(two[won.indexOf(true)]?.id)
        expect(await signIns.used(['asked', 'never asked'])).toEqual(new Set(['asked']))
        expect(await recorded(store.stores)).toHaveLength(1)
      })

      test('remembers the proof of its request, and is not made with one of another', async () => {
        const { signIns, proofs } = store.stores
        const [mine, foreign] = [await openOne(store.stores), await openOne(store.stores, aSignIn(GRACE))]
        const proof = { id: 'jti', digest: 'mine', expiresAt: NOW + 1000 }
        const move = (signIn: SignIn, useProof: typeof proof) =>
          signIns.move(signIn, movedTo(signIn), { events: [eventOf(signIn)], useProof })
        expect(await move(mine, proof)).toBe(true)
        expect(await move(foreign, { ...proof, digest: 'another' })).toBe(false)
        expect((await signIns.find(foreign.id))?.version).toBe(1)
        expect(await recorded(store.stores)).toHaveLength(1)
        expect(await proofs.remember('jti', 'another', NOW)).toBe('other')
        expect(await proofs.remember('jti', 'mine', NOW)).toBe('same')
        // The same request again, which brought about nothing the first time.
        expect(await move(foreign, proof)).toBe(true)
      })

      test('of two requests under one proof’s id one moves something, and nothing is kept of the other', async () => {
        const two = [await openOne(store.stores), await openOne(store.beside)]
        const won = await Promise.all(
          two.map((signIn, i) =>
            (i === 0 ? store.stores : store.beside).signIns.move(signIn, movedTo(signIn), {
              events: [eventOf(signIn)],
              useProof: { id: 'jti', digest: signIn.id, expiresAt: NOW + 1000 },
            }),
          ),
        )
        expect(won.filter(Boolean)).toHaveLength(1)
        expect(await recorded(store.stores)).toHaveLength(1)
      })

      test.each(['switched off', 'gone', 'on'])('a move that needs its integration, which is %s', async (state) => {
        const { signIns, integrations } = store.stores
        const integration = anIntegration({ id: 'integration-1', enabled: state === 'on' })
        if (state !== 'gone') await integrations.insert(integration, integrationEvent(integration))
        const signIn = await openOne(store.stores)
        const before = await recorded(store.stores)
        const effects = { events: [eventOf(signIn)], ifIntegrationEnabled: integration.id }
        const isMade = state === 'on'
        expect(await signIns.move(signIn, movedTo(signIn), effects)).toBe(isMade)
        expect(await recorded(store.stores)).toEqual(isMade ? [...before, eventOf(signIn)] : before)
        expect((await signIns.find(signIn.id))?.version).toBe(isMade ? 2 : 1)
      })

      test('a failure is counted only behind as many as it was judged by: of sign-ins at the same time one is', async () => {
        const { signIns } = store.stores
        const open = [await openOne(store.stores), await openOne(store.stores), await openOne(store.stores)]
        const counted = await Promise.all(
          open.map((signIn) =>
            signIns.move(signIn, movedTo(signIn), { events: [eventOf(signIn)], countFailure: wrong(ADA, 0, NOW) }),
          ),
        )
        expect(counted.filter(Boolean)).toHaveLength(1)
        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 1, lastAt: NOW })
        expect(await recorded(store.stores)).toHaveLength(1)
      })

      test('a success ends the row that it was judged by, and none that has grown meanwhile', async () => {
        const { signIns } = store.stores
        const [first, second, good] = [
          await openOne(store.stores),
          await openOne(store.stores),
          await openOne(store.stores),
        ]
        await signIns.move(first, movedTo(first), { ...NOTHING, countFailure: wrong(ADA, 0, NOW) })
        const approved = { events: [eventOf(good)], endFailures: ended(ADA, 1) }
        const [counted, won] = await Promise.all([
          signIns.move(second, movedTo(second), { ...NOTHING, countFailure: wrong(ADA, 1, NOW + 1) }),
          store.beside.signIns.move(good, movedTo(good, { phase: 'approved' }), approved),
        ])
        expect([counted, won].filter(Boolean)).toHaveLength(1)
        expect(await signIns.failures(ADA, 'number')).toEqual(
          counted ? { count: 2, lastAt: NOW + 1 } : { count: 0, lastAt: 0 },
        )
        expect(await recorded(store.stores)).toHaveLength(won ? 1 : 0)
      })

      test('an administrator ends all rows of a person at once, once, and of nobody else', async () => {
        const { signIns } = store.stores
        for (const each of [
          wrong(ADA, 0, NOW),
          { ...wrong(ADA, 0, NOW), kind: 'code' as const },
          wrong(GRACE, 0, NOW),
        ]) {
          const signIn = await openOne(store.stores)
          await signIns.move(signIn, movedTo(signIn), { ...NOTHING, countFailure: each })
        }
        const event = { ...ADA, type: 'person.unlocked', integrationId: 'i', by: 'command-line' } as const
        const ended = await Promise.all([signIns.forgetFailures(ADA, event), signIns.forgetFailures(ADA, event)])
        expect(ended.filter(Boolean)).toHaveLength(1)
        expect(await signIns.failures(ADA, 'number')).toEqual({ count: 0, lastAt: 0 })
        expect(await signIns.failures(ADA, 'code')).toEqual({ count: 0, lastAt: 0 })
        expect(await signIns.failures(GRACE, 'number')).toEqual({ count: 1, lastAt: NOW })
        expect(await recorded(store.stores)).toEqual([event])
      })
    })
  })
}
