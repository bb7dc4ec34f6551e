// A one-time code for one person: shown once, on the page that answers the form.
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import { readInvite } from './invite-form.ts'
import type { ShowPeople } from './list.ts'
import { pageOfPerson } from './page-of-person.ts'

export function createInvite({
  devices,
  people,
  integrations,
  showPeople,
}: Pick<AdminDeps, 'devices' | 'people' | 'integrations'> & { showPeople: ShowPeople }): {
  describe: Describe
  invite: Handler
} {
  /** Whom to invite; nothing when the form was shown again, with what is wrong in it. */
  async function read(signed: Signed) {
    const wanted = await readInvite(signed.fields, integrations.find)
    if ('faults' in wanted) {
      signed.response.status(400)
      await showPeople(signed, wanted)
      return undefined
    }
    const label = (await people.find(wanted.person))?.label ?? wanted.person.objectId
    return { ...wanted, label }
  }

  return {
    async describe(signed) {
      const wanted = await read(signed)
      return wanted ? `Make an invitation code for ${wanted.label} (${wanted.integration.name})` : null
    },
    async invite(signed) {
      const wanted = await read(signed)
      if (!wanted) return
      const { integration, person, label } = wanted
      const { code, expiresAt } = await devices.invite(integration.id, person, signed.by)
      signed.show('admin/people/invitation', {
        title: 'Invitation code',
        ...{ label, code, integration: integration.name, isFirstUse: integration.enrolment === 'first-use' },
        page: pageOfPerson(person),
        expires: moment(expiresAt),
      })
    },
  }
}
