import type { AuditEvent } from '../../audit/events.ts'
import type { Destination, Letter, Mark } from '../../forwarding/destination.ts'
import type { ForwardingStore, WhichLetters } from '../../forwarding/forwarding-store.ts'
import { A_MILLISECOND } from './chain.ts'
import { LATE } from './checkpoint-store.ts'
import type { Engine } from './engine.ts'
import type { Transaction } from './group.ts'
import { createReading, whileThere } from './reading.ts'
import { fromRow, type Rows, toRow, unnamed } from './rows.ts'

/** What is looked at again for what is new. Who commits for longer than this is found by the thorough look. */
const SHORTLY = 5000 * A_MILLISECOND

const markId = (id: string, writer: string): string => `${id}/${writer}`
const letterId = ({ destinationId, writer, seq }: Mark & { destinationId: string }): string =>
  `${destinationId}/${writer}/${seq}`
const readLetter = (row: Rows['dead_letter']): Letter => unnamed(row)

/** A reading that is overtaken before it is written is made anew, so often. */
const MOST_TRIES = 5

export function createForwardingStore(engine: Engine): ForwardingStore {
  const { models } = engine
  const { one, many } = createReading(engine)
  const newest = async (): Promise<number> => (await one('audit', {}, { _id: -1 }))?._id ?? 0
  /** The newest number of a chain at or before a position. */
  const before = async (writer: string, position: number): Promise<number> =>
    (await one('audit', { writer, _id: { $lte: position } }, { seq: -1 }))?.seq ?? 0

  const setMarks = (transaction: Transaction, id: string, marks: readonly Mark[]): void => {
    for (const { writer, seq } of marks) {
      const mark = transaction.get('forward_mark', markId(id, writer))
      if (mark && mark.seq < seq) transaction.put('forward_mark', { ...mark, seq })
    }
  }

  // Progress and who delivers are written beside the group of what people wait for: nothing depends on them.
  const setDirectly = (filter: object, changes: Partial<Destination>): Promise<{ matchedCount: number }> =>
    whileThere(() => models.forward_destination.updateOne(filter, { $set: changes }))

  const ofLetters = (id: string, which: WhichLetters): Record<string, unknown> =>
    which === 'all'
      ? { destinationId: id }
      : { _id: { $in: which.map((mark) => letterId({ destinationId: id, ...mark })) } }

  return {
    list: async () => (await many('forward_destination', {}, { _id: 1 })).map(fromRow),
    find: async (id) => {
      const row = await one('forward_destination', { _id: id })
      return row && fromRow(row)
    },

    // Beside the newest another record may become durable: who stands behind `since` now has a mark where it stands.
    standing: async () => {
      const since = Math.max(0, (await newest()) - LATE)
      const heads = await whileThere(() =>
        models.audit.aggregate<{ _id: string; seq: number }>([
          { $match: { _id: { $gt: since } } },
          { $group: { _id: '$writer', seq: { $max: '$seq' } } },
        ]),
      )
      return { since, marks: heads.map(({ _id, seq }) => ({ writer: _id, seq })) }
    },

    add: (destination, marks, most, event) => {
      const { id, kind } = destination
      const wanted = { forward_destination: [{ kind }, { _id: id }] }
      return engine.write(wanted, (transaction) => {
        if (transaction.get('forward_destination', id)) return false
        if (transaction.all('forward_destination', { kind }).length >= most) return false
        // Two that are added at once are counted one after the other.
        transaction.guard(`forward_destination:${kind}`)
        transaction.put('forward_destination', toRow(destination))
        for (const { writer, seq } of marks)
          transaction.put('forward_mark', { _id: markId(id, writer), destinationId: id, writer, seq })
        transaction.audit([event])
        return true
      })
    },

    change: (id, change, event) =>
      engine.write({ forward_destination: [{ _id: id }] }, (transaction) => {
        const row = transaction.get('forward_destination', id)
        const next = row?.webhook && change(row.webhook)
        if (!row || !next) return false
        transaction.put('forward_destination', { ...row, webhook: next })
        transaction.audit([event])
        return true
      }),

    readdress: (id, receiver, event) =>
      engine.write({ forward_destination: [{ _id: id }] }, (transaction) => {
        const row = transaction.get('forward_destination', id)
        if (!row || row.receiver === receiver) return false
        transaction.put('forward_destination', { ...row, receiver })
        transaction.audit([event])
        return true
      }),

    remove: (id, event) =>
      engine.alone(async ({ session, models, audit, nothingToDo }) => {
        const { deletedCount } = await models.forward_destination.deleteOne({ _id: id }, { session })
        if (deletedCount !== 1) return nothingToDo(false)
        await models.forward_mark.deleteMany({ destinationId: id }, { session })
        await models.dead_letter.deleteMany({ destinationId: id }, { session })
        audit([event])
        return true
      }),

    hold: async (id, holder, { now, until, furthest }) => {
      const over = [{ heldUntil: { $lte: now } }, { heldUntil: { $gt: furthest } }]
      const free = { $or: [{ holder: null }, { holder }, ...over] }
      const { matchedCount } = await setDirectly({ _id: id, ...free }, { holder, heldUntil: until })
      return matchedCount === 1
    },
    release: async (id, holder) => {
      await setDirectly({ _id: id, holder }, { holder: null, heldUntil: 0 })
    },

    moved: async (after) => {
      // What is read after this may be newer, and is then looked at again.
      const position = await newest()
      const rows = await whileThere(() =>
        models.audit.aggregate<{ _id: string }>([{ $match: { _id: { $gt: after } } }, { $group: { _id: '$writer' } }]),
      )
      const writers = rows.map(({ _id }) => _id)
      return { writers, soon: Math.max(after, position - SHORTLY), settled: Math.max(0, position - LATE) }
    },

    marks: async (id) =>
      (await many('forward_mark', { destinationId: id })).map(({ writer, seq }) => ({ writer, seq })),

    track: async (id, writers, since) => {
      for (let tries = 1; ; tries++) {
        const begins = (await one('forward_destination', { _id: id }))?.since
        if (begins === undefined) return
        const marks = await Promise.all(writers.map(async (writer) => ({ writer, seq: await before(writer, begins) })))
        const named = writers.map((writer) => ({ _id: markId(id, writer) }))
        const wanted = { forward_destination: [{ _id: id }], forward_mark: named }
        const isDone = await engine.write(wanted, (transaction) => {
          const row = transaction.get('forward_destination', id)
          if (!row) return true
          if (row.since !== begins) return false
          for (const { writer, seq } of marks) {
            const _id = markId(id, writer)
            if (!transaction.get('forward_mark', _id))
              transaction.put('forward_mark', { _id, destinationId: id, writer, seq })
          }
          // Changed in any case: nobody removes it meanwhile.
          transaction.put('forward_destination', { ...row, since: Math.max(row.since, since) })
          return true
        })
        if (isDone) return
        if (tries === MOST_TRIES) throw new Error('the marks of a destination are moved all the time')
      }
    },

    records: async (writer, after, limit) =>
      (await many('audit', { writer, seq: { $gt: after } }, { seq: 1 }, limit)).map(({ _id, ...record }) => record),

    advance: async (id, marks, last) => {
      if (marks.length > 0)
        await whileThere(() =>
          models.forward_mark.bulkWrite(
            marks.map(({ writer, seq }) => ({
              updateOne: { filter: { _id: markId(id, writer), seq: { $lt: seq } }, update: { $set: { seq } } },
            })),
          ),
        )
      await setDirectly({ _id: id }, { trouble: null, ...(last && { last }) })
    },
    keepTrouble: async (id, trouble, last) => {
      await setDirectly({ _id: id }, { trouble, last })
    },
    bury: (letter, marks, last) => {
      const { destinationId: id } = letter
      const [moving, _id] = [[letter, ...marks], letterId(letter)]
      const wanted = {
        forward_destination: [{ _id: id }],
        forward_mark: moving.map(({ writer }) => ({ _id: markId(id, writer) })),
        dead_letter: [{ _id }],
      }
      return engine.write(wanted, (transaction) => {
        const row = transaction.get('forward_destination', id)
        if (!row) return
        if (!transaction.get('dead_letter', _id)) transaction.put('dead_letter', { _id, ...letter })
        setMarks(transaction, id, moving)
        transaction.put('forward_destination', { ...row, trouble: null, last })
      })
    },

    forget: async (id) => {
      const since = (await one('forward_destination', { _id: id }))?.since ?? 0
      const marks = await many('forward_mark', { destinationId: id })
      const named = { _id: { $in: marks.map(({ writer }) => writer) } }
      const closed = new Set((await many('audit_chain', { ...named, closed: true })).map(({ _id }) => _id))
      for (const { _id, writer, seq } of marks.filter(({ writer }) => closed.has(writer))) {
        const head = await one('audit', { writer }, { seq: -1 })
        if (head && (head.seq > seq || head._id > since)) continue
        await whileThere(() => models.forward_mark.deleteOne({ _id, seq }))
      }
    },

    oldest: async (id) => {
      const marks = await many('forward_mark', { destinationId: id })
      const next = await Promise.all(marks.map(({ writer, seq }) => one('audit', { writer, seq: seq + 1 })))
      const times = next.flatMap((record) => (record ? [record.at] : []))
      return times.length > 0 ? Math.min(...times) : undefined
    },

    letters: async (id, limit, again) => {
      const wanted = { destinationId: id, ...(again && { again: true }) }
      return (await many('dead_letter', wanted, { failedAt: 1, writer: 1, seq: 1 }, limit)).map(readLetter)
    },
    countLetters: async () => {
      const ids = (await many('forward_destination', {})).map(({ _id }) => _id)
      const counted = ids.map(async (id) => ({
        id,
        count: await whileThere(() => models.dead_letter.countDocuments({ destinationId: id })),
      }))
      return (await Promise.all(counted)).filter(({ count }) => count > 0)
    },
    returned: async (letter) => {
      await whileThere(() => models.dead_letter.updateOne({ _id: letterId(letter) }, { $set: { ...letter } }))
    },
    taken: async (letter) => {
      await whileThere(() => models.dead_letter.deleteOne({ _id: letterId(letter) }))
    },
    sendAgain: (id, which, event) =>
      counted(event, async ({ session, models }) => {
        const changed = await models.dead_letter.updateMany(ofLetters(id, which), { again: true }, { session })
        return changed.matchedCount
      }),
    drop: (id, which, event) =>
      counted(event, async ({ session, models }) => {
        const dropped = await models.dead_letter.deleteMany(ofLetters(id, which), { session })
        return dropped.deletedCount
      }),
  }

  /** Does something to some letters, and records the event when there were any. */
  function counted(
    event: AuditEvent,
    work: (alone: Pick<Parameters<Parameters<Engine['alone']>[0]>[0], 'session' | 'models'>) => Promise<number>,
  ): Promise<number> {
    return engine.alone(async ({ session, models, audit, nothingToDo }) => {
      const count = await work({ session, models })
      if (count === 0) return nothingToDo(0)
      audit([event])
      return count
    })
  }
}
