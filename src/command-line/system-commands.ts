import { verifyAudit } from '../audit/audit.ts'
import { countLine, recordLine } from '../audit/export-lines.ts'
import { type Command, CommandRefused } from './command.ts'

export const systemCommands: Record<string, Command> = {
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
