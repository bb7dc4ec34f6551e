import type { CheckpointStore, Unsigned } from '../../audit/checkpoints.ts'
import type { Engine } from './engine.ts'

type Row = Record<string, unknown>
type UnsignedHead = Unsigned['heads'][number]

const SEALED_KEY = `SELECT value FROM setting WHERE name = 'audit-key'`
const LAST = 'SELECT number, at, through, jws FROM audit_checkpoint ORDER BY number DESC LIMIT 1'

export function createCheckpointStore(engine: Engine): CheckpointStore {
  const headOf = (writer: string): Row | undefined =>
    engine.get('SELECT seq, digest, at FROM audit WHERE writer = ? ORDER BY seq DESC LIMIT 1', writer)

  return {
    sealedKey: async () => engine.get(SEALED_KEY)?.value as string | undefined,
    keepFirstKey: (sealed, event) =>
      engine.write((transaction) => {
        const kept = transaction.get(SEALED_KEY)?.value as string | undefined
        if (kept !== undefined) return kept
        transaction.run(`INSERT INTO setting VALUES ('audit-key', ?)`, sealed)
        transaction.audit([event])
        return sealed
      }),

    last: async () => {
      const row = engine.get(LAST)
      return row && { number: Number(row.number), at: Number(row.at), jws: row.jws as string }
    },
    read: async (after, limit) =>
      engine
        .all('SELECT number, jws FROM audit_checkpoint WHERE number > ? ORDER BY number LIMIT ?', after, limit)
        .map(({ number, jws }) => ({ number: Number(number), jws: jws as string })),

    unsigned: async (quietSince) => {
      const since = Number(engine.get(LAST)?.through ?? 0)
      const through = Number(engine.get('SELECT max(position) AS through FROM audit')?.through ?? 0)
      const moved = engine.all('SELECT DISTINCT writer FROM audit WHERE position > ?', since)
      const open = engine.all('SELECT writer FROM audit_chain WHERE closed = 0')
      const writers = new Set([...moved, ...open].map(({ writer }) => writer as string))
      const heads = [...writers].flatMap((writer): UnsignedHead[] => {
        const [head, chain] = [
          headOf(writer),
          engine.get('SELECT seq, closed FROM audit_chain WHERE writer = ?', writer),
        ]
        // What was signed and is gone is for whoever verifies; it is not signed again as something shorter.
        if (!head || Number(head.seq) < Number(chain?.seq ?? 0)) return []
        const ended = writer !== engine.writer() && Number(head.at) < quietSince
        if (chain && (chain.closed === 1 || (Number(head.seq) === Number(chain.seq) && !ended))) return []
        return [{ writer, seq: Number(head.seq), digest: head.digest as string, ended }]
      })
      return { through, heads }
    },

    keep: ({ number, at, through, jws, heads }) =>
      engine.write((transaction) => {
        if (Number(transaction.get(LAST)?.number ?? 0) !== number - 1) return false
        const later = 'SELECT 1 FROM audit WHERE writer = ? AND seq > ? LIMIT 1'
        if (heads.some(({ writer, seq, closed }) => closed && transaction.get(later, writer, seq))) return false
        transaction.run('INSERT INTO audit_checkpoint VALUES (?, ?, ?, ?)', number, at, through, jws)
        for (const { writer, seq, closed } of heads) {
          transaction.run(
            'INSERT INTO audit_chain VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, closed = excluded.closed',
            ...[writer, seq, closed ? 1 : 0],
          )
        }
        return true
      }),
  }
}
