// One sign-in, step by step.
import type { AuditEntry } from '../../audit/audit-reading.ts'
import type { Device } from '../../devices/device.ts'
import type { SignInRecord } from '../../signin/history.ts'
import { eventWords } from '../audit/event-words.ts'
import { jsonOf } from '../audit/json-of.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import { moment } from '../words.ts'

const SECOND = 1000

/** How long it took, for people: `0.4 s`, `12 s`, `1 min 5 s`. */
export function durationWords(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / SECOND
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

export type Phone = { name: string; page: string }

/** The phones that a sign-in's events speak of: those that are bound, and the one that this sign-in was to bind. */
export async function phonesIn(
  entries: readonly AuditEntry[],
  record: SignInRecord,
  find: (id: string) => Promise<Device | undefined>,
): Promise<Map<string, Phone>> {
  const phones = new Map<string, Phone>()
  const page = (id: string): string => `${pageOfPerson(record)}#phone-${id}`
  for (const { record: audited } of entries) {
    const { event } = audited
    if (!('deviceId' in event) || phones.has(event.deviceId)) continue
    const device = await find(event.deviceId)
    if (device) phones.set(device.id, { name: device.name, page: page(device.id) })
  }
  return phones
}

/** Each step in words, with the time since the first. */
export function stepsOf(entries: readonly AuditEntry[], phones: ReadonlyMap<string, Phone>) {
  const first = entries[0]?.record.at ?? 0
  return entries.map(({ record: { at, event } }) => ({
    ...eventWords(event),
    after: durationWords(at - first),
    at: moment(at),
    phone: 'deviceId' in event ? (phones.get(event.deviceId) ?? null) : null,
    json: jsonOf(event),
  }))
}
