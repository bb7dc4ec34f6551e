import { z } from 'zod'
import type { EntraAccount, EntraConnection } from '../../administrators/entra-connection.ts'
import { type Refusal, refuse } from '../../base/refusal.ts'

const guid = z.guid().toLowerCase()

/** Microsoft Learn, "ID token claims reference": what we read of a v2.0 token. */
const Claims = z.object({
  ver: z.literal('2.0'),
  tid: guid,
  oid: guid,
  name: z.string().max(512).optional(),
  preferred_username: z.string().max(512).optional(),
  roles: z.array(z.string().max(256)).max(200).default([]),
  auth_time: z.number().int().nonnegative().optional(),
})

/**
 * Who signed in, when the token is of exactly the tenant that is connected and names an account by its object id. `sub` is
 * no name of an account: it differs in every application. Neither are addresses, which change hands.
 */
export function accountOf(claims: unknown, { tenantId }: EntraConnection): EntraAccount | Refusal {
  const read = Claims.safeParse(claims)
  if (!read.success) return refuse('admin.entra', `claims: ${read.error.issues[0]?.path.join('.')}`)
  const { tid, oid, name, preferred_username, roles, auth_time } = read.data
  if (tid !== tenantId) return refuse('admin.entra', 'the token is of another tenant')
  return {
    tenantId: tid,
    objectId: oid,
    name: name || preferred_username || oid,
    appRoles: roles,
    provedAt: auth_time === undefined ? null : auth_time * 1000,
  }
}
