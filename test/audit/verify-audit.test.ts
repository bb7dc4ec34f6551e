import { describe, expect, test } from '@jest/globals'
import { type AuditStore, type ChainEntry, type ChainPlace, createAudit } from '../../src/audit/audit.ts'
import type { AuditRecord } from '../../src/audit/events.ts'
import { type SignedChain, verifyAudit } from '../../src/audit/verify-chains.ts'
import { recordDigest } from '../../src/base/chain.ts'

/** A right chain of `length` records by one writer. */
function chain(writer: string, length: number): AuditRecord[] {
  const records: AuditRecord[] = []
  for (let seq = 1; seq <= length; seq++) {
    const unsealed = {
      writer,
      seq,
      at: seq,
      event: { type: 'service.started' as const, version: String(seq) },
      previous: records.at(-1)?.digest ?? '',
    }
    records.push({ ...unsealed, digest: recordDigest(unsealed) })
  }
  return records
}

/** A log that is read as these records stand. */
const holding = (records: AuditRecord[]): AuditStore => ({
  append: () => Promise.reject(new Error('disk full')),
  count: async () => {},
  counts: async () => [],
  foldCounts: async () => {},
  forgetCounts: async () => {},
  read: async (after, limit) =>
    records
      .map((record, index) => ({ position: index + 1, record }))
      .filter(({ position }) => position > after)
      .slice(0, limit),
  chains: async (after, limit) =>
    records
      .map((record, index) => ({ position: index + 1, record, agrees: true }))
      .sort((a, b) => order(placeOf(a), placeOf(b)))
      .filter((entry) => !after || order(placeOf(entry), after) > 0)
      .slice(0, limit),
})
const placeOf = ({ position, record: { writer, seq } }: ChainEntry): ChainPlace => ({ writer, seq, position })
const order = (a: ChainPlace, b: ChainPlace): number =>
  a.writer === b.writer ? a.seq - b.seq || a.position - b.position : a.writer < b.writer ? -1 : 1
const faultsOf = async (records: AuditRecord[]) => (await verifyAudit(holding(records))).faults
const sealed = (record: AuditRecord): AuditRecord => ({ ...record, digest: recordDigest(record) })

describe('an audit log', () => {
  test('that nobody touched has no fault, however many wrote to it', async () => {
    const [one, two] = [chain('one', 1500), chain('two', 1500)]
    const mixed = one.flatMap((record, index) => [record, two[index] as AuditRecord])
    expect(await verifyAudit(holding(mixed))).toEqual({ records: 3000, writers: 2, unsigned: 3000, faults: [] })
  })

  test('that is empty has no fault', async () => {
    expect(await verifyAudit(holding([]))).toEqual({ records: 0, writers: 0, unsigned: 0, faults: [] })
  })

  test.each<[string, (record: AuditRecord) => Partial<AuditRecord>]>([
    ['what happened', ({ event }) => ({ event: { ...event, version: 'other' } as AuditRecord['event'] })],
    ['when', () => ({ at: 99 })],
    ['its digest', () => ({ digest: 'x' })],
    ['what came before', () => ({ previous: 'x' })],
  ])('names the record in which somebody changed %s', async (_what, change) => {
    const records = chain('one', 5)
    const touched = { ...(records[2] as AuditRecord), ...change(records[2] as AuditRecord) }
    expect(await faultsOf(records.with(2, touched))).toEqual([{ writer: 'one', seq: touched.seq, kind: 'changed' }])
  })

  test('names where a record was changed and sealed anew: the next no longer follows', async () => {
    const records = chain('one', 5)
    const forged = sealed({ ...(records[2] as AuditRecord), at: 99 })
    expect(await faultsOf(records.with(2, forged))).toEqual([{ writer: 'one', seq: 4, kind: 'broken-chain' }])
  })

  test('names the number that is missing where a record was given another', async () => {
    const records = chain('one', 5)
    const touched = { ...(records[2] as AuditRecord), seq: 99 }
    expect(await faultsOf(records.with(2, touched))).toEqual([{ writer: 'one', seq: 3, kind: 'missing' }])
  })

  test('names where one was taken out, at the beginning or in between', async () => {
    expect(await faultsOf(chain('one', 5).toSpliced(0, 1))).toEqual([{ writer: 'one', seq: 1, kind: 'missing' }])
    expect(await faultsOf(chain('one', 5).toSpliced(2, 2))).toEqual([{ writer: 'one', seq: 3, kind: 'missing' }])
  })

  test('names where one stands twice, or two stand the wrong way round', async () => {
    const records = chain('one', 4)
    expect(await faultsOf(records.toSpliced(1, 0, records[0] as AuditRecord))).toMatchObject([
      { seq: 1, kind: 'repeated' },
    ])
    const [a, b, c, d] = records as [AuditRecord, AuditRecord, AuditRecord, AuditRecord]
    expect(await faultsOf([a, c, b, d])).toMatchObject([{ seq: 3, kind: 'out-of-order' }])
  })

  test('names where a record of one writer was put under another’s name', async () => {
    const foreign = { ...(chain('two', 1)[0] as AuditRecord), writer: 'one' }
    expect(await faultsOf([foreign])).toEqual([{ writer: 'one', seq: 1, kind: 'changed' }])
  })

  test('names the first fault of each chain, and leaves the others alone', async () => {
    const broken = chain('one', 5).toSpliced(1, 1)
    const changed = chain('two', 5).with(3, { ...(chain('two', 5)[3] as AuditRecord), at: 99 })
    expect(await faultsOf([...broken, ...changed, ...chain('three', 5)])).toEqual([
      { writer: 'one', seq: 2, kind: 'missing' },
      { writer: 'two', seq: 4, kind: 'changed' },
    ])
  })
})

