// What an owner types to connect Entra, read field by field.
import { type EntraConnection, suggestedAppRoles } from '../../administrators/entra-connection.ts'
import type { TypedConnection } from '../../administrators/entra-settings.ts'
import { type Role, roles } from '../../administrators/permissions.ts'

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MOST_IDS = 50

/** A form as it was typed; the secret is never among it. */
export type TypedFields = {
  cloud: string
  tenant: string
  client: string
  roles: Record<Role, { appRole: string; objectIds: string }>
}

/** What is wrong, beside which field. */
export type Faults = Record<string, string>

const forEachRole = <T>(of: (role: Role) => T): Record<Role, T> =>
  Object.fromEntries(roles.map((role) => [role, of(role)])) as Record<Role, T>

export const fieldsOf = (connection: EntraConnection | null, cloud: string): TypedFields => ({
  cloud: connection?.cloud ?? cloud,
  tenant: connection?.tenantId ?? '',
  client: connection?.clientId ?? '',
  roles: forEachRole((role) => ({
    appRole: connection ? connection.appRoles[role] : suggestedAppRoles[role],
    objectIds: connection?.objectIds[role].join('\n') ?? '',
  })),
})

export const typedFields = (fields: URLSearchParams): TypedFields => {
  const text = (name: string): string => (fields.get(name) ?? '').trim()
  return {
    cloud: text('cloud'),
    tenant: text('tenant'),
    client: text('client'),
    roles: forEachRole((role) => ({ appRole: text(`role-${role}`), objectIds: text(`ids-${role}`) })),
  }
}

/** A connection from what was typed, and everything that is wrong with it, at once. */
export function readConnection(
  typed: TypedFields,
  typedSecret: string,
  clouds: readonly string[],
): { connection: TypedConnection; faults: Faults } {
  const faults: Faults = {}
  const guid = (name: string, text: string, what: string): string => {
    const id = text.toLowerCase()
    if (!GUID.test(id)) faults[name] = `${what} looks like 1b2c3d4e-0000-4000-8000-000000000000. Copy it from Entra.`
    return id
  }
  if (!clouds.includes(typed.cloud)) faults.cloud = 'Choose the cloud that your directory is in.'
  const tenantId = guid('tenant', typed.tenant, 'A directory ID')
  const clientId = guid('client', typed.client, 'An application ID')
  const secret = typedSecret.trim()
  if (GUID.test(secret.toLowerCase()))
    faults.secret = 'This is the secret’s ID. Copy its value: Entra shows it once, when the secret is made.'
  else if (secret.length > 256) faults.secret = 'This is longer than any secret of Entra.'

  const appRoles = forEachRole((role) => {
    const value = typed.roles[role].appRole
    if (/\s/.test(value) || value.length > 120) faults[`role-${role}`] = 'The value of an app role has no spaces.'
    return value
  })
  const named = roles.filter((role) => appRoles[role] !== '')
  for (const role of named)
    if (named.some((other) => other !== role && appRoles[other] === appRoles[role]))
      faults[`role-${role}`] = 'Two roles have this same app role.'
  const objectIds = forEachRole((role) => {
    const ids = typed.roles[role].objectIds
      .toLowerCase()
      .split(/[\s,;]+/)
      .filter((id) => id !== '')
    const wrong = ids.find((id) => !GUID.test(id))
    if (wrong !== undefined) faults[`ids-${role}`] = `“${wrong.slice(0, 40)}” is not an object ID.`
    else if (ids.length > MOST_IDS) faults[`ids-${role}`] = `At most ${MOST_IDS}. Use an app role for a group.`
    return [...new Set(ids)]
  })
  if (appRoles.owner === '' && objectIds.owner.length === 0)
    faults['role-owner'] ??= 'Say who is an owner: by an app role, or by object IDs.'
  const connection = { cloud: typed.cloud, tenantId, clientId, appRoles, objectIds, secret: secret || null }
  return { connection, faults }
}
