// The people of all tenants: found by the beginning of their account's name, or by their object id.
import { mayRole } from '../../administrators/permissions.ts'
import { millisecondsOf } from '../../base/clock.ts'
import { type PersonKey, personKeyOf, samePerson } from '../../base/person.ts'
import type { Person } from '../../devices/people.ts'
import { type Asked, addressOf, askedOf } from '../filters/asked.ts'
import { integrationChoices, integrationNames } from '../filters/integration-choice.ts'
import type { Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import type { InviteForm } from './invite-form.ts'
import { PEOPLE, pageOfPerson } from './page-of-person.ts'

const PAGE_SIZE = 50
/** Longer than anybody is left alone for after an alarm. */
const HOUR = 3_600_000
const MOST_ALARMS = 200
const NOTHING: Asked = () => ''

export type ShowPeople = (signed: Signed, invite?: InviteForm) => Promise<void>

type Deps = Pick<AdminDeps, 'people' | 'devices' | 'integrations' | 'auditReading' | 'clock'>

/** The page of people. With `invite`, its form for an invitation holds what was typed, and says what is wrong with it. */
export function createPeopleList({ people, devices, integrations, auditReading, clock }: Deps): {
  list: Handler
  showPeople: ShowPeople
} {
  /** Who reported or declined sign-ins a moment ago, so that nobody rings their phones: a question for all rows at once. */
  async function heldBack(): Promise<(person: PersonKey) => boolean> {
    const now = clock.now()
    const { rows } = await auditReading.list({ type: 'person.alarmed', from: now - HOUR, limit: MOST_ALARMS })
    const all = rows.flatMap(({ record: { event } }) =>
      event.type === 'person.alarmed' && millisecondsOf(event.quietUntil) > now ? [personKeyOf(event)] : [],
    )
    return (person) => all.some((alarmed) => samePerson(alarmed, person))
  }

  async function showPeople(signed: Signed, invite?: InviteForm): Promise<void> {
    const { request, administrator } = signed
    const asked = invite ? NOTHING : askedOf(request)
    const [text, integration, cursor] = [asked('text'), asked('integration'), asked('cursor')]
    const [all, isHeldBack, found] = await Promise.all([
      integrations.list(),
      heldBack(),
      people.search({
        text,
        integrationId: integration || undefined,
        cursor: cursor || undefined,
        limit: PAGE_SIZE,
      }),
    ])
    const names = integrationNames(all)
    const rowOf = async (person: Person) => ({
      label: person.label,
      page: pageOfPerson(person),
      integration: names(person.integrationId).name,
      isHeldBack: isHeldBack(person),
      phones: (await devices.activeOf(person)).length,
      lastSignIn: person.lastSignInAt === null ? null : moment(person.lastSignInAt),
    })
    const open = all.filter(({ enrolment }) => enrolment !== 'closed')
    signed.show('admin/people/list', {
      title: 'People',
      typed: { text, integration },
      isFiltered: Boolean(text || integration),
      integrations: integrationChoices(all, integration),
      rows: await Promise.all(found.rows.map(rowOf)),
      isLive: !cursor && !invite,
      paging: {
        first: cursor ? addressOf(PEOPLE, { text, integration }) : null,
        next: found.next && addressOf(PEOPLE, { text, integration, cursor: found.next }),
        firstWords: 'First',
        nextWords: 'Next',
      },
      mayInvite: mayRole(administrator.role, 'people'),
      invite: {
        integrations: integrationChoices(open, '').map(({ id, name }) => ({
          ...{ id, name, chosen: id === invite?.typed.integration },
        })),
        objectId: invite?.typed.objectId ?? '',
        faults: invite?.faults ?? null,
      },
    })
  }
  return { list: (signed) => showPeople(signed), showPeople }
}
