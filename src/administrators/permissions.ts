/** What an administrator may do. A role may all that the roles before it may. */
export const roles = ['viewer', 'helpdesk', 'owner'] as const
export type Role = (typeof roles)[number]

/** What the acts of the console need; every act names one. */
export type Permission =
  | 'read' // see what there is
  | 'people' // devices and invitations of people
  | 'integrations' // tenants, their policy
  | 'keys' // signing keys
  | 'forwarding' // where the audit log goes
  | 'administrators' // who gets in, and as what
  | 'tokens' // machines' access

/** The least role that each act needs. */
const LEAST: Record<Permission, Role> = {
  read: 'viewer',
  people: 'helpdesk',
  integrations: 'owner',
  keys: 'owner',
  forwarding: 'owner',
  administrators: 'owner',
  tokens: 'owner',
}

export const permissions = Object.keys(LEAST) as Permission[]

export const mayRole = (role: Role, permission: Permission): boolean =>
  roles.indexOf(role) >= roles.indexOf(LEAST[permission])
