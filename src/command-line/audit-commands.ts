import { readFileSync } from 'node:fs'
import { type CheckpointPublicKey, readCheckpointKey } from '../audit/checkpoint-key.ts'
import { countLine, recordLine } from '../audit/export-lines.ts'
import type { VerifiedLog } from '../audit/verify-whole-log.ts'
import { instant } from '../base/clock.ts'
import { type Command, CommandRefused } from './command.ts'

export const auditCommands: Record<string, Command> = {
  'audit export': {
    usage: 'audit export',
    summary: 'Prints what happened, one JSON object a line: first the records, then the counts of refused requests.',
    options: [],
    async run({ capabilities }) {
      const { audit } = capabilities.stores
      const lines: object[] = []
      for (let after = 0; ; ) {
        const page = await audit.read(after, 1000)
        if (page.length === 0) break
        for (const { position, record } of page) {
          after = position
          lines.push(recordLine(record))
        }
      }
      for (const count of await audit.counts()) lines.push(countLine(count))
      return { text: lines.map((line) => JSON.stringify(line)).join('\n'), json: lines }
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
      const verified = await capabilities.logVerification({ key, kept: keptFile ? checkpointsIn(keptFile) : undefined })
      const faults = faultWords(verified)
      const told = [...toldOf(verified), ...(key ? [] : [OWN_KEY])]
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
      const all: object[] = []
      for await (const some of capabilities.checkpoints.export()) all.push(...some)
      return { text: all.map((each) => JSON.stringify(each)).join('\n'), json: all }
    },
  },
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
  return kept
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
