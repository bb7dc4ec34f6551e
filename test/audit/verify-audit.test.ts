import { describe, expect, test } from '@jest/globals'
import { type AuditStore, createAudit, verifyAudit } from '../../src/audit/audit.ts'
import type { AuditRecord } from '../../src/audit/events.ts'
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
})
const faultsOf = async (records: AuditRecord[]) => (await verifyAudit(holding(records))).faults
const sealed = (record: AuditRecord): AuditRecord => ({ ...record, digest: recordDigest(record) })

describe('an audit log', () => {
  test('that nobody touched has no fault, however many wrote to it', async () => {
    const [one, two] = [chain('one', 1500), chain('two', 1500)]
    const mixed = one.flatMap((record, index) => [record, two[index] as AuditRecord])
    expect(await verifyAudit(holding(mixed))).toEqual({ records: 3000, writers: 2, faults: [] })
  })

  test('that is empty has no fault', async () => {
    expect(await verifyAudit(holding([]))).toEqual({ records: 0, writers: 0, faults: [] })
  })

  test.each<[string, (record: AuditRecord) => Partial<AuditRecord>]>([
    ['what happened', ({ event }) => ({ event: { ...event, version: 'other' } as AuditRecord['event'] })],
    ['when', () => ({ at: 99 })],
    ['its digest', () => ({ digest: 'x' })],
    ['what came before', () => ({ previous: 'x' })],
    ['its number', () => ({ seq: 99 })],
  ])('names the record in which somebody changed %s', async (_what, change) => {
    const records = chain('one', 5)
    const touched = { ...(records[2] as AuditRecord), ...change(records[2] as AuditRecord) }
    expect(await faultsOf(records.with(2, touched))).toEqual([{ writer: 'one', seq: touched.seq, fault: 'changed' }])
  })

  test('names where a record was changed and sealed anew: the next no longer follows', async () => {
    const records = chain('one', 5)
    const forged = sealed({ ...(records[2] as AuditRecord), at: 99 })
    expect(await faultsOf(records.with(2, forged))).toEqual([{ writer: 'one', seq: 4, fault: 'broken-chain' }])
  })

  test('names where one was taken out, at the beginning or in between', async () => {
    expect(await faultsOf(chain('one', 5).toSpliced(0, 1))).toEqual([{ writer: 'one', seq: 2, fault: 'missing' }])
    expect(await faultsOf(chain('one', 5).toSpliced(2, 2))).toEqual([{ writer: 'one', seq: 5, fault: 'missing' }])
  })

  test('names where one stands twice, or two stand the wrong way round', async () => {
    const records = chain('one', 4)
    expect(await faultsOf(records.toSpliced(1, 0, records[0] as AuditRecord))).toMatchObject([
      { seq: 1, fault: 'missing' },
    ])
    const [a, b, c, d] = records as [AuditRecord, AuditRecord, AuditRecord, AuditRecord]
    expect(await faultsOf([a, c, b, d])).toMatchObject([{ seq: 3, fault: 'missing' }])
  })

  test('names where a record of one writer was put under another’s name', async () => {
    const foreign = { ...(chain('two', 1)[0] as AuditRecord), writer: 'one' }
    expect(await faultsOf([foreign])).toEqual([{ writer: 'one', seq: 1, fault: 'changed' }])
  })

  test('names the first fault of each chain, and leaves the others alone', async () => {
    const broken = chain('one', 5).toSpliced(1, 1)
    const changed = chain('two', 5).with(3, { ...(chain('two', 5)[3] as AuditRecord), at: 99 })
    expect(await faultsOf([...broken, ...changed, ...chain('three', 5)])).toEqual([
      { writer: 'one', seq: 3, fault: 'missing' },
      { writer: 'two', seq: 4, fault: 'changed' },
    ])
  })
})

test('what cannot be recorded fails: nothing goes on without its record', async () => {
  const audit = createAudit({ store: holding([]), clock: { now: () => 0 } })
  await expect(audit.record({ type: 'service.started', version: '1' })).rejects.toThrow('disk full')
})
