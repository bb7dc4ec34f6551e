// What the audit page is asked for.
import type { AuditFilter } from '../../audit/audit-reading.ts'
import { isEventType } from '../../audit/event-types.ts'
import type { Actor } from '../../audit/events.ts'
import type { People } from '../../devices/people.ts'
import type { Asked } from '../filters/asked.ts'
import { readTimes } from '../filters/time-range.ts'
import { whichPerson } from '../filters/which-person.ts'

const FIELDS = ['type', 'by', 'integration', 'person', 'from', 'to', 'signIn'] as const
type Field = (typeof FIELDS)[number]

const ACTOR = /^(person|command-line|service|(administrator|token):[\w-]{1,64})$/
const isActor = (text: string): text is Actor => ACTOR.test(text)

export type AskedAudit = {
  /** As it stands in the address. */
  typed: Record<Field, string>
  filter: AuditFilter
  /** What is wrong with which field. Nothing is shown then. */
  faults: Partial<Record<Field, string>>
  /** Where a person who is not the only one can be looked for. */
  see: string | null
}

export async function readAuditFilter(asked: Asked, people: Pick<People, 'search'>): Promise<AskedAudit> {
  const typed = Object.fromEntries(FIELDS.map((name) => [name, asked(name)])) as Record<Field, string>
  const { range, faults: timeFaults } = readTimes(asked)
  const which = typed.person ? await whichPerson(people, typed.person) : undefined
  const { type, by } = typed
  const faults: AskedAudit['faults'] = { ...timeFaults }
  if (type && !isEventType(type)) faults.type = 'There is no such kind of event.'
  if (by && !isActor(by)) faults.by = 'There is nobody who is called so.'
  if (which && 'fault' in which) faults.person = which.fault
  const filter: AuditFilter = {
    ...range,
    type: isEventType(type) ? type : undefined,
    by: isActor(by) ? by : undefined,
    integrationId: typed.integration || undefined,
    signInId: typed.signIn || undefined,
    person: which && 'person' in which ? which.person : undefined,
  }
  return { typed, filter, faults, see: which && 'see' in which ? which.see : null }
}

/** The filter as the audit keeps it: what is not limited is not in it. */
export const filterWords = (typed: AskedAudit['typed']): string =>
  JSON.stringify(Object.fromEntries(Object.entries(typed).filter(([, text]) => text !== '')))
