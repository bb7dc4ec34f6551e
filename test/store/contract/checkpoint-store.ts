import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SignedHead } from '../../../src/audit/checkpoint.ts'
import type { CheckpointStore } from '../../../src/audit/checkpoints.ts'
import type { AuditEvent } from '../../../src/audit/events.ts'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const started = (version: string): AuditEvent => ({ type: 'service.started', version })
const made: AuditEvent = { type: 'audit.key-made', keyId: 'k', by: 'service' }

type Kept = Parameters<CheckpointStore['keep']>[0]
const checkpoint = (number: number, heads: SignedHead[] = [], change: Partial<Kept> = {}): Kept => ({
  ...{ number, at: number * 1000, previous: '', heads, through: 0, jws: `a.${number}.b` },
  ...change,
})

export function describeCheckpointStore(name: string, open: OpenStore): void {
  describe(`checkpoints on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    /** Signs all that is not signed, through one of the connections. */
    async function sign(number: number, { checkpoints }: Stores = store.stores, quietSince = 0): Promise<SignedHead[]> {
      const { through, heads } = await checkpoints.unsigned(quietSince)
      const signed = heads.map(({ ended, ...head }) => ({ ...head, ...(ended && { closed: true as const }) }))
      expect(await checkpoints.keep(checkpoint(number, signed, { through }))).toBe(true)
      return signed
    }
    const unsigned = async (quietSince = 0) =>
      (await store.stores.checkpoints.unsigned(quietSince)).heads.toSorted((a, b) => a.seq - b.seq)
    const headOf = async (version: string) => {
      const all = await store.stores.audit.read(0, 1000)
      const { writer, seq, digest } = all.find(({ record }) =>
        JSON.stringify(record.event).includes(`"${version}"`),
      )!.record
      return { writer, seq, digest }
    }

    test('are none at first, and nothing is to be signed', async () => {
      expect(await store.stores.checkpoints.last()).toBeUndefined()
      expect(await store.stores.checkpoints.read(0, 10)).toEqual([])
      expect(await unsigned()).toEqual([])
    })

    test('of a thousand first keys one is kept, with one event, and everybody is given that one', async () => {
      expect(await store.stores.checkpoints.sealedKey()).toBeUndefined()
      const given = await race(store, ({ checkpoints }, caller) => checkpoints.keepFirstKey(`v1.${caller}`, made))
      expect(new Set(given).size).toBe(1)
      expect(await store.beside.checkpoints.sealedKey()).toBe(given[0])
      expect(await recorded(store.stores)).toEqual([made])
    })

    test('are read as they were kept, in their order', async () => {
      for (const number of [1, 2, 3]) expect(await store.stores.checkpoints.keep(checkpoint(number))).toBe(true)
      expect(await store.beside.checkpoints.last()).toEqual({ number: 3, at: 3000, jws: 'a.3.b' })
      expect(await store.beside.checkpoints.read(1, 10)).toEqual([
        { number: 2, jws: 'a.2.b' },
        { number: 3, jws: 'a.3.b' },
      ])
      expect((await store.beside.checkpoints.read(0, 1)).map(({ number }) => number)).toEqual([1])
    })

    test('have one of each number, and no number is left out, however many are made at once', async () => {
      const told = await race(store, ({ checkpoints }, caller) =>
        checkpoints.keep(checkpoint(1, [], { jws: `${caller}` })),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      expect((await store.stores.checkpoints.last())?.jws).toBe(String(told.indexOf(true)))
      expect(await store.stores.checkpoints.keep(checkpoint(3))).toBe(false)
      expect(await store.stores.checkpoints.keep(checkpoint(1))).toBe(false)
      expect(await store.stores.checkpoints.read(0, 10)).toHaveLength(1)
    })

    test('sign the head of every chain, once, and again only what moved since', async () => {
      await store.stores.audit.append([started('1'), started('2')])
      await store.beside.audit.append([started('3')])
      const [one, two] = [await headOf('3'), await headOf('2')]
      expect(await unsigned()).toEqual([one, two].map((head) => ({ ...head, ended: false })))
      await sign(1)
      expect(await unsigned()).toEqual([])

      await store.beside.audit.append([started('4')])
      expect(await unsigned()).toEqual([{ ...(await headOf('4')), ended: false }])
      await sign(2, store.beside)
      expect(await unsigned()).toEqual([])
    })

    test('close a chain whose process is gone, once, and its last records with it', async () => {
      await store.beside.audit.append([started('1')])
      await sign(1)
      await store.beside.close()
      const later = (await store.stores.audit.read(0, 1))[0]!.record.at + 1
      expect(await sign(2, store.stores, later)).toEqual([{ ...(await headOf('1')), closed: true }])
      expect(await unsigned(later)).toEqual([])
    })

    test('who finds its chain closed writes to another, and nothing is lost', async () => {
      await store.beside.audit.append([started('1')])
      const head = await headOf('1')
      await sign(1, store.stores, Number.MAX_SAFE_INTEGER)
      await store.beside.audit.append([started('2'), started('3')])
      const second = await headOf('2')
      expect(second).toMatchObject({ seq: 1 })
      expect(second.writer).not.toBe(head.writer)
      expect(await headOf('3')).toMatchObject({ writer: second.writer, seq: 2 })
      expect(await recorded(store.stores)).toEqual(['1', '2', '3'].map(started))
      expect((await verifyAudit(store.stores.audit)).faults).toEqual([])
    })

    test('close no chain that was written to meanwhile', async () => {
      await store.beside.audit.append([started('1')])
      const head = { ...(await headOf('1')), closed: true } as const
      await store.beside.audit.append([started('2')])
      expect(await store.stores.checkpoints.keep(checkpoint(1, [head]))).toBe(false)
      await store.beside.audit.append([started('3')])
      expect(await headOf('3')).toMatchObject({ writer: head.writer, seq: 3 })
    })
  })
}
