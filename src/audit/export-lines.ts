// What an exported log is made of, as the console, the API and the command line write it.
import { instant } from '../base/clock.ts'
import type { AuditFilter, AuditReading } from './audit-reading.ts'
import type { AuditRecord, RefusalCount } from './events.ts'

const MINUTE = 60_000

/** A record: when, what, and where it stands in its writer's chain. */
export const recordLine = ({ writer, seq, at, event, digest }: AuditRecord): object => ({
  at: instant(at),
  ...event,
  writer,
  seq,
  digest,
})

/** Refusals of one kind in one minute. */
export const countLine = ({ minute, ...count }: RefusalCount): object => ({ at: instant(minute * MINUTE), ...count })

export type ExportReading = Pick<AuditReading, 'export' | 'exportRefusals'>

/** Whether only time and integration narrow it: refusals before a verified hint have no type, actor or person. */
const countsFit = ({ type, by, person, signInId }: AuditFilter): boolean => !type && !by && !person && !signInId

/** All that fits, some at a time: the records, oldest first, then the counts of refused requests; each as `as` makes it. */
export async function* exportedAs<T>(
  reading: ExportReading,
  filter: AuditFilter,
  as: { record(record: AuditRecord): T; count(count: RefusalCount): T },
): AsyncGenerator<T[]> {
  for await (const entries of reading.export(filter)) yield entries.map(({ record }) => as.record(record))
  if (!countsFit(filter)) return
  for await (const counts of reading.exportRefusals(filter)) yield counts.map(as.count)
}

/** The same as lines of JSON, which are not written yet. */
export const exportedLines = (reading: ExportReading, filter: AuditFilter): AsyncGenerator<object[]> =>
  exportedAs(reading, filter, { record: recordLine, count: countLine })
