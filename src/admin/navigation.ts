import { mayRole, type Permission, type Role } from '../administrators/permissions.ts'

/** The pages in the console's navigation, in order. A page is listed here when it exists. */
export type Place = { path: string; label: string; needs: Permission }

export const places: readonly Place[] = [
  { path: '/admin/', label: 'Overview', needs: 'read' },
  { path: '/admin/integrations', label: 'Integrations', needs: 'read' },
  { path: '/admin/people', label: 'People', needs: 'read' },
  { path: '/admin/sign-ins', label: 'Sign-ins', needs: 'read' },
  { path: '/admin/audit', label: 'Audit', needs: 'read' },
  { path: '/admin/forwarding', label: 'Forwarding', needs: 'read' },
  { path: '/admin/keys', label: 'Keys', needs: 'read' },
  { path: '/admin/settings', label: 'Settings', needs: 'read' },
  { path: '/admin/tokens', label: 'API tokens', needs: 'tokens' },
  { path: '/admin/administrators', label: 'Administrators', needs: 'administrators' },
]

export type NavigationEntry = { path: string; label: string; current: boolean }

/** What a role may open; `current` is where it is, or is below. */
export const navigationFor = (role: Role, at: string): NavigationEntry[] =>
  places
    .filter(({ needs }) => mayRole(role, needs))
    .map(({ path, label }) => ({ path, label, current: at === path || at.startsWith(`${path}/`) }))
