// Administrators who sign in with Entra. It says who they are and, at each sign-in, which role they have.
import type { AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { MasterKey } from '../base/seal.ts'
import { type Administrator, nameOf } from './administrator.ts'
import type { AdministratorStores } from './administrator-store.ts'
import { type Attempt, createEntraAttempts } from './entra-attempts.ts'
import { type EntraAccount, type EntraConnection, roleOf } from './entra-connection.ts'
import { createEntraSettings } from './entra-settings.ts'
import type { EntraStore, KeptFormStore } from './entra-store.ts'
import type { Role } from './permissions.ts'
import type { Session } from './session.ts'
import { type Begun, byAdministrator, type From, type Sessions, sessionDigest } from './sessions.ts'

/** Two first sign-ins of one person at once: the second finds the first. More often than this is a bug. */
const TRIES = 3
/** Entra's clock and ours may differ by this. */
const SKEW = 60_000

/** An account as the audit names it. */
const accountText = ({ tenantId, objectId }: EntraAccount): string => `${tenantId}/${objectId}`

export type EntraSignIn = ReturnType<typeof createEntraSignIn>

export function createEntraSignIn(deps: {
  stores: AdministratorStores & { entra: EntraStore; keptForms: KeptFormStore }
  sessions: Sessions
  record: (event: AuditEvent) => Promise<void>
  master: MasterKey
  clock: Clock
  random: Random
}) {
  const { stores, sessions, record, clock, random } = deps
  const store = stores.entra
  const settings = createEntraSettings({ ...deps, store })
  const attempts = createEntraAttempts({ ...deps, challenges: stores.challenges, forms: stores.keptForms })

  /** That somebody whom Entra vouched for does not get in all the same, with who it was. */
  const refusedEvent = ({ reason }: Refusal, account: EntraAccount, { address }: From): AuditEvent => {
    const { name } = account
    const type = 'administrator.entra-refused'
    return { type, entraAccount: accountText(account), name, reason, address, by: 'person' }
  }
  async function refused(refusal: Refusal, account: EntraAccount, from: From): Promise<Refusal> {
    await record(refusedEvent(refusal, account, from))
    return refusal
  }

  const newcomer = (account: EntraAccount, role: Role): Administrator => ({
    id: randomId(random),
    name: nameOf(account.name) ?? account.objectId,
    role,
    via: 'entra',
    createdAt: clock.now(),
    disabledAt: null,
  })

  /** What happened to who they are here; nothing when Entra says what it said before. */
  function changesOf(known: Administrator | undefined, next: Administrator, account: EntraAccount, { address }: From) {
    const { id, name, role } = next
    const events: AuditEvent[] = []
    if (!known)
      events.push({
        ...{ type: 'administrator.created', administratorId: id, by: byAdministrator(id), name, role },
        ...{ via: 'entra', entraAccount: accountText(account), address },
      })
    else if (known.role !== role)
      events.push({
        ...{ type: 'administrator.changed', administratorId: id, by: 'service' },
        change: JSON.stringify({ role, because: 'Entra says so' }),
      })
    return events
  }

  /**
   * Brings an account in with the role that Entra gives it now. `begin` makes the session of who signs in; null for who
   * has one.
   */
  async function arrive(
    connection: EntraConnection,
    account: EntraAccount,
    role: Role,
    from: From,
    begin: ((id: string) => { session: Session; replaces: string | null; event: AuditEvent }) | null,
  ): Promise<Administrator | Refusal> {
    for (let tries = 0; tries < TRIES; tries++) {
      const known = await store.find(account)
      if (known?.disabledAt) return refused(refuse('admin.disabled', 'the access is switched off here'), account, from)
      const administrator = known ? { ...known, role } : newcomer(account, role)
      const begun = begin?.(administrator.id)
      const events = changesOf(known, administrator, account, from)
      if (begun) events.push(begun.event)
      const { tenantId, objectId } = account
      const arrived = await store.arrive(
        {
          ...{ connectionId: connection.id, identity: { tenantId, objectId }, known: known ?? null, administrator },
          ...{ at: clock.now(), session: begun?.session ?? null, replaces: begun?.replaces ?? null },
        },
        events,
      )
      if (arrived === 'done') return administrator
      if (arrived === 'refused') return refuse('admin.entra-off', 'the connection is not on any more')
    }
    throw new Error('an administrator of Entra changes all the time')
  }

  /** The role of an account. Who has none is recorded, and loses what they had here: Entra has just said no. */
  async function admitted(connection: EntraConnection, account: EntraAccount, from: From): Promise<Role | Refusal> {
    const role = roleOf(connection, account)
    if (role) return role
    const refusal = refuse('admin.entra-role', 'no app role, and not in a list')
    const events = [refusedEvent(refusal, account, from)]
    const known = await store.find(account)
    if (known) events.push({ type: 'administrator.sessions-ended', administratorId: known.id, by: 'service' })
    await store.turnAway(account, events)
    return refusal
  }

  return {
    settings,
    attempts,
    identityOf: store.identityOf,

    /** Whether the sign-in page offers it. */
    isOn: async (): Promise<boolean> => !isRefusal(await settings.active()),

    /** Signs a browser in. `replaces` is what its cookie held. */
    async signIn(
      connection: EntraConnection,
      account: EntraAccount,
      from: From,
      replaces: string | undefined,
    ): Promise<Begun | Refusal> {
      const role = await admitted(connection, account, from)
      if (isRefusal(role)) return role
      // Entra may have let them in because they signed in an hour ago: only what they proved just now is a fresh proof.
      const steppedUpAt = Math.min(account.provedAt ?? 0, clock.now())
      let begun: Begun | undefined
      const arrived = await arrive(connection, account, role, from, (id) => {
        const { event, secret, session } = sessions.prepare(id, 'entra', from)
        begun = { secret, session: { ...session, steppedUpAt } }
        return { event, session: begun.session, replaces: replaces ? sessionDigest(replaces) : null }
      })
      return isRefusal(arrived) ? arrived : (begun as Begun)
    },

    /** That an account signed in at Entra after an attempt was begun: not from what it remembered. */
    isFresh: ({ provedAt }: EntraAccount, { at }: Attempt): boolean => provedAt !== null && provedAt >= at - SKEW,

    /**
     * Proves, in a session, that its administrator is there. It must be the very same account, and still have a role: who
     * has none any more is signed out, here and everywhere.
     */
    async stepUp(
      connection: EntraConnection,
      session: Session,
      account: EntraAccount,
      from: From,
    ): Promise<{ secret: string } | Refusal> {
      const known = await store.find(account)
      if (known?.id !== session.administratorId)
        return refused(refuse('admin.entra-other', 'not the account of this session'), account, from)
      const role = await admitted(connection, account, from)
      if (isRefusal(role)) return role
      const arrived = await arrive(connection, account, role, from, null)
      if (isRefusal(arrived)) return arrived
      const proven = await sessions.stepUp(session, { via: 'entra', from, use: null })
      return typeof proven === 'string' ? refuse('admin.disabled', 'switched off meanwhile, or signed out') : proven
    },
  }
}
