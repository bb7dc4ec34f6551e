import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AuditEntry, type AuditFilter, createAuditReading } from '../../../src/audit/audit-reading.ts'
import type { AuditEvent } from '../../../src/audit/events.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  aDevice,
  aSignIn,
  eventOf,
  GRACE,
  HOUR,
  MINUTE,
  movedTo,
  opened,
  openOne,
  revoked,
} from './material.ts'
import type { OpenedStore, OpenStore } from './opened-store.ts'

/** Every event that names a sign-in names its person: a sign-in's events are found by that. Does not compile otherwise. */
type WithoutPerson = Exclude<Extract<AuditEvent, { signInId: unknown }>, { objectId: string; tenantId: string }>
const namesItsPerson: [WithoutPerson] extends [never] ? true : false = true

/** The audit log as an administrator reads it, on every store. */
export function describeAuditReading(name: string, open: OpenStore): void {
  describe(`reading the audit on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const reading = () => createAuditReading({ store: store.beside.auditReading })
    /** The whole log, newest first. */
    const everything = async (): Promise<AuditEntry[]> =>
      (await store.stores.audit.read(0, 10_000)).sort(
        (a, b) => b.record.at - a.record.at || b.position - a.position,
      ) as AuditEntry[]

    /** A sign-in of now: events carry the time at which they are written. */
    const aSignInNow = (change = {}) => aSignIn({ openedAt: Date.now(), expiresAt: Date.now() + 4 * MINUTE, ...change })

    const pages = async (filter: AuditFilter, limit: number): Promise<AuditEntry[]> => {
      const read: AuditEntry[] = []
      let cursor: string | undefined
      do {
        const page = await reading().list({ ...filter, limit, cursor })
        read.push(...page.rows)
        cursor = page.next ?? undefined
      } while (cursor)
      return read
    }

    describe('a timeline', () => {
      test('is all that happened in one sign-in, oldest first, and nothing of another', async () => {
        expect(namesItsPerson).toBe(true)
        const signIn = aSignInNow()
        const other = aSignInNow()
        const { signIns, audit } = store.stores
        await signIns.open(signIn, { digest: 'one', keepUntil: 0 }, 9, 0, [opened(signIn)])
        await signIns.open(other, { digest: 'two', keepUntil: 0 }, 9, 0, [opened(other), eventOf(other)])
        await audit.append([revoked(aDevice())])
        const ended = movedTo(signIn, { phase: 'cancelled' })
        await signIns.move(signIn, ended, { events: [eventOf(signIn, 'signin.cancelled')] })
        await audit.append([eventOf(signIn)])

        const told = await reading().timeline(signIn.id)
        expect(told.map(({ record }) => record.event)).toEqual([
          opened(signIn),
          eventOf(signIn, 'signin.cancelled'),
          eventOf(signIn),
        ])
        expect(told.map(({ position }) => position)).toEqual(told.map(({ position }) => position).sort((a, b) => a - b))
        expect((await reading().timeline(other.id)).map(({ record }) => record.event.type)).toEqual([
          'signin.opened',
          'ticket.issued',
        ])
        expect(await reading().timeline('x')).toEqual([])
      })
    })

    describe('a list', () => {
      async function fill(): Promise<AuditEntry[]> {
        const signIns = []
        for (const [i, person] of [ADA, GRACE, ADA_ELSEWHERE, ADA].entries()) {
          const signIn = aSignInNow({ ...person, integrationId: `integration-${i % 2}` })
          signIns.push(await openOne(store.stores, signIn))
          await store.stores.audit.append([opened(signIn), eventOf(signIn), eventOf(signIn, 'signin.answered')])
          const by = i % 2 === 0 ? 'administrator:ada' : 'command-line'
          await store.stores.audit.append([{ ...revoked(aDevice(person)), by } as AuditEvent])
          // So that not everything happens within one millisecond.
          for (const before = Date.now(); Date.now() === before; );
        }
        await store.stores.audit.append([{ type: 'service.started', version: '1' }])
        return everything()
      }

      test('pages newest first without a gap or a repeat, whatever is asked for', async () => {
        const all = await fill()
        expect(all).toHaveLength(17)
        const [newest, oldest] = [all[0]?.record.at ?? 0, all.at(-1)?.record.at ?? 0]
        expect(newest).toBeGreaterThan(oldest)
        const middle = all[8]?.record.at
        const [{ record: first }] = all.slice(-1) as [AuditEntry]
        const { signInId } = first.event as AuditEvent & { type: 'signin.opened' }
        const some = <T>(value: T): (T | undefined)[] => [undefined, value]
        const types = [undefined, 'device.revoked', 'signin.opened', 'ticket.issued', 'key.created'] as const
        for (const type of types)
          for (const by of some('administrator:ada' as const))
            for (const integrationId of some('integration-0'))
              for (const person of some(ADA))
                for (const id of some(signInId))
                  for (const [from, to] of [[], [middle], [undefined, middle], [oldest, newest]]) {
                    const filter: AuditFilter = { type, by, integrationId, person, signInId: id, from, to }
                    const expected = all.filter(({ record: { at, event } }) => {
                      const facts = event as Record<string, unknown>
                      return (
                        (!type || event.type === type) &&
                        (!by || facts.by === by) &&
                        (!integrationId || facts.integrationId === integrationId) &&
                        (!person || (facts.objectId === person.objectId && facts.tenantId === person.tenantId)) &&
                        (!id || facts.signInId === id) &&
                        at >= (from ?? 0) &&
                        at < (to ?? Infinity)
                      )
                    })
                    expect({ filter, rows: await pages(filter, 2) }).toEqual({ filter, rows: expected })
                  }
      })

      test('carries all that the chain is verified by', async () => {
        const [last] = await fill()
        expect((await reading().list({ limit: 1 })).rows).toEqual([last])
      })

      test('a page stays the same when something new is recorded', async () => {
        const all = await fill()
        const first = await reading().list({ limit: 5 })
        await store.stores.audit.append([{ type: 'service.stopped', version: '1' }])
        const second = await reading().list({ limit: 5, cursor: first.next ?? '' })
        expect([...first.rows, ...second.rows]).toEqual(all.slice(0, 10))
      })
    })

    describe('an export', () => {
      const exported = async (filter: AuditFilter): Promise<AuditEntry[][]> => {
        const read: AuditEntry[][] = []
        for await (const entries of reading().export(filter)) read.push(entries)
        return read
      }

      test('is the whole log, oldest first, some at a time', async () => {
        const events = Array.from({ length: 2500 }, (_, i) => ({ type: 'service.started', version: `${i}` }) as const)
        await store.stores.audit.append(events)
        const read = await exported({})
        expect(read.map((entries) => entries.length)).toEqual([1000, 1000, 500])
        expect(read.flat().map(({ record }) => record.event)).toEqual(events)
      })

      test('is what is filtered, of the time asked for', async () => {
        await store.stores.audit.append([revoked(aDevice()), revoked(aDevice(GRACE)), eventOf(aSignIn())])
        const all = (await everything()).reverse()
        const at = all[0]?.record.at ?? 0
        expect((await exported({ from: at, person: ADA, to: at + HOUR })).flat()).toEqual([all[0], all[2]])
        expect((await exported({ type: 'device.revoked' })).flat()).toEqual(all.slice(0, 2))
        expect(await exported({ to: at })).toEqual([])
        expect(await exported({ from: at + HOUR })).toEqual([])
      })
    })

    describe('refusals', () => {
      const count = (minute: number, integrationId?: string, address = '192.0.2.1') =>
        store.stores.audit.count(
          { type: 'hint.refused', code: 'hint.key', reason: 'r', address, ...(integrationId ? { integrationId } : {}) },
          minute,
          1000,
        )

      test('are counted for each integration, and for requests that named none', async () => {
        for (const id of ['integration-1', 'integration-1', 'integration-2', undefined]) await count(7, id)
        const lines = (await reading().refusals({ limit: 10 })).map(({ integrationId, count: n }) => [integrationId, n])
        expect(lines).toEqual([
          ['integration-2', 1],
          ['integration-1', 2],
          [null, 1],
        ])
        expect(await reading().refusals({ integrationId: 'integration-1', limit: 10 })).toEqual([
          {
            ...{ minute: 7, type: 'hint.refused', code: 'hint.key', integrationId: 'integration-1' },
            ...{ address: '192.0.2.1', reason: 'r', count: 2 },
          },
        ])
      })

      test('are read newest first, of the minutes asked for, so many and no more', async () => {
        for (const minute of [5, 6, 7, 8]) await count(minute, 'integration-1')
        const minutes = async (from?: number, to?: number, limit = 10) =>
          (await reading().refusals({ from, to, limit })).map(({ minute }) => minute)
        expect(await minutes()).toEqual([8, 7, 6, 5])
        expect(await minutes(6 * MINUTE + 1, 8 * MINUTE)).toEqual([7, 6])
        expect(await minutes(undefined, 7 * MINUTE + 1)).toEqual([7, 6, 5])
        expect(await minutes(undefined, undefined, 2)).toEqual([8, 7])
      })
    })
  })
}
