// The whole of a store's file, for a copy: read as it is, or made.
import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StartRefused } from '../../base/start-refused.ts'
import { beginPart, faultOfStore, holdFile, isDamage, removePart, schemaOfFile } from './held-file.ts'
import { steps } from './schema.ts'

export type WholeFile = {
  query(sql: string): Iterable<Record<string, unknown>>
  insert(table: string, columns: Readonly<Record<string, SQLInputValue>>): void
  /** Everything that was inserted is in the file. */
  written(): void
  close(): void
}

const whole = (database: DatabaseSync): WholeFile => {
  const statements = new Map<string, StatementSync>()
  return {
    query: (sql) => database.prepare(sql).iterate() as Iterable<Record<string, unknown>>,
    insert(table, columns) {
      const names = Object.keys(columns)
      const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
      let statement = statements.get(sql)
      if (!statement) {
        statement = database.prepare(sql)
        statements.set(sql, statement)
      }
      statement.run(...Object.values(columns))
    },
    written: () => database.exec('COMMIT'),
    close: () => database.close(),
  }
}

/** A store that is there, for this process alone. Throws StartRefused when it is in use, or of another version. */
export function holdWholeFile(file: string): WholeFile {
  if (!existsSync(file)) throw new StartRefused(`There is no store to copy: ${file} is not there.`)
  let database: DatabaseSync
  try {
    database = holdFile(file)
  } catch (error) {
    if (!isDamage(error)) throw error
    throw new StartRefused(`${file} cannot be read: ${(error as Error).message}.`)
  }
  const fault = faultOfStore(database)
  const schema = schemaOfFile(database)
  if (!fault && schema === steps.length) return whole(database)
  database.close()
  throw new StartRefused(
    fault
      ? `${file} ${fault}.`
      : `${file} was written by an older Countersign (schema ${schema}; this one writes ${steps.length}). Start this one on it once: that brings it up to date.`,
  )
}

export type MadeFile = WholeFile & {
  /** What an earlier one left was removed. */
  removed: boolean
  /** Gives it its name. Nobody may use it before. */
  finish(): void
  /** Leaves nothing of it. */
  abandon(): void
}

/** A new store, that has its name only when it is whole; nobody starts Countersign beside one that is not. */
export function makeWholeFile(file: string): MadeFile {
  const { part, removed } = beginPart(file)
  const database = new DatabaseSync(part)
  const abandon = (): void => {
    if (database.isOpen) database.close()
    removePart(file)
  }
  try {
    // Held from the first step on: a second copy must not take it for what was left of one.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    for (const step of steps) database.exec(step)
    database.exec(`PRAGMA user_version = ${steps.length}`)
  } catch (error) {
    abandon()
    throw error
  }
  return {
    ...whole(database),
    removed,
    finish() {
      database.close()
      const written = openSync(part, 'r')
      fsyncSync(written)
      closeSync(written)
      if (existsSync(file)) throw new StartRefused(`${file} was made by somebody else meanwhile: nothing was copied.`)
      renameSync(part, file)
    },
    abandon,
  }
}
