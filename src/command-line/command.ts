import { parseArgs } from 'node:util'
import type { BackedUp, Capabilities, CopiedStore, Destination, Restored } from '../capabilities.ts'
import type { Config } from '../config.ts'

/** What a command gives: text for a person, and the same as one JSON value. `isFault`: what it found is bad news, exit 1. */
export type Output = { text: string; json: unknown; isFault?: boolean }

/** What may be longer than memory is: text for a person, or one JSON value, piece by piece, as fast as it is taken. */
export type Streamed = { pieces(json: boolean): AsyncIterable<string> }

/** Rows as one JSON array. */
export async function* jsonArray(rows: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  let before = '['
  for await (const some of rows) {
    if (some.length === 0) continue
    yield before + some.map((row) => JSON.stringify(row)).join(',')
    before = ','
  }
  yield before === '[' ? '[]\n' : ']\n'
}

/** The command was refused: a plain reason, exit 1. */
export class CommandRefused extends Error {}

/** The command was not written as it must be: exit 2. */
export class UsageError extends Error {}

/** `now` in milliseconds; `version` of Countersign. */
export type Context = { config: Config; capabilities: Capabilities; now: number; version: string }

/** What a command has that does not open the store. */
export type FileContext = {
  config: Config
  now: number
  backUp(to: string): Promise<BackedUp>
  restore(from: string, options: { replace: boolean; stamp: string }): Promise<Restored>
  copyStore(to: Destination): Promise<CopiedStore>
}

export type Command = Described &
  (
    | {
        /** Whether it may be the first thing ever done with a data directory. */
        makesStore?: true
        run(context: Context, given: Given): Promise<Output | Streamed>
      }
    /** Needs no master key, and brings nothing up to date. */
    | {
        /** Whether it may be done where there is no store yet. */
        bringsStore?: true
        runUnopened(context: FileContext, given: Given): Promise<Output>
      }
  )

type Described = {
  /** As it is typed after `countersign`. */
  usage: string
  summary: string
  /** The value options that it takes; all are texts. */
  options: readonly string[]
  /** The options that stand alone. */
  flags?: readonly string[]
  /** Whether one plain word follows, and its name in the usage. */
  argument?: string
}

/** What was typed behind the command's words. */
export type Given = {
  argument: string
  option(name: string): string | undefined
  required(name: string): string
  flag(name: string): boolean
}

/** Reads the words behind a command. Throws UsageError. */
export function readGiven(command: Described, words: string[]): { given: Given; json: boolean } {
  const options = Object.fromEntries(command.options.map((name) => [name, { type: 'string' as const }]))
  const flags = Object.fromEntries((command.flags ?? []).map((name) => [name, { type: 'boolean' as const }]))
  let parsed: { values: Record<string, unknown>; positionals: string[] }
  try {
    parsed = parseArgs({
      args: words,
      options: { ...options, ...flags, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    })
  } catch (error) {
    // Node adds a hint of its own behind the first sentence, which is about something else.
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'not understood')
  }
  const { values, positionals } = parsed
  const expected = command.argument ? 1 : 0
  if (positionals.length < expected) throw new UsageError(`${command.argument} is missing`)
  if (positionals.length > expected) throw new UsageError(`“${positionals[expected]}” is not expected here`)
  const option = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value.trim() : undefined
  }
  const required = (name: string): string => {
    const value = option(name)
    if (!value) throw new UsageError(`--${name} is missing`)
    return value
  }
  const flag = (name: string): boolean => values[name] === true
  return { given: { argument: positionals[0] ?? '', option, required, flag }, json: values.json === true }
}

const GUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

export function guid(given: Given, name: string): string {
  const value = given.required(name)
  if (!GUID.test(value)) throw new UsageError(`--${name} must be a GUID, such as 7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01`)
  return value.toLowerCase()
}

export function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new UsageError(`--${name} must be one of: ${allowed.join(', ')}`)
  return found
}

/** Rows of equal columns, for people. */
export function table(head: string[], rows: string[][], empty: string): string {
  if (rows.length === 0) return empty
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)))
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
