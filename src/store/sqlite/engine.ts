// Group commit: the writes of a turn of the event loop, and of the next ones while they bring more, share one transaction, each in
// a savepoint of its own, and are told after COMMIT. So a durable write (synchronous FULL) costs a share of one disk flush, and
// nobody is told yes early.
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { AuditEvent } from '../../audit/events.ts'
import { recordDigest } from '../../base/chain.ts'
import type { Clock } from '../../base/clock.ts'
import { type Random, randomId } from '../../base/random.ts'
import { refuse } from '../../base/refusal.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { steps } from './schema.ts'

type Row = Record<string, SQLInputValue>

/** What a write may do. All of it stands or falls together. */
export type Transaction = {
  /** Runs a statement; gives the number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
  /** The time that this transaction's events carry. */
  now(): number
  /** Appends events to this process's chain. */
  audit(events: readonly AuditEvent[]): void
}

export type Engine = {
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
  all(sql: string, ...values: SQLInputValue[]): Row[]
  /** Queues a synchronous write; resolves with its result once that is on disk. A write that throws leaves nothing. */
  write<T>(work: (transaction: Transaction) => T): Promise<T>
  /** Whether the last write got onto the disk. When it did not, another is tried. */
  writable(): Promise<boolean>
  /** The name of this process's chain. */
  writer(): string
  /** Writes the whole store anew, so that nothing is left in its files of what was replaced or deleted. Takes its time. */
  scrub(): Promise<void>
  /** Finishes what is queued, then closes. */
  close(): Promise<void>
}

type Job = {
  work: (transaction: Transaction) => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  since: number
}

/** Another process holds the write lock: tried again after this long, so that the event loop stays free. */
const RETRY_AFTER = 2
/** ... and given up after this long. */
const GIVE_UP_AFTER = 5000
const LARGEST_GROUP = 256
/** A write is committed after so many turns of the event loop at the latest, however many join it. */
const MOST_TURNS = 4
/** More waiting writes than this are refused: who waits longer than a browser does is not helped by waiting. */
const LONGEST_QUEUE = 5000

const SQLITE_BUSY = 5
const errorCode = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) % 256
/** Not writable, an input or output error, a full disk, no file: what is wrong is the disk, and it may be mended. */
const DISK_FAULTS: readonly number[] = [8, 10, 13, 14]
const isBusy = (error: unknown): boolean => errorCode(error) === SQLITE_BUSY

