// What the overview tells, gathered. Every question is answered by an index or by a bounded number of rows, however long
// the service has run: the page asks again every few seconds.
import { type PersonKey, personKeyOf } from '../../base/person.ts'
import type { ListedWebhook } from '../../forwarding/webhooks.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { LastHint } from '../../integrations/last-hints.ts'
import type { Scheduled } from '../../keys/schedule.ts'
import type { PushResult } from '../../push/sender.ts'
import type { SignInRecord } from '../../signin/history.ts'
import type { Phase } from '../../signin/sign-in.ts'
import type { AdminDeps } from '../wiring.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** So many pushes tell how pushes fare. */
export const PUSHES_READ = 200
/** So many reported sign-ins are named one by one; the others are counted. */
export const NAMED = 5

/** An integration, and what its hints came to. */
export type Watched = Pick<Integration, 'id' | 'name' | 'cloud' | 'enabled'> & { hints: Record<string, LastHint> }

/** Somebody whose devices are left alone, because of sign-ins that they declined. */
export type Alarm = PersonKey & { signInId: string; person: string; quietUntil: number }

/** Somebody who must be unlocked before they are let in, or before they may type a code. */
export type Locked = PersonKey & { person: string }

export type OverviewFacts = {
  now: number
  integrations: Watched[]
  keys: Scheduled[]
  /** Of the pushes of the last hour, the newest PUSHES_READ; `all` when there were no more. */
  pushes: { results: PushResult[]; all: boolean }
  /** Sign-ins of the last 24 hours. */
  counts: Record<Phase, number>
  /** Those of them that the person said were not theirs, the newest NAMED. */
  reported: SignInRecord[]
  alarms: Alarm[]
  locked: Locked[]
  /** Owners who may enter, and can. `passkeys` is null for who signs in with Entra. */
  owners: { id: string; name: string; passkeys: number | null }[]
  /** Where the audit log is forwarded. */
  webhooks: ListedWebhook[]
  /** What is wrong with our clock. */
  clockTrouble: { sentence: string; grave: boolean } | undefined
  /** Whether the master key was made in the data directory, beside what it seals. */
  madeMasterKey: boolean
  /** Whether the master key before it is still given. */
  hasPreviousMasterKey: boolean
  /** Whether anybody ever bound a phone, and whether any sign-in was ever finished. */
  everBound: boolean
  everFinished: boolean
}

export async function gatherFacts(deps: AdminDeps): Promise<OverviewFacts> {
  const { signInHistory, keys, clock, shown } = deps
  const now = clock.now()
  const since = now - DAY
  const [integrations, timetable, pushes, counts, reported, alarms, locked, owners, webhooks, finished, bound] =
    await Promise.all([
      watchedOf(deps),
      keys.timetable(),
      pushesOf(deps, now - HOUR),
      signInHistory.countByOutcome(since),
      signInHistory.reported(since, NAMED),
      alarmsOf(deps, now),
      lockedOf(deps, now),
      ownersOf(deps),
      deps.webhooks.list(),
      signInHistory.list({ outcome: 'answered', limit: 1 }),
      deps.auditReading.list({ type: 'ticket.redeemed', limit: 1 }),
    ])
  return {
    ...{ now, integrations, keys: timetable, pushes, counts, reported, alarms, locked, owners, webhooks },
    clockTrouble: deps.skew.trouble(),
    madeMasterKey: shown.madeMasterKey,
    hasPreviousMasterKey: shown.hasPreviousMasterKey,
    everBound: bound.rows.length > 0,
    everFinished: finished.rows.length > 0,
  }
}

async function watchedOf({ integrations, lastHints }: AdminDeps): Promise<Watched[]> {
  const all = await integrations.list()
  return Promise.all(
    all.map(async ({ id, name, cloud, enabled }) => ({ id, name, cloud, enabled, hints: await lastHints.of(id) })),
  )
}

async function pushesOf({ auditReading }: AdminDeps, from: number): Promise<OverviewFacts['pushes']> {
  const { rows, next } = await auditReading.list({ type: 'push.sent', from, limit: PUSHES_READ })
  const results = rows.flatMap(({ record: { event } }) =>
    event.type === 'push.sent' ? [event.result as PushResult] : [],
  )
  return { results, all: next === null }
}

/** Who is left alone now for declining; who reported a sign-in is told of by that sign-in. */
async function alarmsOf({ auditReading, signInHistory }: AdminDeps, now: number): Promise<Alarm[]> {
  const { rows } = await auditReading.list({ type: 'person.alarmed', from: now - DAY, limit: 50 })
  const standing = rows.flatMap(({ record: { event } }) => {
    if (event.type !== 'person.alarmed' || event.because !== 'denied') return []
    const { signInId, tenantId, objectId, quietUntil } = event
    return Date.parse(quietUntil) > now ? [{ signInId, tenantId, objectId, quietUntil: Date.parse(quietUntil) }] : []
  })
  return Promise.all(
    standing.slice(0, NAMED).map(async (alarm) => ({
      ...alarm,
      person: (await signInHistory.find(alarm.signInId))?.person ?? alarm.objectId,
    })),
  )
}

/** Who was locked within a month, and still is. */
async function lockedOf({ auditReading, locks, people }: AdminDeps, now: number): Promise<Locked[]> {
  const { rows } = await auditReading.list({ type: 'person.locked', from: now - 30 * DAY, limit: 50 })
  const found = new Map<string, Locked>()
  for (const { record } of rows) {
    if (record.event.type !== 'person.locked') continue
    const key = personKeyOf(record.event)
    const name = `${key.tenantId}/${key.objectId}`
    if (found.has(name) || (await locks.of(key)).length === 0) continue
    found.set(name, { ...key, person: (await people.find(key))?.label ?? key.objectId })
    if (found.size === NAMED) break
  }
  return [...found.values()]
}

async function ownersOf({ administrators }: AdminDeps): Promise<OverviewFacts['owners']> {
  const owners = await administrators.owners()
  return Promise.all(
    owners.map(async ({ id, name, via }) => ({
      ...{ id, name },
      passkeys: via === 'entra' ? null : (await administrators.passkeys.of(id)).length,
    })),
  )
}
