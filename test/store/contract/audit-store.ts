import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditStore } from '../../../src/audit/audit.ts'
import type { AuditEvent, AuditRecord } from '../../../src/audit/events.ts'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import { recordDigest } from '../../../src/base/chain.ts'
import { aSignIn, eventOf } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const started = (version: string): AuditEvent => ({ type: 'service.started', version })

export function describeAuditStore(name: string, open: OpenStore): void {
  describe(`audit on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const records = async (): Promise<AuditRecord[]> =>
      (await store.stores.audit.read(0, 10 * CALLERS)).map(({ record }) => record)

    /** The same log as somebody changed it: a record is replaced, or left out. */
    const tampered = (tamper: (record: AuditRecord) => AuditRecord | undefined): AuditStore => ({
      ...store.stores.audit,
      chains: async (after, limit) =>
        (await store.stores.audit.chains(after, limit)).flatMap((entry) => {
          const changed = tamper(entry.record)
          return changed ? [{ ...entry, record: changed }] : []
        }),
    })

    test('an empty log verifies', async () => {
      expect(await verifyAudit(store.stores.audit)).toEqual({ records: 0, writers: 0, unsigned: 0, faults: [] })
      expect(await store.stores.audit.counts()).toEqual([])
    })

    test('keeps events as they were given, in their order', async () => {
      const events = [started('1'), eventOf(aSignIn({ person: '"<ü 你好\u0000\u2028' })), started('2')]
      await store.stores.audit.append(events)
      await store.stores.audit.append([])
      expect(await recorded(store.beside)).toEqual(events)
    })

    test('writers of many events at once have a chain each, without gap or fork', async () => {
      await race(store, ({ audit }, caller) => audit.append([started(`${caller} a`), started(`${caller} b`)]))

      const all = await records()
      expect(all).toHaveLength(2 * CALLERS)
      expect(new Set(all.map(({ writer, seq }) => `${writer} ${seq}`)).size).toBe(2 * CALLERS)
      const writers = [...new Set(all.map(({ writer }) => writer))]
      expect(writers).toHaveLength(2)
      for (const writer of writers) {
        const chain = all.filter((record) => record.writer === writer)
        expect(chain.map(({ seq }) => seq)).toEqual(chain.map((_, i) => i + 1))
      }
      expect(await verifyAudit(store.stores.audit)).toEqual({
        ...{ records: 2 * CALLERS, writers: 2, unsigned: 2 * CALLERS, faults: [] },
      })
    })

    test('reads on from a position, at most as many as asked for', async () => {
      await store.stores.audit.append(['1', '2', '3', '4', '5'].map(started))
      const first = await store.stores.audit.read(0, 2)
      const second = await store.stores.audit.read(first[1]?.position ?? 0, 2)
      const third = await store.stores.audit.read(second[1]?.position ?? 0, 2)
      expect([first, second, third].map((page) => page.map(({ record }) => record.seq))).toEqual([[1, 2], [3, 4], [5]])
      expect(await store.stores.audit.read(third[0]?.position ?? 0, 2)).toEqual([])
    })

    test('reads chain by chain, each in the order of its numbers, and on from a place', async () => {
      await store.stores.audit.append(['1', '2', '3'].map(started))
      await store.beside.audit.append(['4', '5'].map(started))
      await store.stores.audit.append([started('6')])
      const all = await store.stores.audit.chains(null, 100)
      const places = all.map(({ position, record: { writer, seq } }) => ({ writer, seq, position }))
      expect(places.map(({ writer }) => writer)).toEqual(places.map(({ writer }) => writer).toSorted())
      expect(places.map(({ seq }) => seq).toSorted()).toEqual([1, 1, 2, 2, 3, 4])
      expect(all.every(({ agrees }) => agrees)).toBe(true)
      expect(
        all.map(({ position, record }) => ({ position, record })).toSorted((a, b) => a.position - b.position),
      ).toEqual(await store.stores.audit.read(0, 100))
      expect(await store.beside.audit.chains(places[1] ?? null, 2)).toEqual(all.slice(2, 4))
    })

    test('a chain is unbroken after a write that failed in the midst of it', async () => {
      const { audit } = store.stores
      const unwritable = { type: 'service.started', version: 1n } as unknown as AuditEvent
      const told = await Promise.allSettled([
        audit.append([started('1')]),
        audit.append([started('lost'), unwritable]),
        audit.append([started('2')]),
      ])
      expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await recorded(store.stores)).toEqual([started('1'), started('2')])
      expect((await verifyAudit(audit)).faults).toEqual([])
    })

    test('a changed, a missing and a forged record are each found', async () => {
      await store.stores.audit.append(['1', '2', '3', '4'].map(started))
      const [{ writer }] = (await records()) as [AuditRecord]
      const faultsWith = async (tamper: (record: AuditRecord) => AuditRecord | undefined) =>
        (await verifyAudit(tampered(tamper))).faults
      const later = (record: AuditRecord): AuditRecord => ({ ...record, at: record.at + 1 })
      const resealed = (record: AuditRecord): AuditRecord => ({ ...record, digest: recordDigest(record) })

      expect(await faultsWith((record) => (record.seq === 2 ? later(record) : record))).toEqual([
        { writer, seq: 2, kind: 'changed' },
      ])
      expect(await faultsWith((record) => (record.seq === 3 ? undefined : record))).toEqual([
        { writer, seq: 3, kind: 'missing' },
      ])
      expect(await faultsWith((record) => (record.seq === 2 ? resealed(later(record)) : record))).toEqual([
        { writer, seq: 3, kind: 'broken-chain' },
      ])
      expect(await faultsWith((record) => record)).toEqual([])
    })

    test('counts refusals by minute, code and address; they do not grow the log', async () => {
      const refused = (code: string, address: string) =>
        ({ type: 'hint.refused', code, reason: 'a reason', address }) as const
      await race(store, ({ audit }) => audit.count(refused('hint.key', '192.0.2.1'), 7, 1000))
      await store.stores.audit.count(refused('hint.key', '192.0.2.1'), 8, 1000)
      await store.stores.audit.count(refused('hint.time', '192.0.2.1'), 7, 1000)
      await store.stores.audit.count(refused('hint.key', '192.0.2.2'), 7, 1000)
      await store.stores.audit.count({ ...refused('hint.key', '192.0.2.1'), type: 'request.refused' }, 7, 1000)

      const counts = await store.beside.audit.counts()
      const lines = counts.map(({ minute, type, code, address, count }) => [minute, type, code, address, count])
      expect(lines).toHaveLength(5)
      expect(lines).toEqual(
        expect.arrayContaining([
          [7, 'hint.refused', 'hint.key', '192.0.2.1', CALLERS],
          [8, 'hint.refused', 'hint.key', '192.0.2.1', 1],
          [7, 'hint.refused', 'hint.time', '192.0.2.1', 1],
          [7, 'hint.refused', 'hint.key', '192.0.2.2', 1],
          [7, 'request.refused', 'hint.key', '192.0.2.1', 1],
        ]),
      )
      expect(counts[0]?.reason).toBe('a reason')
      expect(counts.map(({ minute }) => minute)).toEqual([7, 7, 7, 7, 8])
      expect(await recorded(store.stores)).toEqual([])
    })

    test('a minute has so many counts and no more: what comes beyond is counted together', async () => {
      const refused = (i: number) =>
        ({ type: 'hint.refused', code: 'hint.key', reason: 'r', address: `192.0.2.${i}` }) as const
      for (let i = 0; i < 20; i++) await store.stores.audit.count(refused(i), 7, 5)
      const counts = await store.stores.audit.counts()
      expect(counts.length).toBe(6)
      expect(counts.find(({ address }) => address === '*')?.count).toBe(15)
    })

    test('counts of old hours lose their address, once; those of younger minutes keep it', async () => {
      const { audit } = store.stores
      const refused = (code: string, address: string, integrationId?: string) =>
        ({ type: 'hint.refused', code, reason: 'a reason', address, ...(integrationId && { integrationId }) }) as const
      for (const [minute, address] of [
        [60, 'a'],
        [61, 'b'],
        [119, 'c'],
        [120, 'd'],
        [180, 'e'],
      ] as const)
        await audit.count(refused('x', address), minute, 100)
      await audit.count(refused('x', 'f', 'i'), 61, 100)
      await audit.count(refused('y', 'g'), 61, 100)

      await audit.foldCounts(180)
      await audit.foldCounts(180)

      const rows = (await audit.counts()).map(({ minute, code, integrationId, address, count }) => [
        ...[minute, code, integrationId, address, count],
      ])
      expect(rows).toHaveLength(5)
      expect(rows).toEqual(
        expect.arrayContaining([
          [60, 'x', null, '*', 3],
          [60, 'x', 'i', '*', 1],
          [60, 'y', null, '*', 1],
          [120, 'x', null, '*', 1],
          [180, 'x', null, 'e', 1],
        ]),
      )
    })

    test('counts of old minutes are forgotten, and no others', async () => {
      const refused = { type: 'hint.refused', code: 'hint.key', reason: 'r', address: '192.0.2.1' } as const
      for (const minute of [6, 7, 8]) await store.stores.audit.count(refused, minute, 1000)
      await store.stores.audit.forgetCounts(7)
      expect((await store.stores.audit.counts()).map(({ minute }) => minute)).toEqual([7, 8])
    })
  })
}
