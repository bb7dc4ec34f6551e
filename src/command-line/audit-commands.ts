import { readFileSync } from 'node:fs'
import { type CheckpointPublicKey, readCheckpointKey } from '../audit/checkpoint-key.ts'
import { isEventType, isOnlyCounted } from '../audit/event-types.ts'
import type { AuditEventType } from '../audit/events.ts'
import { exportedText, exportFormats, lineFormat } from '../audit/export-formats.ts'
import { exportedLines } from '../audit/export-lines.ts'
import type { VerifiedLog } from '../audit/verify-whole-log.ts'
import { instant, isDay, millisecondsOf } from '../base/clock.ts'
import { type Command, CommandRefused, type Given, jsonArray, oneOf, UsageError } from './command.ts'

export const auditCommands: Record<string, Command> = {
  'audit export': {
    usage: 'audit export [--format jsonl|csv|cef] [--from TIME] [--to TIME] [--type TYPE]',
    summary:
      'Prints what happened, one event a line: first the records, then the counts of refused requests. jsonl (the default) ' +
      'has all of it; csv is for spreadsheets; cef for a SIEM, without the phones’ signatures. Times are UTC, such as ' +
      '2026-11-23 or 2026-11-23T14:05:00Z; --to is the first instant that is left out.',
    options: ['format', 'from', 'to', 'type'],
    async run({ capabilities, version }, given) {
      const format = lineFormat(oneOf('format', given.option('format') ?? 'jsonl', exportFormats), version)
      const filter = { from: timeOf(given, 'from'), to: timeOf(given, 'to'), type: typeOf(given) }
      const { auditReading } = capabilities
      return {
        pieces: (json) =>
          json ? jsonArray(exportedLines(auditReading, filter)) : exportedText(auditReading, filter, format),
      }
    },
  },

  'audit verify': {
    usage: 'audit verify [--key FILE] [--checkpoints FILE]',
    summary:
      'Verifies every record, every signed checkpoint and every approval by a phone, and names what is wrong, exit 1. ' +
      '--key: the public key as `audit key` printed it once; --checkpoints: what `audit checkpoints` printed once. Both ' +
      'from a place that whoever has this machine cannot change.',
    options: ['key', 'checkpoints'],
    async run({ capabilities }, given) {
      const [keyFile, keptFile] = [given.option('key'), given.option('checkpoints')]
      const key = keyFile ? await keyIn(keyFile) : undefined
      const kept = keptFile ? checkpointsIn(keptFile) : undefined
      const verified = await capabilities.logVerification({ key, kept })
      const faults = faultWords(verified)
      const told = [...toldOf(verified), ...(kept ? [keptWords(kept)] : []), ...(key ? [] : [OWN_KEY])]
      const found = ['The audit log is not as it was written:', ...faults.map((fault) => `  ${fault}`)]
      return {
        text: (faults.length > 0 ? [...found, ...told] : ['All as written.', ...told]).join('\n'),
        json: { ...verified, isWhole: faults.length === 0 },
        isFault: faults.length > 0,
      }
    },
  },

  'audit key': {
    usage: 'audit key',
    summary:
      'Prints the public key that verifies checkpoints, as PEM (with --json as a JWK), for an auditor to keep elsewhere.',
    options: [],
    async run({ capabilities }) {
      const key = await capabilities.checkpoints.publicKey()
      if (!key) throw new CommandRefused('There is no key yet: it is made when the service starts.')
      return { text: key.pem.trimEnd(), json: key.jwk }
    },
  },

  'audit checkpoints': {
    usage: 'audit checkpoints',
    summary: 'Prints every signed checkpoint, one JSON object a line, for an auditor to keep elsewhere.',
    options: [],
    async run({ capabilities }) {
      const all = capabilities.checkpoints.export()
      return { pieces: (json) => (json ? jsonArray(all) : jsonLines(all)) }
    },
  },
}

async function* jsonLines(rows: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const some of rows) yield some.map((row) => `${JSON.stringify(row)}\n`).join('')
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/

function timeOf(given: Given, name: 'from' | 'to'): number | undefined {
  const typed = given.option(name)
  if (typed === undefined) return undefined
  const at = TIME.test(typed) && isDay(typed.slice(0, 10)) ? millisecondsOf(typed) : Number.NaN
  if (Number.isNaN(at))
    throw new UsageError(`--${name} must be a time in UTC, such as 2026-11-23 or 2026-11-23T14:05:00Z`)
  return at
}

function typeOf(given: Given): AuditEventType | undefined {
  const typed = given.option('type')
  if (typed === undefined) return undefined
  if (!isEventType(typed)) throw new UsageError(`--type: there is no kind of event “${typed}”, such as device.revoked`)
  if (isOnlyCounted(typed))
    throw new UsageError(`--type: “${typed}” is counted, not recorded: an export without --type ends with the counts`)
  return typed
}

const OWN_KEY = 'Verified by the key in this store itself: give --key to have it verified by one that you kept.'

function textOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandRefused(`--${name}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function keyIn(file: string): Promise<CheckpointPublicKey> {
  const key = await readCheckpointKey(textOf('key', file))
  if (!key) throw new CommandRefused(`--key: ${file} holds no key as \`audit key\` prints it`)
  return key
}

/** What `audit checkpoints` printed. */
function checkpointsIn(file: string): Map<number, string> {
  const kept = new Map<number, string>()
  for (const [index, line] of textOf('checkpoints', file).split('\n').entries()) {
    if (line.trim() === '') continue
    const { number, jws } = parsed(line)
    if (typeof number !== 'number' || typeof jws !== 'string')
      throw new CommandRefused(`--checkpoints: line ${index + 1} of ${file} is no checkpoint`)
    kept.set(number, jws)
  }
  // What was cut off when it was kept would compare with everything.
  if (kept.size === 0) throw new CommandRefused(`--checkpoints: ${file} holds no checkpoint`)
  return kept
}

function keptWords(kept: ReadonlyMap<number, string>): string {
  const last = [...kept.keys()].reduce((one, other) => Math.max(one, other))
  return `Compared with what you kept: checkpoints up to number ${last}, ${kept.size} in all.`
}

function parsed(line: string): { number?: unknown; jws?: unknown } {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}

const faultWords = ({ faults, checkpointFaults }: VerifiedLog): string[] => [
  ...checkpointFaults.map(({ number, kind }) => `checkpoint ${number}: ${kind}`),
  ...faults.map(({ writer, seq, kind }) => `writer ${writer}, record ${seq}: ${kind}`),
]

function toldOf({
  records,
  writers,
  checkpoints,
  lastCheckpoint,
  unsigned,
  approvals,
  withoutKey,
}: VerifiedLog): string[] {
  const last = lastCheckpoint ? `, the last of ${instant(lastCheckpoint.at)}` : ''
  return [
    `${records} records of ${writers} writers, ${approvals} approvals by phones, ${checkpoints} checkpoints${last}.`,
    ...(unsigned > 0 ? [`${unsigned} records are newer than that: a cut-off end among them would not be seen.`] : []),
    ...(withoutKey > 0
      ? [`${withoutKey} approvals are by phones that were never bound, whose keys were not on record then.`]
      : []),
  ]
}
