// The audit log as a file: one JSON object a line, as the command line's `audit export` writes them.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AuditFilter, AuditReading } from '../../audit/audit-reading.ts'
import { countLine, recordLine } from '../../audit/export-lines.ts'
import { instant } from '../../base/clock.ts'
import { refuse } from '../../base/refusal.ts'
import { askedOf } from '../filters/asked.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { filterWords, readAuditFilter } from './audit-filter.ts'

/** Whether only time and integration narrow it: refusals before a verified hint have no type, actor or person. */
const countsFit = ({ type, by, person, signInId }: AuditFilter): boolean => !type && !by && !person && !signInId

/** All that fits, some lines at a time: the records, then the counts of refused requests. */
export async function* exportedLines(reading: AuditReading, filter: AuditFilter): AsyncGenerator<object[]> {
  for await (const entries of reading.export(filter)) yield entries.map(({ record }) => recordLine(record))
  if (!countsFit(filter)) return
  for await (const counts of reading.exportRefusals(filter)) yield counts.map(countLine)
}

async function* linesOf(reading: AuditReading, filter: AuditFilter): AsyncGenerator<string> {
  for await (const lines of exportedLines(reading, filter))
    yield lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** `audit-2026-11-23T14-05-00Z.jsonl` */
const fileName = (now: number): string => `audit-${instant(now).slice(0, 19).replaceAll(':', '-')}Z.jsonl`

export function createExport({
  audit,
  auditReading,
  people,
  clock,
}: Pick<AdminDeps, 'audit' | 'auditReading' | 'people' | 'clock'>): Handler {
  return async ({ request, response, by, refused }) => {
    // A link on another site must not make somebody's browser fetch it, and put them in the log.
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return refused(refuse('admin.forged', `an export asked for by a page that is ${site}`))
    const { typed, filter, faults } = await readAuditFilter(askedOf(request), people)
    if (Object.keys(faults).length > 0) return refused(refuse('admin.form', 'the filter is wrong'))
    if (request.method === 'HEAD') return response.end()
    await audit.record({ type: 'audit.exported', filter: filterWords(typed), by })
    response.set({
      'Content-Type': 'application/jsonl; charset=utf-8',
      'Content-Disposition': `attachment; filename="${fileName(clock.now())}"`,
    })
    try {
      // Read on only as fast as the browser takes it.
      await pipeline(Readable.from(linesOf(auditReading, filter)), response)
    } catch (error) {
      // Whoever stops the download has what came so far; what breaks on our side breaks the file off.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
    }
  }
}
