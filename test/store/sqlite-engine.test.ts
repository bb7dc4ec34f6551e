import { once } from 'node:events'
import { chmodSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createAuditStore } from '../../src/store/sqlite/administration-store.ts'
import { type Engine, openEngine, StoreTooNew, type Transaction } from '../../src/store/sqlite/engine.ts'
import { steps } from '../../src/store/sqlite/schema.ts'
import type { Opening } from './opening-worker.ts'
import { temporaryFile } from './temporary-file.ts'

const started = (version: string): AuditEvent => ({ type: 'service.started', version })
const remember = (transaction: Transaction, id: string): number =>
  transaction.run('INSERT INTO used_proof VALUES (?, ?, ?)', id, 'digest', 0)
const COUNT = 'SELECT count(*) AS n FROM used_proof'

/** Lets the event loop turn once, with everything that waits for it. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

const LOCKED = { code: 'store.unavailable', reason: expect.stringMatching(/locked/) }

describe('the SQLite engine', () => {
  let place: ReturnType<typeof temporaryFile>
  const toClose: (() => unknown)[] = []
  beforeEach(() => {
    place = temporaryFile()
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    place.remove()
  })

  function open(): Engine {
    const engine = openEngine({ file: place.file, clock: systemClock, random: systemRandom })
    toClose.push(engine.close)
    return engine
  }

  /** The file as another process sees it. */
  function beside(): DatabaseSync {
    const database = new DatabaseSync(place.file)
    toClose.push(() => database.close())
    return database
  }
  const countIn = (database: DatabaseSync): number => (database.prepare(COUNT).get() as { n: number }).n

  describe('group commit', () => {
    test('what comes while writes keep coming goes along, and is told with them', async () => {
      const engine = open()
      const told: string[] = []
      const write = (id: string) => engine.write((transaction) => remember(transaction, id)).then(() => told.push(id))
      const writes = [write('a'), write('b')]
      await turn()
      writes.push(write('c'))
      expect(told).toEqual([])
      await Promise.race(writes)
      expect(told).toEqual(['a', 'b', 'c'])
    })

    test('a write that is alone waits for no other', async () => {
      const engine = open()
      const told: string[] = []
      void engine.write((transaction) => remember(transaction, 'a')).then(() => told.push('a'))
      await turn()
      expect(told).toEqual(['a'])
    })

    test('however many keep coming, none waits for long', async () => {
      const engine = open()
      const told: number[] = []
      const write = (id: number) =>
        engine.write((transaction) => remember(transaction, String(id))).then(() => told.push(id))
      const writes = [write(-1)]
      for (let i = 0; i < 8; i++) {
        writes.push(write(i))
        await turn()
      }
      expect(told.length).toBeGreaterThan(0)
      await Promise.all(writes)
    })

    test('the writes of one turn are seen by others all at once, before the first of them is acknowledged', async () => {
      const engine = open()
      const other = beside()
      const seenWithin: number[] = []
      const seenWhenTold: number[] = []
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          engine
            .write((transaction) => {
              remember(transaction, `${i}`)
              seenWithin.push(countIn(other))
            })
            .then(() => seenWhenTold.push(countIn(other))),
        ),
      )
      expect(seenWithin).toEqual(Array(10).fill(0))
      expect(seenWhenTold).toEqual(Array(10).fill(10))
    })

    test('each write is told its own result, in the order in which they were made', async () => {
      const engine = open()
      const told = Array.from({ length: 1000 }, (_, i) =>
        engine.write((transaction) => {
          remember(transaction, `${i}`)
          return Number(transaction.get(COUNT)?.n)
        }),
      )
      expect(await Promise.all(told)).toEqual(told.map((_, i) => i + 1))
    })

    test('a write sees what the writes before it in the same turn left', async () => {
      const engine = open()
      const claim = () =>
        engine.write((transaction) => {
          if (transaction.get('SELECT 1 FROM used_proof')) return false
          return remember(transaction, 'x') === 1
        })
      expect(await Promise.all([claim(), claim(), claim()])).toEqual([true, false, false])
    })
  })

  describe('a write that fails', () => {
    test('rejects alone: its neighbours are kept, of itself nothing is, and the chain has no gap', async () => {
      const engine = open()
      const write = (id: string, fails: boolean) =>
        engine.write((transaction) => {
          remember(transaction, id)
          transaction.audit([started(id)])
          if (fails) throw new RangeError(`no ${id}`)
          return id
        })
      const told = await Promise.allSettled([write('a', false), write('b', true), write('c', false), write('d', true)])

      expect(told).toEqual([
        { status: 'fulfilled', value: 'a' },
        { status: 'rejected', reason: new RangeError('no b') },
        { status: 'fulfilled', value: 'c' },
        { status: 'rejected', reason: new RangeError('no d') },
      ])
      expect(engine.all('SELECT id FROM used_proof ORDER BY id')).toEqual([{ id: 'a' }, { id: 'c' }])
      await engine.write((transaction) => transaction.audit([started('e')]))
      expect(engine.all('SELECT seq FROM audit ORDER BY seq')).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }])
      expect(await verifyAudit(createAuditStore(engine))).toMatchObject({ records: 3, writers: 1, faults: [] })
    })

    test('that breaks a constraint in the middle leaves nothing of what it did before', async () => {
      const engine = open()
      const write = engine.write((transaction) => {
        remember(transaction, 'a')
        remember(transaction, 'b')
        remember(transaction, 'a')
      })
      await expect(write).rejects.toThrow(/UNIQUE/)
      expect(engine.get(COUNT)).toEqual({ n: 0 })
    })

    test('by giving a promise is refused: what it awaits would be outside the transaction', async () => {
      const engine = open()
      const write = engine.write((transaction) => {
        remember(transaction, 'a')
        return Promise.resolve()
      })
      await expect(write).rejects.toThrow('a write must be synchronous')
      expect(engine.get(COUNT)).toEqual({ n: 0 })
    })

    test('by ending the whole transaction takes its neighbours with it: nobody is told yes', async () => {
      const engine = open()
      const told = await Promise.allSettled([
        engine.write((transaction) => {
          remember(transaction, 'a')
          transaction.audit([started('a')])
        }),
        // What a full disk does to SQLite.
        engine.write((transaction) => transaction.run('ROLLBACK')),
        engine.write((transaction) => remember(transaction, 'c')),
      ])
      expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      expect(engine.get(COUNT)).toEqual({ n: 0 })

      await engine.write((transaction) => transaction.audit([started('b')]))
      expect(await verifyAudit(createAuditStore(engine))).toMatchObject({ records: 1, writers: 1, faults: [] })
    })
  })

  describe('while another process holds the lock', () => {
    test('writes wait without blocking the event loop, and reads go on', async () => {
      const engine = open()
      const other = beside()
      other.exec('BEGIN IMMEDIATE')
      const told: string[] = []
      const writes = ['a', 'b'].map((id) =>
        engine
          .write((transaction) => {
            remember(transaction, id)
            transaction.audit([started(id)])
          })
          .then(() => told.push(id)),
      )
      for (let turns = 0; turns < 20; turns++) {
        await turn()
        expect(engine.get(COUNT)).toEqual({ n: 0 })
      }
      expect(told).toEqual([])

      other.exec('COMMIT')
      const late = engine.write((transaction) => remember(transaction, 'c')).then(() => told.push('c'))
      await Promise.all([...writes, late])
      expect(told).toEqual(['a', 'b', 'c'])
      expect(countIn(other)).toBe(3)
      expect(await verifyAudit(createAuditStore(engine))).toMatchObject({ records: 2, writers: 1, faults: [] })
    })

    test('a write gives up after five seconds, and leaves nothing', async () => {
      const engine = open()
      const other = beside()
      other.exec('BEGIN IMMEDIATE')
      jest.useFakeTimers()
      try {
        const write = expect(engine.write((transaction) => remember(transaction, 'a'))).rejects.toMatchObject(LOCKED)
        await jest.advanceTimersByTimeAsync(4900)
        const later = engine.write((transaction) => remember(transaction, 'b'))
        await jest.advanceTimersByTimeAsync(200)
        await write
        other.exec('COMMIT')
        await jest.advanceTimersByTimeAsync(10)
        await later
      } finally {
        jest.useRealTimers()
      }
      expect(engine.all('SELECT id FROM used_proof')).toEqual([{ id: 'b' }])
    })
  })

  describe('opening and closing', () => {
    const schemaOf = (database: DatabaseSync) =>
      database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all()
    const versionOf = (database: DatabaseSync) => database.prepare('PRAGMA user_version').get()

    test('makes a new file that its owner alone may read, with durable commits', async () => {
      const engine = open()
      await engine.write((transaction) => remember(transaction, 'a'))
      for (const suffix of ['', '-wal', '-shm']) expect(statSync(place.file + suffix).mode & 0o777).toBe(0o600)
      expect(engine.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
      expect(engine.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    })

    test('several that open a new file at the same moment all get it', async () => {
      const shared: Opening = {
        file: place.file,
        rounds: 60,
        workers: 3,
        arrived: new Int32Array(new SharedArrayBuffer(4)),
      }
      const faults = await Promise.all(
        Array.from({ length: shared.workers }, async () => {
          const worker = new Worker(new URL('./opening-worker.ts', import.meta.url), { workerData: shared })
          return once(worker, 'message')
        }),
      )
      expect(faults.flat(2)).toEqual([])
      for (let round = 0; round < shared.rounds; round++) {
        const made = new DatabaseSync(`${place.file}-${round}`)
        expect(countIn(made)).toBe(shared.workers)
        made.close()
      }
    })

    test('leaves the mode of a file that was there as its owner set it', async () => {
      await open().close()
      chmodSync(place.file, 0o640)
      open()
      expect(statSync(place.file).mode & 0o777).toBe(0o640)
    })

    test('brings a file of every earlier schema to the newest', () => {
      open()
      const fresh = schemaOf(beside())
      for (let version = 0; version <= steps.length; version++) {
        const { file, remove } = temporaryFile()
        const old = new DatabaseSync(file)
        for (const step of steps.slice(0, version)) old.exec(step)
        old.exec(`PRAGMA user_version = ${version}`)
        const engine = openEngine({ file, clock: systemClock, random: systemRandom })
        toClose.push(remove, () => old.close(), engine.close)
        expect(schemaOf(old)).toEqual(fresh)
        expect(versionOf(old)).toEqual({ user_version: steps.length })
      }
    })

    test('a step that fails leaves the file as it was', () => {
      const existing = beside()
      existing.exec('CREATE TABLE refusal_count (theirs TEXT)')
      const before = schemaOf(existing)
      expect(open).toThrow(/refusal_count/)
      expect(schemaOf(existing)).toEqual(before)
      expect(versionOf(existing)).toEqual({ user_version: 0 })
    })

    test('refuses a file of a newer schema with a plain sentence, and leaves it alone', async () => {
      await open().close()
      const newer = beside()
      newer.exec(`PRAGMA user_version = ${steps.length + 1}`)
      expect(open).toThrow(StoreTooNew)
      expect(open).toThrow(
        `${place.file} was written by a newer Countersign (schema ${steps.length + 1}; this one knows ${steps.length}).`,
      )
      expect(versionOf(newer)).toEqual({ user_version: steps.length + 1 })
    })

    test('closing finishes what is queued; reopening finds everything, and begins a chain of its own', async () => {
      const engine = open()
      const writes = Array.from({ length: 600 }, (_, i) =>
        engine.write((transaction) => {
          remember(transaction, `${i}`)
          transaction.audit([started(`${i}`)])
        }),
      )
      await engine.close()
      await Promise.all(writes)

      const again = open()
      expect(again.get(COUNT)).toEqual({ n: 600 })
      await again.write((transaction) => transaction.audit([started('again')]))
      expect(await verifyAudit(createAuditStore(again))).toMatchObject({ records: 601, writers: 2, faults: [] })
    })

    test('closing waits for a write that waits for another process', async () => {
      const engine = open()
      const other = beside()
      other.exec('BEGIN IMMEDIATE')
      const write = engine.write((transaction) => remember(transaction, 'a'))
      await turn()
      const closing = engine.close()
      await turn()
      other.exec('COMMIT')
      await Promise.all([write, closing])
      expect(countIn(other)).toBe(1)
    })

    test('closing twice is closing once, and afterwards nothing is written', async () => {
      const engine = open()
      const write = engine.write((transaction) => remember(transaction, 'a'))
      await Promise.all([engine.close(), engine.close(), write])
      await engine.close()
      await expect(engine.write((transaction) => remember(transaction, 'b'))).rejects.toThrow('the store is closed')
    })
  })
})
