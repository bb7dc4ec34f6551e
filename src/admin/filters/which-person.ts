import { fold } from '../../base/fold.ts'
import { type PersonKey, personKeyOf } from '../../base/person.ts'
import type { People, Person } from '../../devices/people.ts'
import { addressOf } from './asked.ts'

const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const OBJECT_ID = new RegExp(`^${GUID}$`, 'i')
/** Tenant and object: whoever has the same object id in two tenants is told apart by this. */
const BOTH = new RegExp(`^(${GUID})/(${GUID})$`, 'i')

/** The person that was meant, or why it cannot be said, and where to look for them. */
export type WhichPerson = { person: PersonKey } | { fault: string; see: string }

/**
 * Whom a filter means by what was typed: an object id, a whole account name, or the beginning of one that fits nobody else.
 * A tenant id, a slash and an object id are taken as they are: the audit knows people whom nobody can find any more.
 */
export async function whichPerson(people: Pick<People, 'search'>, typed: string): Promise<WhichPerson> {
  const [, tenantId, objectId] = BOTH.exec(typed) ?? []
  if (tenantId && objectId) return { person: { tenantId: tenantId.toLowerCase(), objectId: objectId.toLowerCase() } }
  const see = addressOf('/admin/people', { text: typed })
  const [first, second] = (await people.search({ text: typed, limit: 2 })).rows
  if (!first) return { fault: 'Nobody here has this object id, or an account name that begins so.', see }
  if (!second) return { person: personKeyOf(first) }
  // The whole name comes before all that are longer.
  const isIt = ({ folded }: Person): boolean => folded === fold(typed)
  if (isIt(first) && !isIt(second)) return { person: personKeyOf(first) }
  const fault = OBJECT_ID.test(typed)
    ? 'Two tenants have somebody with this object id. Choose one of them.'
    : 'Several people’s account names begin so. Type more, or choose one of them.'
  return { fault, see }
}

/** What the person field is filled with, so that it means this person and nobody else. */
export const personField = ({ tenantId, objectId }: PersonKey): string => `${tenantId}/${objectId}`
