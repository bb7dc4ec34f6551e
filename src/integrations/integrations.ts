import type { Actor, AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import type { CloudName, Enrolment, Integration } from './integration.ts'

export type IntegrationStore = {
  /** Refuses a tenant id that another integration has: `tenant-taken`. */
  insert(integration: Integration, event: AuditEvent): Promise<'inserted' | 'tenant-taken'>
  find(id: string): Promise<Integration | undefined>
  findByClientId(clientId: string): Promise<Integration | undefined>
  list(): Promise<Integration[]>
  /** False when there is no such integration, or not at the version before this one's: somebody was faster. */
  replace(integration: Integration, event: AuditEvent): Promise<boolean>
  /** Removes it; with it, in the same move, its devices are revoked, and its open invitations and sign-ins are gone. */
  remove(id: string, at: number, event: AuditEvent): Promise<boolean>
}

export type NewIntegration = {
  name: string
  tenantId: string
  cloud: CloudName
  appId: string
  enrolment: Enrolment
  firstUseUntil?: number | null
}

export type IntegrationChange = Partial<
  Pick<
    Integration,
    | 'name'
    | 'appId'
    | 'enabled'
    | 'askedBy'
    | 'enrolment'
    | 'firstUseUntil'
    | 'firstUseDomains'
    | 'digits'
    | 'namePersonInPush'
    | 'hintAudience'
  >
>

export type Integrations = ReturnType<typeof createIntegrations>

/** Connects, changes and removes tenants. Every change is audited with who made it. */
export function createIntegrations({
  store,
  clock,
  random,
}: {
  store: IntegrationStore
  clock: Clock
  random: Random
}) {
  const event = (
    type: 'integration.created' | 'integration.changed' | 'integration.removed',
    integration: Integration,
    change: object,
    by: Actor,
  ): AuditEvent => ({
    type,
    integrationId: integration.id,
    tenantId: integration.tenantId,
    change: JSON.stringify(change),
    by,
  })

  let lastListed: readonly Integration[] = []

  return {
    find: store.find,
    findByClientId: store.findByClientId,
    async list(): Promise<Integration[]> {
      const all = await store.list()
      lastListed = all
      return all
    },

    /**
     * As they were when they were last listed, which the service does all the while: where an error may be told when the
     * store is away. Nothing is allowed by it.
     */
    lastKnown: async (clientId: string): Promise<Integration | undefined> =>
      lastListed.find((each) => each.clientId === clientId),

    /** Connects a tenant. `tenant-taken` when one of ours has it already. */
    async create(wanted: NewIntegration, by: Actor): Promise<Integration | 'tenant-taken'> {
      const integration: Integration = {
        id: randomId(random),
        name: wanted.name,
        tenantId: wanted.tenantId.toLowerCase(),
        cloud: wanted.cloud,
        appId: wanted.appId.toLowerCase(),
        clientId: `countersign-${randomId(random)}`,
        enabled: true,
        askedBy: 'both',
        enrolment: wanted.enrolment,
        firstUseUntil: wanted.firstUseUntil ?? null,
        digits: 6,
        namePersonInPush: false,
        firstUseDomains: [],
        hintAudience: { 'custom-control': 'either', 'external-mfa': 'app-id' },
        control: { id: 'RequireCountersignMfa', claimType: 'CountersignMfa', claimValue: 'MfaDone' },
        createdAt: clock.now(),
        version: 1,
      }
      const { name, cloud, appId, enrolment, firstUseUntil } = integration
      const inserted = await store.insert(
        integration,
        event(
          'integration.created',
          integration,
          { name, cloud, appId, enrolment, ...(firstUseUntil !== null && { firstUseUntil }) },
          by,
        ),
      )
      return inserted === 'inserted' ? integration : 'tenant-taken'
    },

    /**
     * Changes what is named, and nothing else. With `seenVersion`, what the administrator was looking at, it is `outdated` when
     * somebody changed the integration since; without, a change of somebody else's goes before this one, and both are kept.
     */
    async change(
      id: string,
      change: IntegrationChange,
      by: Actor,
      seenVersion?: number,
    ): Promise<Integration | 'unknown' | 'outdated'> {
      for (;;) {
        const current = await store.find(id)
        if (!current) return 'unknown'
        if (seenVersion !== undefined && current.version !== seenVersion) return 'outdated'
        const next = { ...current, ...change, version: current.version + 1 }
        if (await store.replace(next, event('integration.changed', next, change, by))) return next
      }
    },

    async remove(id: string, by: Actor): Promise<boolean> {
      const current = await store.find(id)
      return current ? store.remove(id, clock.now(), event('integration.removed', current, {}, by)) : false
    },
  }
}
