import type { Destination, Letter, Mark, Trouble } from '../../forwarding/destination.ts'
import type { ForwardingStore, WhichLetters } from '../../forwarding/forwarding-store.ts'
import { readEntry } from './audit-reading-store.ts'
import type { Engine, Transaction } from './engine.ts'

type Row = Record<string, unknown>

const ONE = 'SELECT * FROM forward_destination WHERE id = ?'

// Who holds it is written often, and lives in columns; the rest in the body.
const readDestination = (row: Row): Destination => ({
  ...JSON.parse(row.body as string),
  holder: row.holder as string | null,
  heldUntil: Number(row.held_until),
})

const readLetter = (row: Row): Letter => ({
  ...JSON.parse(row.body as string),
  failedAt: Number(row.failed_at),
  again: row.again === 1,
})

const readMark = ({ writer, seq }: Row): Mark => ({ writer: writer as string, seq: Number(seq) })

const setBody = (transaction: Transaction, id: string, changes: Partial<Destination>): void => {
  const row = transaction.get(ONE, id)
  if (!row) return
  const body = JSON.stringify({ ...JSON.parse(row.body as string), ...changes })
  transaction.run('UPDATE forward_destination SET body = ? WHERE id = ?', body, id)
}

const setMarks = (transaction: Transaction, id: string, marks: readonly Mark[]): void => {
  const sql = 'UPDATE forward_mark SET seq = ?3 WHERE destination_id = ?1 AND writer = ?2 AND seq < ?3'
  for (const { writer, seq } of marks) transaction.run(sql, id, writer, seq)
}

const insertMark = (transaction: Transaction, id: string, { writer, seq }: Mark): void =>
  void transaction.run('INSERT INTO forward_mark VALUES (?, ?, ?) ON CONFLICT DO NOTHING', id, writer, seq)

const letterColumns = (letter: Letter) =>
  [
    ...[letter.destinationId, letter.writer, letter.seq, letter.failedAt, letter.again ? 1 : 0],
    JSON.stringify(letter),
  ] as const

