import type { AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Administrator, Passkey } from './administrator.ts'
import type { AdministratorStores, Proven } from './administrator-store.ts'
import { linkDigest } from './link.ts'
import type { Role } from './permissions.ts'
import type { Session } from './session.ts'
import { type Begun, byAdministrator, type From, type Sessions, sessionDigest } from './sessions.ts'
import {
  type AuthenticationResponseJSON,
  type Made,
  type RegistrationResponseJSON,
  userHandleOf,
  type WebAuthn,
} from './webauthn.ts'

export type Passkeys = ReturnType<typeof createPasskeys>

/** What administrators do with passkeys: get in for the first time, sign in, prove to be there, keep several. */
export function createPasskeys(deps: {
  stores: AdministratorStores
  sessions: Sessions
  webAuthn: WebAuthn
  record: (event: AuditEvent) => Promise<void>
  clock: Clock
}) {
  const { stores, sessions, webAuthn, clock } = deps
  const { administrators, passkeys } = stores

  async function openLink(token: string) {
    const link = await administrators.findLink(linkDigest(token), clock.now())
    if (!link) return refuse('admin.link', 'no such link, it is spent or over, or its maker may make none any more')
    const existing = link.create ? undefined : await administrators.find(link.administratorId)
    const who = link.create ?? existing
    if (!who || existing?.disabledAt) return refuse('admin.link', 'its administrator is gone, or may not enter')
    if (existing?.via === 'entra') return refuse('admin.link', 'its administrator signs in with Entra')
    return { link, name: who.name, role: who.role }
  }

  const keptOf = (made: Made, administratorId: string, name: string): Passkey => {
    const now = clock.now()
    return { ...made, administratorId, name, createdAt: now, lastUsedAt: null }
  }

  const passkeyEvent = (type: 'added' | 'renamed' | 'removed', passkey: Pick<Passkey, 'id' | 'name'>, of: string) => ({
    type: `administrator.passkey-${type}` as const,
    administratorId: of,
    by: byAdministrator(of),
    passkeyId: passkey.id,
    name: passkey.name,
  })

  /** A proven passkey that lets nobody in: recorded, because it is either a thief's or a mistake of ours. */
  async function refuseProven(proven: Exclude<Proven, 'done'>, passkey: Passkey, from: From): Promise<Refusal> {
    const reason =
      proven === 'counter'
        ? 'its counter went backwards: it may be a copy'
        : 'its administrator may not enter, or it was removed'
    const { administratorId, id } = passkey
    const by = byAdministrator(administratorId)
    const { address } = from
    await deps.record({ type: 'administrator.refused', administratorId, by, passkeyId: id, reason, address })
    return refuse(proven === 'counter' ? 'admin.passkey' : 'admin.disabled', reason)
  }

  return {
    of: passkeys.of,

    /** Whom a one-time link lets in. */
    async lookAtLink(token: string): Promise<{ name: string; role: Role; isNew: boolean } | Refusal> {
      const open = await openLink(token)
      return isRefusal(open) ? open : { name: open.name, role: open.role, isNew: open.link.create !== null }
    },

    async enterOptions(token: string) {
      const open = await openLink(token)
      if (isRefusal(open)) return open
      const { link, name } = open
      const who = { id: link.administratorId, name }
      return webAuthn.creationOptions({ purpose: 'enter', subject: link.id }, who, await passkeys.of(who.id))
    },

    /**
     * Spends a link: with its first passkey an administrator comes to be (or one who lost theirs comes back), and is
     * signed in. All of it is one write: of two who post one link, one gets in. `replaces` is what the browser's cookie held.
     */
    async enter(
      token: string,
      passkeyName: string,
      response: RegistrationResponseJSON,
      from: From,
      replaces: string | undefined,
    ): Promise<Begun | Refusal> {
      const open = await openLink(token)
      if (isRefusal(open)) return open
      const { link } = open
      const made = await webAuthn.verifyNew({ purpose: 'enter', subject: link.id }, response)
      if (isRefusal(made)) return made
      const now = clock.now()
      const { administratorId, create } = link
      const passkey = keptOf(made, administratorId, passkeyName)
      const { event, ...begun } = sessions.prepare(administratorId, 'passkey', from)
      const by = byAdministrator(administratorId)
      const spent: AuditEvent = create
        ? {
            type: 'administrator.created',
            administratorId,
            by,
            ...create,
            via: 'passkey',
            linkId: link.id,
            address: from.address,
          }
        : { type: 'administrator.recovered', administratorId, by, linkId: link.id, address: from.address }
      const entered = await administrators.enter(
        {
          linkDigest: link.digest,
          now,
          create: create && { id: administratorId, ...create, via: 'passkey', createdAt: now, disabledAt: null },
          passkey,
          session: begun.session,
          replaces: replaces ? sessionDigest(replaces) : null,
        },
        [spent, passkeyEvent('added', passkey, administratorId), event],
      )
      return entered
        ? begun
        : refuse('admin.link', 'spent by another, or its administrator may not enter, or its maker not any more')
    },

    signInOptions: () => webAuthn.requestOptions({ purpose: 'sign-in', subject: '' }),

    /** Signs in whoever's passkey it is: nobody types a name. `replaces` is what the browser's cookie held. */
    async signIn(
      response: AuthenticationResponseJSON,
      from: From,
      replaces: string | undefined,
    ): Promise<Begun | Refusal> {
      const passkey = await passkeys.find(response.id)
      if (!passkey) return refuse('admin.passkey', 'unknown passkey')
      // A discoverable credential must say whose it is (section 7.2 step 6).
      if (response.response.userHandle !== userHandleOf(passkey.administratorId))
        return refuse('admin.passkey', 'the passkey says that it is another’s')
      const use = await webAuthn.verifyUse({ purpose: 'sign-in', subject: '' }, response, passkey)
      if (isRefusal(use)) return use
      // Entra says at each sign-in whether they may, and as what: their passkey only proves that they are there.
      if ((await administrators.find(passkey.administratorId))?.via === 'entra')
        return refuse('admin.entra-managed', 'a passkey of who signs in with Entra')
      const begun = await sessions.begin(passkey.administratorId, { via: 'passkey', from, replaces, use })
      return typeof begun === 'string' ? refuseProven(begun, passkey, from) : begun
    },

    async stepUpOptions({ id, administratorId }: Session) {
      const theirs = await passkeys.of(administratorId)
      if (theirs.length === 0) return refuse('admin.step-up', 'they have no passkey')
      return webAuthn.requestOptions({ purpose: 'step-up', subject: id }, theirs)
    },

    /** Proves, in a session, that its administrator is there. Gives the session's new secret. */
    async stepUp(
      session: Session,
      response: AuthenticationResponseJSON,
      from: From,
    ): Promise<{ secret: string } | Refusal> {
      const passkey = await passkeys.find(response.id)
      if (passkey?.administratorId !== session.administratorId)
        return refuse('admin.passkey', 'the passkey is not this administrator’s')
      const use = await webAuthn.verifyUse({ purpose: 'step-up', subject: session.id }, response, passkey)
      if (isRefusal(use)) return use
      const proven = await sessions.stepUp(session, { via: 'passkey', from, use })
      return typeof proven === 'string' ? refuseProven(proven, passkey, from) : proven
    },

    addOptions: async ({ session, administrator }: { session: Session; administrator: Administrator }) =>
      webAuthn.creationOptions(
        { purpose: 'add', subject: session.id },
        administrator,
        await passkeys.of(administrator.id),
      ),

    async add(
      { session, administrator }: { session: Session; administrator: Administrator },
      name: string,
      response: RegistrationResponseJSON,
    ): Promise<Passkey | Refusal> {
      const made = await webAuthn.verifyNew({ purpose: 'add', subject: session.id }, response)
      if (isRefusal(made)) return made
      const passkey = keptOf(made, administrator.id, name)
      const inserted = await passkeys.insert(passkey, passkeyEvent('added', passkey, administrator.id))
      return inserted ? passkey : refuse('admin.passkey', 'somebody has this passkey already')
    },

    async rename(id: string, administrator: Administrator, name: string): Promise<true | Refusal> {
      const event = passkeyEvent('renamed', { id, name }, administrator.id)
      const renamed = await passkeys.rename(id, administrator.id, name, event)
      return renamed || refuse('admin.unknown', 'no such passkey of theirs')
    },

    /** Removes one of several: with none left nobody could sign in. */
    async remove(id: string, administrator: Administrator): Promise<true | Refusal> {
      const passkey = await passkeys.find(id)
      const name = passkey?.administratorId === administrator.id ? passkey.name : ''
      const removed = await passkeys.remove(
        id,
        administrator.id,
        passkeyEvent('removed', { id, name }, administrator.id),
      )
      if (removed === 'done') return true
      return removed === 'last'
        ? refuse('admin.last-passkey', 'no other passkey of theirs')
        : refuse('admin.unknown', 'no such passkey of theirs')
    },
  }
}
