import { verifyAudit } from '../audit/audit.ts'
import { countLine, recordLine } from '../audit/export-lines.ts'
import { instant } from '../base/clock.ts'
import { type Command, CommandRefused, table } from './command.ts'

export const systemCommands: Record<string, Command> = {
  'keys list': {
    usage: 'keys list',
    summary: 'Shows the signing keys and what each does now.',
    options: [],
    async run({ capabilities }) {
      const keys = (await capabilities.keys.timetable()).map(({ key, phase }) => ({
        kid: key.kid,
        phase,
        createdAt: instant(key.createdAt),
        signsFrom: instant(key.signsFrom),
      }))
      const rows = keys.map(({ kid, phase, createdAt, signsFrom }) => [kid, phase, createdAt, signsFrom])
      return {
        text: table(
          ['KEY', 'PHASE', 'CREATED', 'SIGNS FROM'],
          rows,
          'No key yet: the service makes one at its first start.',
        ),
        json: keys,
      }
    },
  },
  'keys rotate': {
    usage: 'keys rotate',
    summary: 'Announces a new signing key. It takes over in 48 hours, when Entra has read it.',
    options: [],
    async run({ capabilities }) {
      if ((await capabilities.keys.timetable()).length === 0) {
        throw new CommandRefused('There is no key to rotate: the service makes the first one at its first start.')
      }
      const key = await capabilities.keys.announce('command-line')
      if (!key) throw new CommandRefused('A new key is announced already. See: keys list')
      const json = { kid: key.kid, signsFrom: instant(key.signsFrom) }
      return { text: `Announced ${json.kid}. It signs from ${json.signsFrom}; until then the present one does.`, json }
    },
  },
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
    usage: 'audit verify',
    summary: 'Verifies the chain of every writer, and names the first broken or missing record of each.',
    options: [],
    async run({ capabilities }) {
      const { records, writers, faults } = await verifyAudit(capabilities.stores.audit)
      if (faults.length > 0) {
        const named = faults.map(({ writer, seq, fault }) => `  writer ${writer}, record ${seq}: ${fault}`)
        throw new CommandRefused(['The audit log is not as it was written:', ...named].join('\n'))
      }
      return { text: `${records} records of ${writers} writers: all as written.`, json: { records, writers, faults } }
    },
  },
}
