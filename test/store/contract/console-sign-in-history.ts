import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../src/audit/events.ts'
import { createSignInHistory, type SignInFilter, type SignInRecord } from '../../../src/signin/history.ts'
import type { Phase, SignIn } from '../../../src/signin/sign-in.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  anIntegration,
  aSignIn,
  GRACE,
  HOUR,
  integrationEvent,
  MINUTE,
  movedTo,
  NOW,
  openOne,
} from './material.ts'
import type { OpenedStore, OpenStore } from './opened-store.ts'

const DAY = 24 * HOUR
const phases: Phase[] = ['open', 'approved', 'denied', 'reported', 'expired', 'cancelled', 'answered']

const approvedBy = (signIn: SignIn, deviceId: string, method = 'push'): AuditEvent => {
  const { id: signInId, integrationId, tenantId, objectId } = signIn
  return {
    ...{ signInId, integrationId, tenantId, objectId, deviceId, method },
    type: 'signin.approved',
    promptNumber: 1,
    approval: 'jws',
  }
}

const decidedBy = (deviceId: string) => ({
  decision: { deviceId, approvalDigest: 'digest', proof: 'software-key' as const, at: NOW + 1 },
})

/** What is remembered of sign-ins, on every store: it is written with the moves, and read by the page. */
export function describeSignInHistory(name: string, open: OpenStore): void {
  describe(`sign-in history on ${name}`, () => {
    let store: OpenedStore
    let now: number
    beforeEach(async () => {
      store = await open()
      now = NOW
    })
    afterEach(() => store.close())

    const history = () => createSignInHistory({ store: store.beside.signInHistory, clock: { now: () => now } })
    const move = (from: SignIn, change: Partial<SignIn>, events: AuditEvent[] = []) =>
      store.stores.signIns.move(from, movedTo(from, change), { events })

    describe('a record', () => {
      test('says what the sign-in was about as soon as it is open', async () => {
        const signIn = await openOne(store.stores, aSignIn({ place: 'Zürich', application: 'Mail <&> 你好' }))
        expect(await history().find(signIn.id)).toEqual({
          ...ADA,
          id: signIn.id,
          integrationId: signIn.integrationId,
          person: signIn.person,
          contract: 'external-mfa',
          openedAt: signIn.openedAt,
          endedAt: null,
          outcome: 'open',
          method: null,
          deviceId: null,
          address: signIn.address,
          place: 'Zürich',
          browser: signIn.browser,
          application: 'Mail <&> 你好',
        })
      })

      test('is not there for a sign-in that was not opened', async () => {
        const { signIns } = store.stores
        const first = await openOne(store.stores)
        const refused = aSignIn()
        expect(await signIns.open(refused, { digest: 'other', keepUntil: NOW }, 1, NOW, [])).toEqual({
          kind: 'too-many',
        })
        expect(await history().find(refused.id)).toBeUndefined()
        expect((await history().list({ limit: 10 })).rows.map(({ id }) => id)).toEqual([first.id])
      })

      test('follows an approval to its answer: by which device and method, and when it ended', async () => {
        const signIn = await openOne(store.stores)
        const approved = movedTo(signIn, { phase: 'approved', ...decidedBy('phone') })
        await store.stores.signIns.move(signIn, approved, { events: [approvedBy(signIn, 'phone')] })
        const decided = { outcome: 'approved', method: 'push', deviceId: 'phone', endedAt: null }
        expect(await history().find(signIn.id)).toMatchObject(decided)
        await move(approved, { phase: 'answered' })
        expect(await history().find(signIn.id)).toMatchObject({
          ...decided,
          outcome: 'answered',
          endedAt: expect.any(Number),
        })
      })

      test.each(['denied', 'reported', 'expired', 'cancelled'] as const)(
        'of one that was %s names no method',
        async (phase) => {
          const signIn = await openOne(store.stores)
          await move(signIn, { phase, ...(phase === 'denied' || phase === 'reported' ? decidedBy('phone') : {}) })
          expect(await history().find(signIn.id)).toMatchObject({
            outcome: phase,
            method: null,
            endedAt: expect.any(Number),
          })
        },
      )

      test('does not follow a move that was too late', async () => {
        const signIn = await openOne(store.stores)
        await move(signIn, { phase: 'denied', ...decidedBy('phone') })
        const before = await history().find(signIn.id)
        expect(await move(signIn, { phase: 'approved' }, [approvedBy(signIn, 'thief')])).toBe(false)
        expect(await history().find(signIn.id)).toEqual(before)
      })

      test('outlives its sign-in', async () => {
        const signIn = await openOne(store.stores)
        await move(signIn, { phase: 'denied' })
        await store.stores.signIns.forget(signIn.expiresAt, NOW)
        expect(await store.stores.signIns.find(signIn.id)).toBeUndefined()
        expect(await history().find(signIn.id)).toMatchObject({ outcome: 'denied' })
      })

      test('of an open sign-in whose tenant is removed is cancelled; of an ended or another tenant’s it stays', async () => {
        const integration = anIntegration({ tenantId: ADA.tenantId })
        await store.stores.integrations.insert(integration, integrationEvent(integration))
        const open = await openOne(store.stores)
        const denied = await openOne(store.stores)
        await move(denied, { phase: 'denied' })
        const elsewhere = await openOne(store.stores, aSignIn(ADA_ELSEWHERE))
        await store.stores.integrations.remove(integration.id, NOW + 9, integrationEvent(integration))
        expect(await history().find(open.id)).toMatchObject({ outcome: 'cancelled', endedAt: NOW + 9 })
        expect(await history().find(denied.id)).toMatchObject({ outcome: 'denied' })
        expect(await history().find(elsewhere.id)).toMatchObject({ outcome: 'open', endedAt: null })
      })
    })

    describe('a list', () => {
      /** Sixty sign-ins, some at one instant, in an order that is not theirs. */
      async function fill(): Promise<SignInRecord[]> {
        const people = [ADA, GRACE, ADA_ELSEWHERE]
        for (let i = 0; i < 60; i++) {
          const signIn = await openOne(
            store.stores,
            aSignIn({
              ...people[i % 3],
              integrationId: `integration-${i % 2}`,
              openedAt: NOW + Math.floor(((i * 7) % 60) / 3) * MINUTE,
            }),
          )
          const phase = phases[i % 7] as Phase
          if (phase !== 'open') await move(signIn, { phase })
        }
        const { rows } = await history().list({ limit: 100 })
        expect(rows).toHaveLength(60)
        return rows
      }

      const pages = async (filter: SignInFilter, limit: number): Promise<SignInRecord[][]> => {
        const read: SignInRecord[][] = []
        let cursor: string | undefined
        do {
          const page = await history().list({ ...filter, limit, cursor })
          read.push(page.rows)
          cursor = page.next ?? undefined
        } while (cursor)
        return read
      }

      test('is ordered newest first, and one instant by id', async () => {
        const all = await fill()
        const ordered = [...all].sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1))
        expect(all).toEqual(ordered)
        expect(new Set(all.map(({ openedAt }) => openedAt)).size).toBe(20)
      })

      test('pages without a gap and without a repeat, whatever is asked for', async () => {
        const all = await fill()
        const some = <T>(value: T): (T | undefined)[] => [undefined, value]
        for (const person of some(GRACE))
          for (const integrationId of some('integration-1'))
            for (const outcome of [undefined, ...phases])
              for (const from of some(NOW + 5 * MINUTE))
                for (const to of some(NOW + 15 * MINUTE)) {
                  const filter = { person, integrationId, outcome, from, to }
                  const expected = all.filter(
                    (record) =>
                      (!person || (record.tenantId === person.tenantId && record.objectId === person.objectId)) &&
                      (!integrationId || record.integrationId === integrationId) &&
                      (!outcome || record.outcome === outcome) &&
                      record.openedAt >= (from ?? 0) &&
                      record.openedAt < (to ?? Infinity),
                  )
                  const read = await pages(filter, 7)
                  expect({ filter, rows: read.flat() }).toEqual({ filter, rows: expected })
                  expect(read.slice(0, -1).every((rows) => rows.length === 7)).toBe(true)
                }
      })

      test('a page stays the same when newer sign-ins come', async () => {
        const all = await fill()
        const first = await history().list({ limit: 10 })
        await openOne(store.stores, aSignIn({ openedAt: NOW + DAY }))
        const second = await history().list({ limit: 10, cursor: first.next ?? '' })
        expect([...first.rows, ...second.rows]).toEqual(all.slice(0, 20))
      })

      test.each(['', 'nonsense', 'W10', Buffer.from('["x",1]').toString('base64url')])(
        'a cursor that is not ours is the first page: “%s”',
        async (cursor) => {
          const all = await fill()
          expect((await history().list({ limit: 5, cursor })).rows).toEqual(all.slice(0, 5))
        },
      )

      test('nobody gets everything at once, and a limit that is none gives one row', async () => {
        await fill()
        expect((await history().list({ limit: -1 })).rows).toHaveLength(1)
        expect((await history().list({ limit: Number.NaN })).rows).toHaveLength(1)
      })

      test('the reported ones, newest first, since a time', async () => {
        const all = await fill()
        const reported = all.filter(({ outcome }) => outcome === 'reported')
        const since = reported[3]?.openedAt ?? 0
        expect(await history().reported(0, 5)).toEqual(reported.slice(0, 5))
        expect(await history().reported(since, 100)).toEqual(reported.filter(({ openedAt }) => openedAt >= since))
      })

      test('counts by outcome since a time; what did not happen counts nought', async () => {
        const none = { open: 0, approved: 0, denied: 0, reported: 0, expired: 0, cancelled: 0, answered: 0 }
        expect(await history().countByOutcome(0)).toEqual(none)
        const all = await fill()
        const since = NOW + 12 * MINUTE
        const expected = Object.fromEntries(
          phases.map((phase) => [
            phase,
            all.filter(({ outcome, openedAt }) => outcome === phase && openedAt >= since).length,
          ]),
        )
        expect(await history().countByOutcome(since)).toEqual(expected)
        expect(await history().countByOutcome(NOW + DAY)).toEqual(none)
      })
    })

    test('forgets records after 400 days, and no others', async () => {
      const old = await openOne(store.stores, aSignIn({ openedAt: NOW }))
      const young = await openOne(store.stores, aSignIn({ openedAt: NOW + 1 }))
      now = NOW + 400 * DAY
      await history().tidy()
      expect(await history().find(old.id)).toBeDefined()
      now += 1
      await history().tidy()
      expect(await history().find(old.id)).toBeUndefined()
      expect(await history().find(young.id)).toBeDefined()
    })
  })
}
