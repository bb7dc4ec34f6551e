import type { CheckpointStore, Unsigned } from '../../audit/checkpoints.ts'
import { A_MILLISECOND } from './chain.ts'
import type { Engine } from './engine.ts'
import { createReading } from './reading.ts'
import type { Rows } from './rows.ts'

type UnsignedHead = Unsigned['heads'][number]

const KEY = 'audit-key'
/**
 * A record may become durable behind others that stand after it. No transaction lives longer than a minute (MongoDB's
 * transactionLifetimeLimitSeconds): what is looked through again is ten of them.
 */
export const LATE = 10 * 60_000 * A_MILLISECOND

export function createCheckpointStore(engine: Engine): CheckpointStore {
  const { models } = engine
  const { one, many } = createReading(engine)
  const last = () => one('audit_checkpoint', {}, { _id: -1 })
  const byName = <T extends { _id: string }>(rows: readonly T[]): Map<string, T> =>
    new Map(rows.map((row) => [row._id, row]))

  return {
    sealedKey: async () => (await one('setting', { _id: KEY }))?.value,
    keepFirstKey: (sealed, event) =>
      engine.write({ setting: [{ _id: KEY }] }, (transaction) => {
        const kept = transaction.get('setting', KEY)
        if (kept) return kept.value
        transaction.put('setting', { _id: KEY, value: sealed })
        transaction.audit([event])
        return sealed
      }),

    last: async () => {
      const row = await last()
      return row && { number: row._id, at: row.at, jws: row.jws }
    },
    read: async (after, limit) =>
      (await many('audit_checkpoint', { _id: { $gt: after } }, { _id: 1 }, limit)).map(({ _id, jws }) => ({
        number: _id,
        jws,
      })),

    unsigned: async (quietSince) => {
      const since = ((await last())?.through ?? 0) - LATE
      // What is read after this may be newer, and is then looked through again.
      const through = (await one('audit', {}, { _id: -1 }))?._id ?? 0
      const [moved, open] = await Promise.all([
        models.audit.aggregate<{ _id: string }>([{ $match: { _id: { $gt: since } } }, { $group: { _id: '$writer' } }]),
        many('audit_chain', { closed: false }),
      ])
      const names = [...new Set([...moved, ...open].map(({ _id }) => _id))]
      // Whether it has ended is read before its end: what is ended then has no later one.
      const writers = byName(await many('writer', { _id: { $in: names } }))
      const chains = byName(await many('audit_chain', { _id: { $in: names } }))
      const heads = await Promise.all(
        names.map(async (writer): Promise<UnsignedHead[]> => {
          const [head, chain] = [await one('audit', { writer }, { seq: -1 }), chains.get(writer)]
          // What was signed and is gone is for whoever verifies; it is not signed again as something shorter.
          if (!head || head.seq < (chain?.seq ?? 0)) return []
          const process = writers.get(writer)
          const isSilent = process?.seq === head.seq && Number(process.seenAt) < quietSince
          const ended = (process?.slot ?? null) === null || isSilent
          if (chain && (chain.closed || (head.seq === chain.seq && !ended))) return []
          return [{ writer, seq: head.seq, digest: head.digest, ended }]
        }),
      )
      return { through, heads: heads.flat() }
    },

    keep: ({ number, at, through, jws, heads }) => {
      const chains = heads.map(({ writer, seq, closed }): Rows['audit_chain'] => ({
        _id: writer,
        seq,
        closed: closed === true,
      }))
      const named = chains.map(({ _id }) => ({ _id }))
      const wanted = { audit_checkpoint: [{ _id: number }, { _id: number - 1 }], audit_chain: named, writer: named }
      return engine.write(wanted, (transaction) => {
        const isNext = number === 1 || transaction.get('audit_checkpoint', number - 1)
        if (!isNext || transaction.get('audit_checkpoint', number)) return false
        for (const { _id, seq } of chains.filter(({ closed }) => closed)) {
          const process = transaction.get('writer', _id)
          if (!process || process.slot === null) continue
          if (process.seq !== seq) return false
          // Who was only away finds its place gone, and goes on with a chain of its own.
          transaction.put('writer', { ...process, slot: null })
        }
        transaction.put('audit_checkpoint', { _id: number, at, through, jws })
        for (const chain of chains) transaction.put('audit_chain', chain)
        return true
      })
    },
  }
}
