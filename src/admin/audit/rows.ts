import type { AuditEntry } from '../../audit/audit-reading.ts'
import type { Actor } from '../../audit/events.ts'
import { type PersonKey, personKeyOf } from '../../base/person.ts'
import type { IntegrationName } from '../filters/integration-choice.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import { SIGN_INS } from '../sign-ins/rows.ts'
import { moment } from '../words.ts'
import { eventWords } from './event-words.ts'
import { jsonOf } from './json-of.ts'

type Names = {
  integration: (id: string) => IntegrationName
  actor: (actor: Actor) => string
  person: (person: PersonKey) => Promise<string>
}

/** A record as the page shows it, with what it is about by name. */
export async function rowOf({ position, record: { at, event, writer, seq } }: AuditEntry, names: Names) {
  const person = 'objectId' in event ? personKeyOf(event) : null
  const signInId = 'signInId' in event ? event.signInId : null
  return {
    ...eventWords(event),
    position,
    at: moment(at),
    by: 'by' in event ? names.actor(event.by) : null,
    integration: 'integrationId' in event && event.integrationId ? names.integration(event.integrationId).name : null,
    person: person && { label: await names.person(person), page: pageOfPerson(person) },
    signIn: signInId && `${SIGN_INS}/${signInId}`,
    place: `${writer.slice(0, 8)} ${seq}`,
    json: jsonOf(event),
  }
}
