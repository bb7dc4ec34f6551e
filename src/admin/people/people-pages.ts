// People, their phones and their invitations.
import type { AdminDeps, Wiring } from '../wiring.ts'
import { createInvite } from './invite.ts'
import { createPeopleList } from './list.ts'
import { createPersonPage } from './one.ts'
import { PEOPLE } from './page-of-person.ts'
import { createRemovePhones } from './remove-phones.ts'
import { createUnlock } from './unlock.ts'

export function addPeoplePages({ get, post, form, frame: { only, dangerous } }: Wiring, deps: AdminDeps): void {
  const { list, showPeople } = createPeopleList(deps)
  const { describe, invite } = createInvite({ ...deps, showPeople })
  const showPerson = createPersonPage(deps)
  const { describeOne, removeOne, describeAll, removeAll } = createRemovePhones({ ...deps, showPerson })
  const { describe: describeUnlock, unlock } = createUnlock(deps)
  const one = `${PEOPLE}/:tenantId/:objectId`
  get(PEOPLE, only('read', list))
  // With the code a phone can be bound by whoever knows the password too.
  post(`${PEOPLE}/invite`, form, dangerous('people', describe, invite))
  get(
    one,
    only('read', (signed) => showPerson(signed)),
  )
  post(`${one}/remove-phone`, form, dangerous('people', describeOne, removeOne))
  post(`${one}/remove-phones`, form, dangerous('people', describeAll, removeAll))
  post(`${one}/unlock`, form, dangerous('people', describeUnlock, unlock))
}