export function createForwardingStore(engine: Engine): ForwardingStore {
  const newest = (): number => Number(engine.get('SELECT max(position) AS newest FROM audit')?.newest ?? 0)

  /** Does something to each of these letters; gives how many there were. */
  function eachLetter(transaction: Transaction, sql: string, id: string, which: WhichLetters): number {
    if (which === 'all') return transaction.run(`${sql} WHERE destination_id = ?`, id)
    const one = `${sql} WHERE destination_id = ? AND writer = ? AND seq = ?`
    return which.reduce((count, { writer, seq }) => count + transaction.run(one, id, writer, seq), 0)
  }

  return {
    list: async () => engine.all('SELECT * FROM forward_destination ORDER BY id').map(readDestination),
    find: async (id) => {
      const row = engine.get(ONE, id)
      return row && readDestination(row)
    },
    // Positions are given in the order in which records become durable: what comes after is new, whoever writes it.
    standing: async () => ({ since: newest(), marks: [] }),

    add: (destination, marks, most, event) =>
      engine.write((transaction) => {
        const { id, kind, holder, heldUntil } = destination
        const sql = `SELECT count(*) AS n FROM forward_destination WHERE body ->> 'kind' = ?`
        if (transaction.get(ONE, id) || Number(transaction.get(sql, kind)?.n) >= most) return false
        const body = JSON.stringify(destination)
        transaction.run('INSERT INTO forward_destination VALUES (?, ?, ?, ?)', id, holder, heldUntil, body)
        for (const mark of marks) insertMark(transaction, id, mark)
        transaction.audit([event])
        return true
      }),

    change: (id, change, event) =>
      engine.write((transaction) => {
        const row = transaction.get(ONE, id)
        const webhook = row && readDestination(row).webhook
        const next = webhook && change(webhook)
        if (!next) return false
        setBody(transaction, id, { webhook: next })
        transaction.audit([event])
        return true
      }),

    readdress: (id, receiver, event) =>
      engine.write((transaction) => {
        const row = transaction.get(ONE, id)
        if (!row || readDestination(row).receiver === receiver) return false
        setBody(transaction, id, { receiver })
        transaction.audit([event])
        return true
      }),

    remove: (id, event) =>
      engine.write((transaction) => {
        if (transaction.run('DELETE FROM forward_destination WHERE id = ?', id) !== 1) return false
        for (const table of ['forward_mark', 'dead_letter'])
          transaction.run(`DELETE FROM ${table} WHERE destination_id = ?`, id)
        transaction.audit([event])
        return true
      }),

    hold: (id, holder, { now, until, furthest }) =>
      engine.write((transaction) => {
        const sql = `UPDATE forward_destination SET holder = ?2, held_until = ?4
          WHERE id = ?1 AND (holder IS NULL OR holder = ?2 OR held_until <= ?3 OR held_until > ?5)`
        return transaction.run(sql, id, holder, now, until, furthest) === 1
      }),
    release: async (id, holder) => {
      const sql = 'UPDATE forward_destination SET holder = NULL, held_until = 0 WHERE id = ? AND holder = ?'
      await engine.write((transaction) => transaction.run(sql, id, holder))
    },

    moved: async (after) => {
      const soon = newest()
      const rows = engine.all('SELECT DISTINCT writer FROM audit WHERE position > ?', after)
      return { writers: rows.map(({ writer }) => writer as string), soon, settled: soon }
    },

    marks: async (id) => engine.all('SELECT * FROM forward_mark WHERE destination_id = ?', id).map(readMark),

    track: async (id, writers, since) => {
      await engine.write((transaction) => {
        const row = transaction.get(ONE, id)
        if (!row) return
        const begins = readDestination(row).since
        // Read from the chain's end: what is passed over is what must be delivered, and not the years before.
        const before = 'SELECT seq FROM audit WHERE writer = ? AND position <= ? ORDER BY seq DESC LIMIT 1'
        for (const writer of writers)
          insertMark(transaction, id, { writer, seq: Number(transaction.get(before, writer, begins)?.seq ?? 0) })
        if (since > begins) setBody(transaction, id, { since })
      })
    },

    records: async (writer, after, limit) => {
      const sql = 'SELECT * FROM audit WHERE writer = ? AND seq > ? ORDER BY seq LIMIT ?'
      return engine.all(sql, writer, after, limit).map((row) => readEntry(row).record)
    },

    advance: async (id, marks, last) => {
      await engine.write((transaction) => {
        setMarks(transaction, id, marks)
        setBody(transaction, id, { trouble: null, ...(last && { last }) })
      })
    },
    keepTrouble: async (id, trouble: Trouble, last) => {
      await engine.write((transaction) => setBody(transaction, id, { trouble, last }))
    },
    bury: async (letter, marks, last) => {
      await engine.write((transaction) => {
        const { destinationId } = letter
        if (!transaction.get(ONE, destinationId)) return
        const sql = 'INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
        transaction.run(sql, ...letterColumns(letter))
        setMarks(transaction, destinationId, [letter, ...marks])
        setBody(transaction, destinationId, { trouble: null, last })
      })
    },

    forget: async (id) => {
      const sql = `FROM forward_mark AS mark WHERE mark.destination_id = ?1
        AND EXISTS (SELECT 1 FROM audit_chain WHERE audit_chain.writer = mark.writer AND closed = 1)
        AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.writer = mark.writer AND audit.seq > mark.seq)
        AND NOT EXISTS (
          SELECT 1 FROM audit WHERE audit.writer = mark.writer AND audit.seq = mark.seq AND audit.position >
            (SELECT body ->> 'since' FROM forward_destination WHERE id = ?1)
        )`
      if (!engine.get(`SELECT 1 ${sql} LIMIT 1`, id)) return
      await engine.write((transaction) => transaction.run(`DELETE ${sql}`, id))
    },

    oldest: async (id) => {
      const sql = `SELECT min(audit.at) AS at FROM forward_mark AS mark
        JOIN audit ON audit.writer = mark.writer AND audit.seq = mark.seq + 1 WHERE mark.destination_id = ?`
      const at = engine.get(sql, id)?.at
      return typeof at === 'number' ? at : undefined
    },

    letters: async (id, limit, again) => {
      const sql = `SELECT * FROM dead_letter WHERE destination_id = ? ${again ? 'AND again = 1' : ''}
        ORDER BY failed_at, writer, seq LIMIT ?`
      return engine.all(sql, id, limit).map(readLetter)
    },
    countLetters: async () =>
      engine
        .all('SELECT destination_id AS id, count(*) AS n FROM dead_letter GROUP BY destination_id')
        .map(({ id, n }) => ({ id: id as string, count: Number(n) })),
    returned: async (letter) => {
      const sql = `UPDATE dead_letter SET failed_at = ?4, again = ?5, body = ?6
        WHERE destination_id = ?1 AND writer = ?2 AND seq = ?3`
      await engine.write((transaction) => transaction.run(sql, ...letterColumns(letter)))
    },
    taken: async ({ destinationId, writer, seq }) => {
      await engine.write((transaction) =>
        eachLetter(transaction, 'DELETE FROM dead_letter', destinationId, [{ writer, seq }]),
      )
    },
    sendAgain: (id, which, event) =>
      engine.write((transaction) => {
        const count = eachLetter(transaction, 'UPDATE dead_letter SET again = 1', id, which)
        if (count > 0) transaction.audit([event])
        return count
      }),
    drop: (id, which, event) =>
      engine.write((transaction) => {
        const count = eachLetter(transaction, 'DELETE FROM dead_letter', id, which)
        if (count > 0) transaction.audit([event])
        return count
      }),
  }
}
