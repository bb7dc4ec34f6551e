// The audit log as a file, as the command line's `audit export` writes it.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportedText, exportName, isExportFormat, lineFormat } from '../../audit/export-formats.ts'
import { refuse } from '../../base/refusal.ts'
import { askedOf } from '../filters/asked.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { filterWords, readAuditFilter } from './audit-filter.ts'

export function createExport({
  audit,
  auditReading,
  people,
  clock,
  shown,
}: Pick<AdminDeps, 'audit' | 'auditReading' | 'people' | 'clock' | 'shown'>): Handler {
  return async ({ request, response, by, refused }) => {
    // A link on another site must not make somebody's browser fetch it, and put them in the log.
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return refused(refuse('admin.forged', `an export asked for by a page that is ${site}`))
    const asked = askedOf(request)
    const { typed, filter, faults } = await readAuditFilter(asked, people)
    const format = asked('format') || 'jsonl'
    if (!isExportFormat(format)) return refused(refuse('admin.form', 'no such format'))
    if (Object.keys(faults).length > 0) return refused(refuse('admin.form', 'the filter is wrong'))
    if (request.method === 'HEAD') return response.end()
    await audit.record({ type: 'audit.exported', filter: filterWords(typed), by })
    const lines = lineFormat(format, shown.version)
    response.set({
      'Content-Type': lines.mediaType,
      'Content-Disposition': `attachment; filename="${exportName(clock.now(), format)}"`,
    })
    try {
      // Read on only as fast as the browser takes it.
      await pipeline(Readable.from(exportedText(auditReading, filter, lines)), response)
    } catch (error) {
      // Whoever stops the download has what came so far; what breaks on our side breaks the file off.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
    }
  }
}
