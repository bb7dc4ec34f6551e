/**
 * An Entra account. Tenant id and object id together are unique and never reused; names and addresses are labels that
 * change hands (Microsoft Learn: ID token claims reference, "oid" and "tid").
 */
export type PersonKey = { tenantId: string; objectId: string }

/** The key alone, of whatever carries one. */
export const personKeyOf = ({ tenantId, objectId }: PersonKey): PersonKey => ({ tenantId, objectId })

export const samePerson = (a: PersonKey, b: PersonKey): boolean =>
  a.tenantId === b.tenantId && a.objectId === b.objectId