/** Opens (or makes) the database and brings its schema up to date. Throws when a newer version made it. */
export function openEngine(options: { file: string; clock: Clock; random: Random }): Engine {
  const { file, clock } = options
  // Made readable by its owner only, before anything is in it; SQLite gives its other files the same mode.
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file, { timeout: 5000 })
  useWal(database, file)
  // What a savepoint would undo is kept in memory: SQLite would write it to a file for every savepoint.
  database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY')
  migrate(database, file)
  // From here on nobody waits inside SQLite: that would block the event loop.
  database.exec('PRAGMA busy_timeout = 0')

  const statements = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    let prepared = statements.get(sql)
    if (!prepared) {
      prepared = database.prepare(sql)
      statements.set(sql, prepared)
    }
    return prepared
  }

  let writer = randomId(options.random)
  let head = { seq: 0, digest: '' }

  /** Who was silent for so long that a checkpoint closed its chain goes on with another. Within a transaction. */
  function leaveClosedChain(): void {
    if (head.seq === 0 || !statement('SELECT 1 FROM audit_chain WHERE writer = ? AND closed = 1').get(writer)) return
    writer = randomId(options.random)
    head = { seq: 0, digest: '' }
  }

  const transaction: Transaction = {
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
    get: (sql, ...values) => statement(sql).get(...values) as Row | undefined,
    now: () => clock.now(),
    audit(events) {
      for (const event of events) {
        const record = { writer, seq: head.seq + 1, at: clock.now(), event, previous: head.digest }
        const digest = recordDigest(record)
        statement(
          'INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ).run(writer, record.seq, record.at, event.type, JSON.stringify(event), record.previous, digest)
        head = { seq: record.seq, digest }
      }
    },
  }

  let isWritable = true
  let queue: Job[] = []
  let scheduled = false
  let closing: (() => void) | undefined
  let closed: Promise<void> | undefined

  function schedule(after?: number): void {
    if (scheduled) return
    scheduled = true
    if (after === undefined) setImmediate(collect, 1, queue.length)
    else setTimeout(flush, after)
  }

  /** What comes while writes keep coming goes along: a commit takes as long for one as for twenty. Alone, one waits for nobody. */
  function collect(turns: number, seen: number): void {
    if (queue.length > seen && turns < MOST_TURNS) setImmediate(collect, turns + 1, queue.length)
    else flush()
  }

  function flush(): void {
    scheduled = false
    const jobs = queue.splice(0, LARGEST_GROUP)
    if (jobs.length > 0) commit(jobs)
    if (queue.length > 0) schedule()
    else if (closing && !scheduled) closing()
  }

  function commit(jobs: Job[]): void {
    let headBefore = head
    const tell: (() => void)[] = []
    try {
      statement('BEGIN IMMEDIATE').run()
      leaveClosedChain()
      headBefore = head
      // One that is alone needs no savepoint: it stands or falls with the transaction.
      for (const job of jobs) tell.push(jobs.length === 1 ? perform(job) : attempt(job))
      statement('COMMIT').run()
    } catch (error) {
      head = headBefore
      if (database.isTransaction) database.exec('ROLLBACK')
      if (isBusy(error)) retryLater(jobs, error)
      else for (const job of jobs) job.reject(told(error))
      return
    }
    isWritable = true
    for (const each of tell) each()
  }

  /** What a write is told that failed with all of its group: the disk's faults are refusals, and are remembered. */
  function told(error: unknown): unknown {
    if (!DISK_FAULTS.includes(errorCode(error))) return error
    isWritable = false
    return refuse('store.unavailable', (error as Error).message)
  }

  function perform(job: Job): () => void {
    const value = job.work(transaction)
    if (value instanceof Promise) throw new TypeError('a write must be synchronous')
    return () => job.resolve(value)
  }

  /** One job in its savepoint. Its failure is its own, unless SQLite gave up the whole transaction. */
  function attempt(job: Job): () => void {
    const headBefore = head
    statement('SAVEPOINT job').run()
    try {
      const done = perform(job)
      statement('RELEASE job').run()
      return done
    } catch (error) {
      // A full disk or an I/O error may have rolled everything back: then nobody may be told yes.
      if (!database.isTransaction) throw error
      head = headBefore
      database.exec('ROLLBACK TO job; RELEASE job')
      return () => job.reject(told(error))
    }
  }

  function retryLater(jobs: Job[], error: unknown): void {
    const now = performance.now()
    for (const job of jobs)
      if (now - job.since > GIVE_UP_AFTER) job.reject(refuse('store.unavailable', (error as Error).message))
    queue = [...jobs.filter((job) => now - job.since <= GIVE_UP_AFTER), ...queue]
    if (queue.length > 0) schedule(RETRY_AFTER)
  }

  function write<T>(work: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (closing) return reject(new Error('the store is closed'))
      if (queue.length >= LONGEST_QUEUE) return reject(refuse('service.busy', `${queue.length} writes are waiting`))
      queue.push({ work, resolve: resolve as (value: unknown) => void, reject, since: performance.now() })
      schedule()
    })
  }

  return {
    get: transaction.get,
    all: (sql, ...values) => statement(sql).all(...values) as Row[],
    write,
    async writable() {
      if (isWritable) return true
      const sql = `INSERT INTO setting VALUES ('tried-at', ?) ON CONFLICT DO UPDATE SET value = excluded.value`
      const tried = write((transaction) => transaction.run(sql, String(clock.now())))
      return tried.then(() => true).catch(() => false)
    },
    writer: () => writer,
    async scrub() {
      for (const since = performance.now(); ; ) {
        try {
          // The copy of a large store has no place in memory.
          return database.exec(
            'PRAGMA temp_store = FILE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA temp_store = MEMORY',
          )
        } catch (error) {
          if (!isBusy(error) || performance.now() - since > GIVE_UP_AFTER) throw error
          await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER))
        }
      }
    },
    close() {
      closed ??= new Promise((resolve) => {
        closing = () => {
          if (database.isOpen) database.close()
          resolve()
        }
        if (queue.length === 0 && !scheduled) closing()
      })
      return closed
    },
  }
}

/** The store was made by a newer Countersign: an older one must not write to it. */
export class StoreTooNew extends StartRefused {}

/** Where two processes make the same new file, SQLite refuses one of them at once, whatever its timeout: it tries again. */
function useWal(database: DatabaseSync, file: string): void {
  const since = performance.now()
  const nobodyWakesUs = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (isBusy(error) && performance.now() - since < GIVE_UP_AFTER) {
        Atomics.wait(nobodyWakesUs, 0, 0, RETRY_AFTER)
        continue
      }
      database.close()
      if (!isBusy(error)) throw error
      throw new StartRefused(
        `${file} is held by somebody alone: it is being copied or restored. Wait until that is done.`,
      )
    }
  }
}

function migrate(database: DatabaseSync, file: string): void {
  try {
    database.exec('BEGIN IMMEDIATE')
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (user_version > steps.length) {
      throw new StoreTooNew(
        `${file} was written by a newer Countersign (schema ${user_version}; this one knows ${steps.length}).`,
      )
    }
    for (const step of steps.slice(user_version)) database.exec(step)
    database.exec(`PRAGMA user_version = ${steps.length}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    database.close()
    if (!isBusy(error)) throw error
    throw new StartRefused(
      `${file} is being changed by another process, which takes longer than a write does: it is brought up to date, or its ` +
        'master key is changed. Wait until that is done.',
    )
  }
}