describe('compared with what checkpoints signed, a log', () => {
  const records = chain('one', 5)
  const head = (seq: number, after: number | null = null) => ({ seq, digest: records[seq - 1]?.digest ?? '', after })
  const signed = (...heads: SignedChain['heads']): SignedChain => ({ heads, closedAt: null })
  const against = async (log: AuditRecord[], one: SignedChain) => verifyAudit(holding(log), new Map([['one', one]]))

  test('that nobody touched has no fault, and says how many records are newer', async () => {
    expect(await against(records, signed(head(2), head(4)))).toEqual({
      ...{ records: 5, writers: 1, unsigned: 1, faults: [] },
    })
  })

  test('names the first record that was cut off its end', async () => {
    const { faults } = await against(records.slice(0, 2), signed(head(2), head(4)))
    expect(faults).toEqual([{ writer: 'one', seq: 3, kind: 'missing' }])
  })

  test('names a chain of which nothing is left', async () => {
    const { faults } = await against(chain('two', 3), signed(head(4)))
    expect(faults).toEqual([{ writer: 'one', seq: 1, kind: 'missing' }])
  })

  test('names the record from which a chain was computed anew, also when a later head was signed of the new one', async () => {
    const anew = chain('one', 5).map((record) => ({ ...record }))
    for (const [i, record] of anew.entries()) {
      if (i > 0) Object.assign(record, { at: i === 1 ? 99 : record.at, previous: anew[i - 1]?.digest })
      record.digest = recordDigest(record)
    }
    const later = { seq: 5, digest: anew[4]?.digest ?? '', after: null }
    expect((await against(anew, signed(head(3), later))).faults).toEqual([
      { writer: 'one', seq: 3, kind: 'not-as-signed' },
    ])
  })

  test('names what was written to a chain that was closed', async () => {
    const { faults } = await against(records, { ...signed(head(3)), closedAt: 3 })
    expect(faults).toEqual([{ writer: 'one', seq: 4, kind: 'after-the-end' }])
  })

  test('names a record that was put in later than it says, and allows for clocks that differ', async () => {
    const MINUTE = 60_000
    const since = (after: number) => against(records, signed(head(2), head(5, after)))
    expect((await since(9 * MINUTE)).faults).toEqual([])
    expect((await since(11 * MINUTE)).faults).toEqual([{ writer: 'one', seq: 3, kind: 'back-dated' }])
  })

  test('names a record of which the store says something else beside it', async () => {
    const store = {
      chains: async (...asked: Parameters<AuditStore['chains']>) =>
        (await holding(records).chains(...asked)).map((entry) => ({ ...entry, agrees: entry.record.seq !== 2 })),
    }
    expect((await verifyAudit(store)).faults).toEqual([{ writer: 'one', seq: 2, kind: 'changed' }])
  })
})

test('what cannot be recorded fails: nothing goes on without its record', async () => {
  const audit = createAudit({ store: holding([]), clock: { now: () => 0 } })
  await expect(audit.record({ type: 'service.started', version: '1' })).rejects.toThrow('disk full')
})
