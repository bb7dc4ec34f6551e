// What happened, and how things stand: for machines that watch.
import type { Audit } from '../../audit/audit.ts'
import type { AuditFilter, AuditReading } from '../../audit/audit-reading.ts'
import { isEventType } from '../../audit/event-types.ts'
import type { Actor } from '../../audit/events.ts'
import { exportedLines } from '../../audit/export-lines.ts'
import { type Clock, instant, millisecondsOf } from '../../base/clock.ts'
import type { PersonKey } from '../../base/person.ts'
import { isRefusal, refuse } from '../../base/refusal.ts'
import type { Webhooks } from '../../forwarding/webhooks.ts'
import type { Integrations } from '../../integrations/integrations.ts'
import type { Keys } from '../../keys/keys.ts'
import type { Push } from '../../push/push.ts'
import type { SignInHistory } from '../../signin/history.ts'
import type { AuditLine } from './contract.ts'
import { someOf } from './paging.ts'
import { WrongRequest } from './problems.ts'
import type { Acts } from './routes.ts'
import { auditTold, keyTold, pageTold, signInTold, webhookTold } from './told.ts'

const DAY = 24 * 3_600_000

type Times = { from?: string | undefined; to?: string | undefined }
type Whose = { tenantId?: string | undefined; objectId?: string | undefined }

const timesOf = ({ from, to }: Times): { from?: number; to?: number } => ({
  ...(from !== undefined && { from: millisecondsOf(from) }),
  ...(to !== undefined && { to: millisecondsOf(to) }),
})

/** Whose: an object id means somebody only together with its tenant. */
function personOf({ tenantId, objectId }: Whose): { person?: PersonKey } | WrongRequest {
  if (tenantId === undefined && objectId === undefined) return {}
  if (tenantId === undefined) return new WrongRequest('tenantId', 'must be given together with objectId')
  if (objectId === undefined) return new WrongRequest('objectId', 'must be given together with tenantId')
  return { person: { tenantId: tenantId.toLowerCase(), objectId: objectId.toLowerCase() } }
}

type AuditQuery = Times &
  Whose & {
    type?: string | undefined
    by?: string | undefined
    signInId?: string | undefined
    integrationId?: string | undefined
  }

function auditFilterOf(query: AuditQuery): AuditFilter | WrongRequest {
  const person = personOf(query)
  if (isRefusal(person)) return person
  const { signInId, integrationId, type } = query
  if (type !== undefined && !isEventType(type)) return new WrongRequest('type', 'there is no such kind of event')
  // Somebody who never was is found nowhere, like one who did nothing yet.
  const by = query.by as Actor | undefined
  return { type, by, signInId, integrationId, ...timesOf(query), ...person }
}

export function createReadingActs(deps: {
  signInHistory: SignInHistory
  audit: Pick<Audit, 'record'>
  auditReading: AuditReading
  integrations: Integrations
  keys: Keys
  webhooks: Pick<Webhooks, 'list'>
  push: Pick<Push, 'health'>
  clock: Clock
}) {
  const { signInHistory, audit, auditReading, integrations, keys, webhooks, push, clock } = deps

  return {
    async listSignIns({ query }) {
      const person = personOf(query)
      if (isRefusal(person)) return person
      const { limit, cursor, integrationId, outcome } = query
      const filter = { integrationId, outcome, ...timesOf(query), ...person }
      return pageTold(await signInHistory.list({ ...filter, limit, cursor }), signInTold)
    },

    async getSignIn({ parameters }) {
      const record = await signInHistory.find(parameters.id)
      if (!record) return refuse('api.unknown', 'no such sign-in')
      const timeline = await auditReading.timeline(record.id)
      return { ...signInTold(record), timeline: timeline.map((entry) => auditTold(entry.record)) }
    },

    async listAudit({ query }) {
      const filter = auditFilterOf(query)
      if (isRefusal(filter)) return filter
      const { limit, cursor } = query
      return pageTold(await auditReading.list({ ...filter, limit, cursor }), ({ record }) => auditTold(record))
    },

    async exportAudit({ query, by }) {
      const filter = auditFilterOf(query)
      if (isRefusal(filter)) return filter
      await audit.record({ type: 'audit.exported', filter: JSON.stringify(query), by })
      return (async function* () {
        for await (const lines of exportedLines(auditReading, filter)) yield* lines as AuditLine[]
      })()
    },

    async listWebhooks({ query }) {
      return pageTold(
        someOf('webhooks', await webhooks.list(), query, (webhook) => webhook),
        webhookTold,
      )
    },

    async listKeys({ query }) {
      return pageTold(
        someOf('keys', await keys.timetable(), query, ({ key }) => ({ id: key.kid, createdAt: key.createdAt })),
        keyTold,
      )
    },

    async announceKey({ by }) {
      const announced = await keys.announce(by)
      const told = (await keys.timetable()).find(({ key }) => key.kid === announced?.kid)
      return told ? keyTold(told) : refuse('key.announced', 'one is announced already')
    },

    async getOverview() {
      const since = clock.now() - DAY
      const [tenants, byOutcome, timetable] = await Promise.all([
        integrations.list(),
        signInHistory.countByOutcome(since),
        keys.timetable(),
      ])
      const enabled = tenants.filter((each) => each.enabled).length
      const inPhase = (phase: 'signing' | 'announced') => {
        const found = timetable.find((each) => each.phase === phase)
        return found ? keyTold(found) : null
      }
      const { since: countedSince, results } = push.health()
      return {
        integrations: { enabled, disabled: tenants.length - enabled },
        signIns: { since: instant(since), byOutcome },
        keys: { signing: inPhase('signing'), announced: inPhase('announced') },
        push: { since: instant(countedSince), results },
      }
    },
  } satisfies Partial<Acts>
}
