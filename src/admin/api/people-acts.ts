import { z } from 'zod'
import { type Clock, instant } from '../../base/clock.ts'
import type { PersonKey } from '../../base/person.ts'
import { type Refusal, refuse } from '../../base/refusal.ts'
import type { Devices } from '../../devices/devices.ts'
import type { People } from '../../devices/people.ts'
import type { Integrations } from '../../integrations/integrations.ts'
import type { Locks } from '../../signin/locks.ts'
import { WrongRequest } from './problems.ts'
import type { Acts } from './routes.ts'
import { instantOrNull, pageTold, personTold } from './told.ts'

const Guid = z.guid()

/** Whom a path names. Ids in capitals name the same: Microsoft writes them in both ways, and we keep them in small letters. */
const personIn = ({ tenantId, objectId }: PersonKey): PersonKey => ({
  tenantId: tenantId.toLowerCase(),
  objectId: objectId.toLowerCase(),
})

type Deps = { people: People; locks: Locks; devices: Devices; integrations: Integrations; clock: Clock }

export function createPeopleActs(deps: Deps) {
  const { people, locks, devices, integrations, clock } = deps

  return {
    async listPeople({ query }) {
      return pageTold(await people.search(query), personTold)
    },

    async getPerson({ parameters }) {
      const person = await people.find(personIn(parameters))
      if (!person) return refuse('api.unknown', 'no such person')
      const [all, invitation, locked] = await Promise.all([
        people.devicesOf(person),
        people.invitationOf(person),
        locks.of(person),
      ])
      return {
        ...personTold(person),
        devices: all.map(({ id, integrationId, name, platform, state, boundAt, boundBy, lastUsedAt, revokedAt }) => ({
          ...{ id, integrationId, name, platform, state, boundBy },
          boundAt: instant(boundAt),
          lastUsedAt: instantOrNull(lastUsedAt),
          revokedAt: instantOrNull(revokedAt),
        })),
        locked,
        invitation: invitation
          ? { createdAt: instant(invitation.createdAt), expiresAt: instant(invitation.expiresAt) }
          : null,
      }
    },

    /** Who never signed in here may be invited too: by their object id, in a tenant that is connected. */
    async invitePerson({ parameters, by }) {
      const { tenantId, objectId } = personIn(parameters)
      if (!Guid.safeParse(objectId).success) return new WrongRequest('objectId', 'must be a GUID')
      const integration = (await integrations.list()).find((each) => each.tenantId === tenantId)
      if (!integration) return refuse('api.unknown', 'no such tenant is connected')
      if (integration.enrolment === 'closed') return refuse('enrolment.closed', 'nobody binds a phone there')
      const { id, code, expiresAt } = await devices.invite(integration.id, { tenantId, objectId }, by)
      return { id, code, expiresAt: instant(expiresAt), integrationId: integration.id, tenantId, objectId }
    },

    async unlockPerson({ parameters, by }) {
      const person = await people.find(personIn(parameters))
      if (!person) return refuse('api.unknown', 'no such person')
      await locks.unlock(person, by)
      const { tenantId, objectId } = person
      return { tenantId, objectId, locked: [] as [] }
    },

    async revokeDevice({ parameters, body, by }) {
      const unknown = (): Refusal => refuse('api.unknown', 'no such device')
      const device = await devices.find(parameters.id)
      if (!device) return unknown()
      await devices.revoke(device, by, body.reason ?? 'by an administrator')
      const { id, revokedAt } = (await devices.find(device.id)) ?? device
      return { id, state: 'revoked' as const, revokedAt: instant(revokedAt ?? clock.now()) }
    },
  } satisfies Partial<Acts>
}
