import type { AuditEvent } from '../audit/events.ts'
import { type Clock, instant } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { Administrator } from './administrator.ts'
import type { AdministratorStore, TokenStore } from './administrator-store.ts'
import type { EntraStore } from './entra-store.ts'
import { byAdministrator } from './sessions.ts'
import {
  confirmedUntil,
  looksLikeToken,
  type Maker,
  makeTokenSecret,
  type Standing,
  standingOf,
  type Token,
  type TokenScope,
  tokenDigest,
} from './token.ts'

const MINUTE = 60_000
/** A token that is used is written this often, no more. */
const USED_EVERY = MINUTE
/** How long one that is over stays in the list. What was done with it stays in the audit log. */
const KEEP_ENDED = 90 * 24 * 60 * MINUTE

export type ListedToken = Standing & {
  token: Token
  maker: Administrator | undefined
  /** When it is worth nothing, unless Entra gives its maker a role before; null: that is not asked of them. */
  confirmBy: number | null
}

export type Tokens = ReturnType<typeof createTokens>

/** Machines' access to the console's acts: made and revoked by administrators, and never worth more than its maker. */
export function createTokens(deps: {
  store: TokenStore
  administrators: Pick<AdministratorStore, 'find' | 'list'>
  entra: Pick<EntraStore, 'standingOf'>
  clock: Clock
  random: Random
}) {
  const { store, administrators, entra, clock, random } = deps

  async function makerOf(administrator: Administrator | undefined): Promise<Maker | undefined> {
    if (administrator?.via !== 'entra') return administrator && { administrator, entra: null }
    // Whom no account is known of came from no tenant that is connected.
    const standing = (await entra.standingOf(administrator.id)) ?? { isConnected: false, confirmedAt: null }
    return { administrator, entra: standing }
  }

  return {
    /** Makes a token. Its secret is given here and never again. Refuses when its maker may not enter any more. */
    async make(
      { name, scopes, expiresAt }: Pick<Token, 'name' | 'scopes' | 'expiresAt'>,
      by: Administrator,
    ): Promise<{ token: Token; secret: string } | Refusal> {
      const secret = makeTokenSecret(random)
      const token: Token = {
        id: randomId(random),
        digest: tokenDigest(secret),
        ...{ name, scopes, expiresAt },
        createdAt: clock.now(),
        createdBy: by.id,
        lastUsedAt: null,
        revokedAt: null,
      }
      const event: AuditEvent = {
        type: 'token.created',
        tokenId: token.id,
        name,
        scopes: scopes.join(' '),
        expiresAt: instant(expiresAt),
        by: byAdministrator(by.id),
      }
      const made = await store.insert(token, event)
      return made ? { token, secret } : refuse('admin.disabled', 'whoever makes it may not enter')
    },

    /**
     * What a presented token may do now. Refused, with one same answer whatever the reason, when it
     * - does not look like one of ours, or is none,
     * - was revoked, or is over,
     * - is worth nothing, because its maker is.
     */
    async of(presented: string): Promise<{ token: Token; may: TokenScope[] } | Refusal> {
      if (!looksLikeToken(presented)) return refuse('token.refused', 'not the shape of a token')
      const found = await store.find(tokenDigest(presented))
      if (!found) return refuse('token.refused', 'no such token')
      const { token, maker } = found
      const now = clock.now()
      const { state, may } = standingOf(token, await makerOf(maker), now)
      if (state !== 'active') return refuse('token.refused', `token ${token.id} is ${state}`)
      if (now >= (token.lastUsedAt ?? 0) + USED_EVERY) await store.touch(token.id, now)
      return { token, may }
    },

    /** All that are kept, newest first. */
    async list(): Promise<ListedToken[]> {
      const tokens = await store.list()
      const all = (await administrators.list()).filter(({ id }) => tokens.some(({ createdBy }) => createdBy === id))
      const makers = await Promise.all(all.map(makerOf))
      const now = clock.now()
      return tokens.map((token) => {
        const maker = makers.find((one) => one?.administrator.id === token.createdBy)
        const confirmedAt = maker?.entra?.confirmedAt ?? null
        const confirmBy = confirmedAt === null ? null : confirmedUntil(confirmedAt)
        return { token, maker: maker?.administrator, confirmBy, ...standingOf(token, maker, now) }
      })
    },

    find: store.byId,

    /** From now on it is worth nothing. Refuses one that is not there, or was revoked before. */
    async revoke({ id, name }: Token, by: Administrator): Promise<true | Refusal> {
      const event: AuditEvent = { type: 'token.revoked', tokenId: id, name, by: byAdministrator(by.id) }
      return (await store.revoke(id, clock.now(), event)) || refuse('admin.unknown', 'no such token, or revoked before')
    },

    tidy: (): Promise<void> => store.forget(clock.now() - KEEP_ENDED),
  }
}
