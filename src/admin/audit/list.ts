// What happened, newest first, as a filter narrows it.
import { mayRole } from '../../administrators/permissions.ts'
import type { PersonKey } from '../../base/person.ts'
import { addressOf, askedOf } from '../filters/asked.ts'
import { integrationChoices, integrationNames } from '../filters/integration-choice.ts'
import type { Handler } from '../frame.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import type { AdminDeps } from '../wiring.ts'
import { actorChoices, actorNames, actorsOf, everybodyOf } from './actors.ts'
import { readAuditFilter } from './audit-filter.ts'
import { eventTypes } from './event-words.ts'
import { rowOf } from './rows.ts'

export const AUDIT = '/admin/audit'
const PAGE_SIZE = 50

export function createAuditList({
  auditReading,
  administrators,
  integrations,
  people,
}: Pick<AdminDeps, 'auditReading' | 'administrators' | 'integrations' | 'people'>): Handler {
  /** Names people, each looked up once. */
  function personNames(): (person: PersonKey) => Promise<string> {
    const known = new Map<string, Promise<string>>()
    return (person) => {
      const key = pageOfPerson(person)
      const found = known.get(key) ?? people.find(person).then((one) => one?.label ?? person.objectId)
      known.set(key, found)
      return found
    }
  }

  return async ({ administrator, request, response, show }) => {
    const asked = askedOf(request)
    const { typed, filter, faults, see } = await readAuditFilter(asked, people)
    const isWrong = Object.keys(faults).length > 0
    const cursor = asked('cursor')
    const [all, everybody, found] = await Promise.all([
      integrations.list(),
      everybodyOf(administrators),
      isWrong
        ? { rows: [], next: null }
        : auditReading.list({ ...filter, cursor: cursor || undefined, limit: PAGE_SIZE }),
    ])
    const personName = personNames()
    const names = { integration: integrationNames(all), actor: actorNames(everybody), person: personName }
    // Who has access is for those to see who may change that; everybody else may see who did what is shown here.
    const offered = mayRole(administrator.role, 'administrators')
      ? actorsOf(everybody)
      : found.rows.flatMap(({ record: { event } }) => ('by' in event ? [event.by] : []))
    if (isWrong) response.status(400)
    show('admin/audit/list', {
      title: 'Audit',
      ...{ typed, faults, isWrong, see },
      isFiltered: Object.values(typed).some(Boolean),
      person: filter.person && { label: await personName(filter.person), page: pageOfPerson(filter.person) },
      types: eventTypes.map(({ about, types }) => ({
        about,
        types: types.map(({ type, title }) => ({ value: type, name: title, chosen: type === filter.type })),
      })),
      actors: actorChoices(everybody, offered, filter.by),
      integrations: integrationChoices(all, typed.integration),
      rows: await Promise.all(found.rows.map((entry) => rowOf(entry, names))),
      isLive: !cursor && !isWrong,
      exported: {
        jsonl: addressOf(`${AUDIT}/export`, typed),
        csv: addressOf(`${AUDIT}/export`, { ...typed, format: 'csv' }),
        cef: addressOf(`${AUDIT}/export`, { ...typed, format: 'cef' }),
      },
      paging: {
        first: cursor ? addressOf(AUDIT, typed) : null,
        next: found.next && addressOf(AUDIT, { ...typed, cursor: found.next }),
        firstWords: 'Newest',
        nextWords: 'Older',
      },
    })
  }
}
