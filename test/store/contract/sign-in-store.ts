import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  aHint,
  aPendingDevice,
  aSignIn,
  eventOf,
  GRACE,
  HOUR,
  MINUTE,
  movedTo,
  NOW,
  opened,
  openOne,
  someId,
} from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded, typesOf } from './opened-store.ts'

const idsOf = (signIns: SignIn[]): string[] => signIns.map(({ id }) => id)

/** What every store of sign-ins does, apart from moving them (sign-in-moves.ts). */
export function describeSignInStore(name: string, open: OpenStore): void {
  describe(`sign-ins on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    describe('opening', () => {
      test('gives back every member, and is seen by another process', async () => {
        const signIn = aSignIn({
          clientRequestId: 'correlation',
          prompt: { number: 1, digits: '000123', openedAt: NOW, expiresAt: NOW + MINUTE, wrong: ['w'] },
          ticket: { ticketDigest: 't', codeDigest: 'c' },
        })
        const hint = aHint()
        expect(await store.stores.signIns.open(signIn, hint, 3, NOW, [opened(signIn)])).toEqual({ kind: 'opened' })
        expect(await store.stores.signIns.find(signIn.id)).toEqual(signIn)
        expect(await store.beside.signIns.find(signIn.id)).toEqual(signIn)
        const { version, phase, expiresAt } = signIn
        expect(await store.beside.signIns.standing(signIn.id)).toEqual({ version, phase, expiresAt })
        expect(await store.beside.signIns.findByHint(hint.digest)).toEqual(signIn)
        expect(await store.beside.signIns.used([hint.digest, 'x'])).toEqual(new Set([hint.digest]))
        expect(await recorded(store.beside)).toEqual([opened(signIn)])
      })

      test('of a thousand with one hint one wins; the others are led to it and leave nothing', async () => {
        const hint = aHint()
        const signIns = Array.from({ length: CALLERS }, () => aSignIn())
        const told = await race(store, ({ signIns: through }, caller) => {
          const signIn = signIns[caller] as SignIn
          return through.open(signIn, hint, CALLERS, NOW, [opened(signIn)])
        })

        const winners = signIns.filter((_, caller) => told[caller]?.kind === 'opened')
        expect(winners).toHaveLength(1)
        const winner = winners[0] as SignIn
        for (const answer of told) {
          if (answer.kind !== 'opened') expect(answer).toEqual({ kind: 'repeat', signIn: winner })
        }
        expect(await recorded(store.stores)).toEqual([opened(winner)])
        expect(await store.stores.signIns.openOf(ADA, NOW)).toEqual([winner])
        expect(await store.stores.signIns.findByHint(hint.digest)).toEqual(winner)
      })

      test('of a thousand of one person only as many as may be open are; the hints of the others stay unused', async () => {
        const pairs = Array.from({ length: CALLERS }, () => ({ signIn: aSignIn(), hint: aHint() }))
        const told = await race(store, ({ signIns: through }, caller) => {
          const { signIn, hint } = pairs[caller] as (typeof pairs)[number]
          return through.open(signIn, hint, 3, NOW, [opened(signIn)])
        })

        const kinds = told.map(({ kind }) => kind)
        expect(kinds.filter((kind) => kind === 'opened')).toHaveLength(3)
        expect(kinds.filter((kind) => kind === 'too-many')).toHaveLength(CALLERS - 3)
        expect(await typesOf(store.stores)).toEqual(['signin.opened', 'signin.opened', 'signin.opened'])

        const [ended] = await store.stores.signIns.openOf(ADA, NOW)
        await store.stores.signIns.move(ended as SignIn, movedTo(ended as SignIn, { phase: 'denied' }), { events: [] })
        const { signIn, hint } = pairs[kinds.indexOf('too-many')] as (typeof pairs)[number]
        expect(await store.stores.signIns.findByHint(hint.digest)).toBeUndefined()
        expect(await store.stores.signIns.find(signIn.id)).toBeUndefined()
        expect(await store.stores.signIns.open(signIn, hint, 3, NOW, [])).toEqual({ kind: 'opened' })
      })

      test('a used hint is a repeat even where the person has as many open as may be', async () => {
        const hint = aHint()
        const signIn = await openOne(store.stores, aSignIn(), hint)
        expect(await store.stores.signIns.open(aSignIn(), hint, 1, NOW, [])).toEqual({ kind: 'repeat', signIn })
      })

      test('what has expired, ended or belongs to somebody else does not count as open', async () => {
        const { signIns } = store.stores
        await openOne(store.stores, aSignIn({ expiresAt: NOW }))
        const denied = await openOne(store.stores)
        await signIns.move(denied, movedTo(denied, { phase: 'denied' }), { events: [] })
        await openOne(store.stores, aSignIn(GRACE))
        await openOne(store.stores, aSignIn(ADA_ELSEWHERE))

        expect(await signIns.open(aSignIn(), aHint(), 1, NOW, [])).toEqual({ kind: 'opened' })
        expect(await signIns.open(aSignIn(), aHint(), 1, NOW, [])).toEqual({ kind: 'too-many' })
      })
    })

    describe('finding', () => {
      test('finds nothing that is not there', async () => {
        const { signIns } = store.stores
        expect(await signIns.find('x')).toBeUndefined()
        expect(await signIns.standing('x')).toBeUndefined()
        expect(await signIns.findByHint('x')).toBeUndefined()
        expect(await signIns.findByTicket('x')).toBeUndefined()
        expect(await signIns.findByPendingDevice('x')).toBeUndefined()
        expect(await signIns.openOf(ADA, NOW)).toEqual([])
        expect(await signIns.due(NOW, 10)).toEqual([])
      })

      test('by the digest of the ticket and by that of the short code', async () => {
        const signIn = await openOne(store.stores, aSignIn({ ticket: { ticketDigest: 'long', codeDigest: 'short' } }))
        await openOne(store.stores, aSignIn({ ticket: { ticketDigest: 'long-2', codeDigest: 'short-2' } }))
        expect(await store.stores.signIns.findByTicket('long')).toEqual(signIn)
        expect(await store.stores.signIns.findByTicket('short')).toEqual(signIn)
      })

      test('by a ticket that a move brought, and not by one that a move took', async () => {
        const { signIns } = store.stores
        const without = await openOne(store.stores)
        const ticketed = movedTo(without, { ticket: { ticketDigest: 'long', codeDigest: 'short' } })
        await signIns.move(without, ticketed, { events: [] })
        expect(await signIns.findByTicket('long')).toEqual(ticketed)
        expect(await signIns.findByTicket('short')).toEqual(ticketed)

        await signIns.move(ticketed, movedTo(ticketed, { ticket: null }), { events: [] })
        expect(await signIns.findByTicket('long')).toBeUndefined()
        expect(await signIns.findByTicket('short')).toBeUndefined()
      })

      test('by its pending device: the newest, ended ones included', async () => {
        const { signIns } = store.stores
        const pendingDevice = aPendingDevice()
        const bind = async (openedAt: number): Promise<SignIn> => {
          const signIn = await openOne(store.stores, aSignIn({ openedAt }))
          const bound = movedTo(signIn, { pendingDevice })
          await signIns.move(signIn, bound, { events: [] })
          return bound
        }
        const newest = await bind(NOW + 2)
        await bind(NOW + 1)
        expect(await signIns.findByPendingDevice(pendingDevice.thumbprint)).toEqual(newest)

        const ended = movedTo(newest, { phase: 'denied' })
        await signIns.move(newest, ended, { events: [] })
        expect(await signIns.findByPendingDevice(pendingDevice.thumbprint)).toEqual(ended)
      })

      test('the open ones of a person, oldest first, without those whose time is over', async () => {
        const at = (openedAt: number, change: Partial<SignIn> = {}) =>
          openOne(store.stores, aSignIn({ openedAt, expiresAt: openedAt + 4 * MINUTE, ...change }))
        const second = await at(NOW + 20)
        const third = await at(NOW + 30)
        const first = await at(NOW + 10)
        await at(NOW, GRACE)
        await at(NOW, ADA_ELSEWHERE)
        const approved = await at(NOW + 15)
        await store.stores.signIns.move(approved, movedTo(approved, { phase: 'approved' }), { events: [] })

        expect(await store.stores.signIns.openOf(ADA, NOW + 40)).toEqual([first, second, third])
        expect(await store.stores.signIns.openOf(ADA, first.expiresAt - 1)).toEqual([first, second, third])
        expect(await store.stores.signIns.openOf(ADA, first.expiresAt)).toEqual([second, third])
        expect(await store.stores.signIns.openOf(ADA, third.expiresAt)).toEqual([])
      })
    })

    describe('time', () => {
      test('due are open and approved ones whose time is over, at most as many as asked for', async () => {
        const { signIns } = store.stores
        const inPhase = async (phase: SignIn['phase'], expiresAt: number): Promise<string> => {
          const signIn = await openOne(store.stores, aSignIn({ expiresAt }))
          if (phase !== 'open') await signIns.move(signIn, movedTo(signIn, { phase }), { events: [] })
          return signIn.id
        }
        const open = await inPhase('open', NOW + 1)
        const approved = await inPhase('approved', NOW + 2)
        for (const phase of ['denied', 'reported', 'expired', 'cancelled', 'answered'] as const) {
          await inPhase(phase, NOW + 1)
        }
        const later = await inPhase('open', NOW + 10)

        expect(idsOf(await signIns.due(NOW, 10))).toEqual([])
        expect(idsOf(await signIns.due(NOW + 1, 10))).toEqual([open])
        expect(idsOf(await signIns.due(NOW + 9, 10)).sort()).toEqual([open, approved].sort())
        expect(idsOf(await signIns.due(NOW + 10, 10)).sort()).toEqual([open, approved, later].sort())
        expect(await signIns.due(NOW + 10, 2)).toHaveLength(2)
      })

      test('forgets what ended long ago, and nothing that is open or approved', async () => {
        const { signIns } = store.stores
        const ended = await openOne(store.stores, aSignIn({ expiresAt: NOW + 1 }))
        await signIns.move(ended, movedTo(ended, { phase: 'answered' }), {
          events: [eventOf(ended, 'signin.answered')],
        })
        const recent = await openOne(store.stores, aSignIn({ expiresAt: NOW + 3 }))
        await signIns.move(recent, movedTo(recent, { phase: 'denied' }), { events: [] })
        const open = await openOne(store.stores, aSignIn({ expiresAt: NOW + 1 }))
        const approved = await openOne(store.stores, aSignIn({ expiresAt: NOW + 1 }))
        await signIns.move(approved, movedTo(approved, { phase: 'approved' }), { events: [] })

        await signIns.forget(NOW + 2, NOW + 2)

        expect(await signIns.find(ended.id)).toBeUndefined()
        expect(await signIns.find(recent.id)).toBeDefined()
        expect(await signIns.find(open.id)).toBeDefined()
        expect(await signIns.find(approved.id)).toBeDefined()
        expect(await typesOf(store.stores)).toEqual(['signin.answered'])
      })

      test('remembers a hint for its own time, even when its sign-in is forgotten', async () => {
        const { signIns } = store.stores
        const hint = { digest: someId(), keepUntil: NOW + HOUR }
        const signIn = await openOne(store.stores, aSignIn({ expiresAt: NOW + 1 }), hint)
        await signIns.move(signIn, movedTo(signIn, { phase: 'denied' }), { events: [] })

        await signIns.forget(NOW + 1, hint.keepUntil - 1)
        expect(await signIns.find(signIn.id)).toBeUndefined()
        expect(await signIns.open(aSignIn(), hint, 3, NOW, [])).toEqual({ kind: 'repeat', signIn: undefined })

        await signIns.forget(NOW + 1, hint.keepUntil)
        expect(await signIns.open(aSignIn(), hint, 3, NOW, [])).toEqual({ kind: 'opened' })
      })

      test('forgets proofs whose time is over', async () => {
        const { signIns, proofs } = store.stores
        await proofs.remember('short', 'digest', NOW + 1)
        await proofs.remember('long', 'digest', NOW + 2)
        await signIns.forget(NOW, NOW + 1)
        expect(await proofs.remember('short', 'digest', NOW + 9)).toBe('first')
        expect(await proofs.remember('long', 'digest', NOW + 9)).toBe('same')
      })
    })
  })
}
