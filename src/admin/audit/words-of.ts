import type { AuditEvent, AuditEventType } from '../../audit/events.ts'
import { instant } from '../../base/clock.ts'

/** The event of one type, of a union whose members may have several. */
export type EventOf<T extends AuditEventType, E = AuditEvent> = E extends { type: unknown }
  ? T extends E['type']
    ? E
    : never
  : never

export type Tone = 'good' | 'caution' | 'bad'

/** What a type of event is called, and what more there is to say of one such event. */
export type WordsOf<T extends AuditEventType> = {
  title: string
  detail?: (event: EventOf<T>) => string
  tone?: Tone
}

export type WordsTable = { [T in AuditEventType]: WordsOf<T> }

/** `firstUseUntil` as `first use until`. */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function valueWords(name: string, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none'
  if (Array.isArray(value)) return value.join(' and ')
  if (typeof value === 'object') return `(${factsWords(value)})`
  return typeof value === 'number' && /Until$|At$/.test(name) ? instant(value) : String(value)
}

const factsWords = (facts: object): string =>
  Object.entries(facts)
    .map(([name, value]) => `${spaced(name)}: ${valueWords(name, value)}`)
    .join(', ')

/** Facts that were kept as JSON, as words: `role: owner, enabled: false`. */
export function changeWords(change: string): string {
  try {
    return factsWords(JSON.parse(change) as object)
  } catch {
    return change
  }
}
