import type { PersonKey } from '../../base/person.ts'

export const PEOPLE = '/admin/people'

/** Where a person's page is. Tenant ids and object ids are GUIDs: they need no escaping. */
export const pageOfPerson = ({ tenantId, objectId }: PersonKey): string => `${PEOPLE}/${tenantId}/${objectId}`
