import type { Actor, AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import {
  type EntraAccount,
  type EntraConnection,
  type EntraSettings,
  nothingConnected,
  roleOf,
} from './entra-connection.ts'
import type { EntraStore } from './entra-store.ts'

const PURPOSE = 'entra-sign-in-secret'

/** A connection as an owner typed it; `secret` null: the one that is kept already. */
export type TypedConnection = Pick<EntraConnection, 'cloud' | 'tenantId' | 'clientId' | 'appRoles' | 'objectIds'> & {
  secret: string | null
}

export type EntraSettingsMoves = ReturnType<typeof createEntraSettings>

/** What is connected, and how it changes: typed, proven, switched off, removed. */
export function createEntraSettings(deps: { store: EntraStore; master: MasterKey; clock: Clock; random: Random }) {
  const { store, master, clock, random } = deps

  const read = async (): Promise<EntraSettings> => (await store.settings()) ?? nothingConnected

  async function save(next: EntraSettings, change: string, by: Actor): Promise<true | Refusal> {
    const about = next.draft ?? next.active
    const event: AuditEvent = {
      type: 'entra-sign-in.changed',
      tenantId: about?.tenantId ?? '',
      clientId: about?.clientId ?? '',
      change,
      by,
    }
    const saved = await store.save(next, event)
    if (saved === 'done') return true
    return saved === 'changed'
      ? refuse('admin.entra-settings', 'another change came first')
      : refuse('admin.last-owner', 'no owner has a passkey')
  }

  /** A change of what is there, when it is still what its page showed. */
  async function change(
    version: number,
    what: string,
    by: Actor,
    next: (now: EntraSettings) => Partial<EntraSettings>,
  ): Promise<true | Refusal> {
    const now = await read()
    if (now.version !== version) return refuse('admin.entra-settings', 'the page showed another version')
    return save({ ...now, ...next(now), version: version + 1 }, what, by)
  }

  /** The secret that is kept for exactly this application: no other address ever gets it. */
  const keptSecretFor = ({ draft, active }: EntraSettings, typed: TypedConnection): string | undefined =>
    [draft, active].find(
      (known) => known?.cloud === typed.cloud && known.tenantId === typed.tenantId && known.clientId === typed.clientId,
    )?.sealedSecret

  return {
    read,

    /** Whether a secret is kept for this application, so that none need be typed. */
    hasSecretFor: async (typed: TypedConnection): Promise<boolean> => keptSecretFor(await read(), typed) !== undefined,

    /** Keeps what was typed, as a draft. */
    async draft(typed: TypedConnection, version: number, by: Actor): Promise<true | Refusal> {
      const now = await read()
      const sealedSecret =
        typed.secret === null ? keptSecretFor(now, typed) : seal(master, PURPOSE, typed.secret, random)
      if (sealedSecret === undefined) return refuse('admin.form', 'no secret')
      const { cloud, tenantId, clientId, appRoles, objectIds } = typed
      const draft: EntraConnection = {
        ...{ id: randomId(random), cloud, tenantId, clientId, sealedSecret, appRoles, objectIds },
        savedAt: clock.now(),
        provenAt: null,
      }
      const secret = typed.secret === null ? 'kept' : 'new'
      return change(version, JSON.stringify({ saved: { cloud, secret, appRoles, objectIds } }), by, () => ({ draft }))
    },

    discard: (version: number, by: Actor) => change(version, '{"draft":"discarded"}', by, () => ({ draft: null })),
    switchOff: (version: number, by: Actor) => change(version, '{"on":false}', by, () => ({ on: false })),
    remove: (version: number, by: Actor) =>
      change(version, '{"removed":true}', by, () => ({ draft: null, active: null, on: false })),

    /** What is to be proven: the draft, or what was proven once and is switched off. */
    async unproven(): Promise<EntraConnection | Refusal> {
      const { draft, active, on } = await read()
      return draft ?? (on ? null : active) ?? refuse('admin.entra-off', 'nothing waits for a proof')
    },

    /** What lets people in; a refusal when nothing does. */
    async active(): Promise<EntraConnection | Refusal> {
      const { active, on } = await read()
      return on && active ? active : refuse('admin.entra-off', 'not connected, or switched off')
    },

    /** The connection with this id, if it is still one. */
    async find(id: string): Promise<EntraConnection | undefined> {
      const { active, draft } = await read()
      return [draft, active].find((known) => known?.id === id) ?? undefined
    },

    secretOf({ sealedSecret }: EntraConnection): string {
      const secret = unseal(master, PURPOSE, sealedSecret)
      if (secret === undefined) throw new Error('the master key does not open the secret of the Entra application')
      return secret
    },

    /**
     * Switches a connection on, because somebody came in through it anew, as an owner: so whoever typed it did not lock the
     * owners out, and its fresh sign-ins can be told from old ones.
     */
    async prove(id: string, account: EntraAccount, by: Actor): Promise<true | Refusal> {
      const now = await read()
      const connection = now.draft?.id === id ? now.draft : now.active?.id === id && !now.draft ? now.active : undefined
      if (!connection) return refuse('admin.entra-settings', 'another connection waits for a proof by now')
      if (roleOf(connection, account) !== 'owner')
        return refuse('admin.entra-not-owner', 'came in as less than an owner')
      const active = { ...connection, provenAt: clock.now() }
      const what = JSON.stringify({ on: true, provenBy: account.objectId })
      return save({ version: now.version + 1, active, on: true, draft: null }, what, by)
    },
  }
}
