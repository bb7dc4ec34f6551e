// The log as text, for people's tables and for a SIEM: JSON Lines, CSV (RFC 4180), or CEF (ArcSight Common Event Format).
import { isIP } from 'node:net'
import { instant } from '../base/clock.ts'
import type { AuditFilter } from './audit-reading.ts'
import type { AuditRecord, RefusalCount } from './events.ts'
import { countLine, type ExportReading, exportedAs, recordLine } from './export-lines.ts'

export const exportFormats = ['jsonl', 'csv', 'cef'] as const
export type ExportFormat = (typeof exportFormats)[number]
export const isExportFormat = (text: string): text is ExportFormat => exportFormats.some((format) => format === text)

/** How a log is written: what stands before it, and each record and count as a line with its end. */
export type LineFormat = {
  mediaType: string
  head: string
  record(record: AuditRecord): string
  count(count: RefusalCount): string
}

/** A line as what is in it by name. */
type Facts = Record<string, unknown>

/** What most events have is a column each; everything else stands in the last one, as JSON. */
const COLUMNS = ['at', 'type', 'by', 'signInId', 'integrationId', 'tenantId', 'objectId', 'deviceId', 'address', 'code']
const CHAIN = ['writer', 'seq', 'digest']

/**
 * A cell of a table. Names in it come from phones: what a spreadsheet would take for a formula begins with an apostrophe
 * (OWASP, CSV injection). Where `;` or a tab ends a cell, that is so behind each of them too; JSON has neither, and says the same.
 */
function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text =
    typeof value === 'object'
      ? JSON.stringify(value).replaceAll(';', '\\u003b')
      : String(value).replace(/^(?=[\t\r\n])|(^|[;\t\r\n])(?=[=+\-@])/g, "$1'")
  return `"${text.replaceAll('"', '""')}"`
}

function csvLine(facts: Facts): string {
  const rest = Object.entries(facts).filter(([name]) => !COLUMNS.includes(name) && !CHAIN.includes(name))
  const cells = [...COLUMNS.map((name) => facts[name]), ...CHAIN.map((name) => facts[name])]
  return `${[...cells, Object.fromEntries(rest)].map(cell).join(',')}\r\n`
}

const inHeader = (text: string): string => text.replace(/[\\|]/g, '\\$&').replace(/[\r\n]+/g, ' ')
const inValue = (text: string): string => text.replace(/[\\=]/g, '\\$&').replace(/\r\n|[\r\n]/g, '\\n')

/** What wants somebody's look, 0 to 10. Everything else is 3. */
const severities: Readonly<Record<string, number>> = {
  ...{ 'signin.reported': 8, 'person.alarmed': 8, 'person.locked': 7, 'limit.reached': 7, 'key.withdrawn': 8 },
  ...{
    'administrator.refused': 7,
    'administrator.entra-refused': 7,
    'administrator.recovered': 6,
    'master-key.resealed': 6,
  },
  ...{ 'signin.wrong-number': 5, 'signin.denied': 5, 'signin.refused': 5, 'hint.refused': 5, 'request.refused': 5 },
  ...{ 'administrator.created': 5, 'token.created': 5, 'audit.exported': 5 },
}

export const severityOf = (type: string): number => severities[type] ?? 3

/** Where an address goes: CEF has a key for each family, and none for a network. */
function addressMembers(address: unknown): [string, unknown][] {
  if (typeof address !== 'string') return []
  if (isIP(address) === 4) return [['src', address]]
  if (isIP(address) === 6) return [...labelled('c6a2', 'Source IPv6 Address', address)]
  return labelled('cs6', 'network', address)
}

const labelled = (key: string, label: string, value: unknown): [string, unknown][] =>
  value === undefined || value === null
    ? []
    : [
        [`${key}Label`, label],
        [key, value],
      ]

/** Members that are too long for a receiver, and of no use without the whole record. */
const EVIDENCE = ['approval', 'publicKey']
const NAMED = [...COLUMNS, ...CHAIN, 'browser', 'reason', 'count']

/**
 * One event as CEF. What has a key of CEF's own is under it; the rest is JSON in `msg`. Evidence stays out: a phone's
 * signature and key are in the other formats.
 */
export function cefLine(facts: Facts, version: string): string {
  const type = String(facts.type)
  const rest = Object.entries(facts).filter(([name]) => !NAMED.includes(name) && !EVIDENCE.includes(name))
  const members: [string, unknown][] = [
    ['rt', Date.parse(String(facts.at))],
    ...(facts.writer ? ([['externalId', `${facts.writer}:${facts.seq}`]] as [string, unknown][]) : []),
    ['suser', facts.by],
    ['duid', facts.objectId],
    ...addressMembers(facts.address),
    ['requestClientApplication', facts.browser],
    ['reason', facts.reason],
    ['cnt', facts.count],
    ...labelled('cs1', 'signInId', facts.signInId),
    ...labelled('cs2', 'integrationId', facts.integrationId),
    ...labelled('cs3', 'tenantId', facts.tenantId),
    ...labelled('cs4', 'deviceId', facts.deviceId),
    ...(facts.digest ? labelled('cs5', 'digest', facts.digest) : labelled('cs5', 'code', facts.code)),
    ['msg', rest.length > 0 ? JSON.stringify(Object.fromEntries(rest)) : undefined],
  ]
  const head = ['CEF:0', 'Countersign', 'Countersign', version, type, type.replace(/[.-]/g, ' '), severityOf(type)]
  const extension = members
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([key, value]) => `${key}=${inValue(String(value))}`)
  return `${head.map((part) => inHeader(String(part))).join('|')}|${extension.join(' ')}`
}

/** A record as CEF, without an end of line. */
export const cefRecord = (record: AuditRecord, version: string): string => cefLine(recordLine(record) as Facts, version)

/** How each format writes. `version` is ours: CEF names it. */
export function lineFormat(format: ExportFormat, version: string): LineFormat {
  const as = (write: (facts: Facts) => string) => ({
    record: (record: AuditRecord): string => write(recordLine(record) as Facts),
    count: (count: RefusalCount): string => write(countLine(count) as Facts),
  })
  if (format === 'csv')
    return {
      mediaType: 'text/csv; charset=utf-8',
      head: `${[...COLUMNS, ...CHAIN, 'facts'].join(',')}\r\n`,
      ...as(csvLine),
    }
  if (format === 'cef')
    return { mediaType: 'text/plain; charset=utf-8', head: '', ...as((facts) => `${cefLine(facts, version)}\n`) }
  return { mediaType: 'application/jsonl; charset=utf-8', head: '', ...as((facts) => `${JSON.stringify(facts)}\n`) }
}

/** All that fits, in this format, some lines at a time. */
export async function* exportedText(
  reading: ExportReading,
  filter: AuditFilter,
  format: LineFormat,
): AsyncGenerator<string> {
  if (format.head) yield format.head
  for await (const lines of exportedAs(reading, filter, format)) yield lines.join('')
}

/** `audit-2026-11-23T14-05-00Z.jsonl` */
export const exportName = (now: number, format: ExportFormat): string =>
  `audit-${instant(now).slice(0, 19).replaceAll(':', '-')}Z.${format}`
