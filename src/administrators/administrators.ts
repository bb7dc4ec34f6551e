// Who may enter the console, and how they get in: one-time links, passkeys, sessions.
//
// Who signs in with Entra comes in by entra-sign-in.ts: Entra says which role they have.
import type { Actor, AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { MasterKey } from '../base/seal.ts'
import type { Administrator } from './administrator.ts'
import type { AdministratorStores, Changed } from './administrator-store.ts'
import { createEntraSignIn } from './entra-sign-in.ts'
import { LINK_LIFE, type Link, linkDigest, makeToken } from './link.ts'
import { createPasskeys } from './passkeys.ts'
import type { Role } from './permissions.ts'
import { IDLE, LONGEST } from './session.ts'
import { byAdministrator, createSessions } from './sessions.ts'
import { createTokens } from './tokens.ts'
import { createWebAuthn } from './webauthn.ts'

/** A link as its maker hands it over. */
export type MadeLink = { url: string; expiresAt: number }

export type Administrators = ReturnType<typeof createAdministrators>

export function createAdministrators(options: {
  stores: AdministratorStores
  record: (event: AuditEvent) => Promise<void>
  publicUrl: string
  /** Seals the secret of the Entra application, and what waits in browsers. */
  master: MasterKey
  clock: Clock
  random: Random
}) {
  const { stores, record, publicUrl, master, clock, random } = options
  const store = stores.administrators
  const sessions = createSessions({ store: stores.sessions, clock, random })
  const tokens = createTokens({ store: stores.tokens, administrators: store, entra: stores.entra, clock, random })
  const webAuthn = createWebAuthn({ publicUrl, challenges: stores.challenges, clock, random })

  async function makeLink(
    administratorId: string,
    who: { name: string; role: Role },
    isNew: boolean,
    by: Actor,
  ): Promise<MadeLink> {
    const token = makeToken(random)
    const now = clock.now()
    const { name, role } = who
    const link: Link = {
      id: randomId(random),
      digest: linkDigest(token),
      administratorId,
      create: isNew ? { name, role } : null,
      createdAt: now,
      expiresAt: now + LINK_LIFE,
      by,
    }
    const type = 'administrator.link-made'
    await store.insertLink(link, { type, administratorId, by, linkId: link.id, name, role, isNew })
    // In the fragment, which is sent to nobody: not to us, no proxy, no log.
    return { url: `${publicUrl}/admin/enter#${token}`, expiresAt: link.expiresAt }
  }

  const told = (changed: Changed): true | Refusal => {
    if (changed === 'done') return true
    return changed === 'last-owner'
      ? refuse('admin.last-owner', 'no other owner may enter')
      : refuse('admin.unknown', 'no such administrator')
  }

  const event = (type: 'disabled' | 'enabled' | 'removed', administratorId: string, by: Administrator) => ({
    type: `administrator.${type}` as const,
    administratorId,
    by: byAdministrator(by.id),
  })
  const changedEvent = (administratorId: string, change: object, by: Administrator): AuditEvent => ({
    type: 'administrator.changed',
    administratorId,
    change: JSON.stringify(change),
    by: byAdministrator(by.id),
  })

  return {
    sessions,
    entra: createEntraSignIn({ stores, sessions, record, master, clock, random }),
    passkeys: createPasskeys({ stores, sessions, webAuthn, record, clock }),
    tokens,
    hasOwner: store.hasOwner,
    owners: store.owners,
    find: store.find,
    list: store.list,

    /** A link for somebody new. */
    invite: (who: { name: string; role: Role }, by: Actor): Promise<MadeLink> =>
      makeLink(randomId(random), who, true, by),

    /** A link for an administrator who lost their passkey: it adds one, and ends their other sessions. */
    recover: ({ id, name, role }: Administrator, by: Actor): Promise<MadeLink> =>
      makeLink(id, { name, role }, false, by),

    async rename(id: string, name: string, by: Administrator): Promise<true | Refusal> {
      return told((await store.rename(id, name, changedEvent(id, { name }, by))) ? 'done' : 'unknown')
    },
    async setRole(id: string, role: Role, by: Administrator): Promise<true | Refusal> {
      if ((await store.find(id))?.via === 'entra') return refuse('admin.entra-managed', 'Entra gives them their role')
      return told(await store.setRole(id, role, changedEvent(id, { role }, by)))
    },
    /** From now on they may not enter; their sessions end at once. */
    async disable(id: string, by: Administrator): Promise<true | Refusal> {
      return told(await store.disable(id, clock.now(), event('disabled', id, by)))
    },
    async enable(id: string, by: Administrator): Promise<true | Refusal> {
      if (await store.enable(id, event('enabled', id, by))) return true
      return told((await store.find(id)) ? 'done' : 'unknown')
    },
    async remove(id: string, by: Administrator): Promise<true | Refusal> {
      return told(await store.remove(id, event('removed', id, by)))
    },

    /** Forgets what is over. */
    async tidy(): Promise<void> {
      const now = clock.now()
      await stores.forget({ now, startedBefore: now - LONGEST, seenBefore: now - IDLE })
      await tokens.tidy()
    },
  }
}
