import { describe, expect, test } from '@jest/globals'
import { mayRole, type Permission, permissions, type Role, roles } from '../../src/administrators/permissions.ts'

/** Written out, so that whoever changes what a role may must say so twice. */
const may: Record<Permission, Record<Role, boolean>> = {
  read: { viewer: true, helpdesk: true, owner: true },
  people: { viewer: false, helpdesk: true, owner: true },
  integrations: { viewer: false, helpdesk: false, owner: true },
  keys: { viewer: false, helpdesk: false, owner: true },
  forwarding: { viewer: false, helpdesk: false, owner: true },
  administrators: { viewer: false, helpdesk: false, owner: true },
  tokens: { viewer: false, helpdesk: false, owner: true },
}

describe('permissions', () => {
  test('are all in this test', () => {
    expect(Object.keys(may).sort()).toEqual([...permissions].sort())
    for (const permission of permissions) expect(Object.keys(may[permission]).sort()).toEqual([...roles].sort())
  })

  const cases = permissions.flatMap((permission) => roles.map((role) => [role, permission] as const))
  test.each(cases)('of a %s: %s', (role, permission) => {
    expect(mayRole(role, permission)).toBe(may[permission][role])
  })
})
