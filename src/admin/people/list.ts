// The people of all tenants: found by the beginning of their account's name, or by their object id.
import { mayRole } from '../../administrators/permissions.ts'
import type { Person } from '../../devices/people.ts'
import { type Asked, addressOf, askedOf } from '../filters/asked.ts'
import { integrationChoices, integrationNames } from '../filters/integration-choice.ts'
import type { Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import type { InviteForm } from './invite-form.ts'
import { PEOPLE, pageOfPerson } from './page-of-person.ts'

const PAGE_SIZE = 50
const NOTHING: Asked = () => ''

export type ShowPeople = (signed: Signed, invite?: InviteForm) => Promise<void>

type Deps = Pick<AdminDeps, 'people' | 'devices' | 'integrations'>

/** The page of people. With `invite`, its form for an invitation holds what was typed, and says what is wrong with it. */
export function createPeopleList({ people, devices, integrations }: Deps): { list: Handler; showPeople: ShowPeople } {
  async function showPeople(signed: Signed, invite?: InviteForm): Promise<void> {
    const { request, administrator } = signed
    const asked = invite ? NOTHING : askedOf(request)
    const [text, integration, cursor] = [asked('text'), asked('integration'), asked('cursor')]
    const [all, found] = await Promise.all([
      integrations.list(),
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
