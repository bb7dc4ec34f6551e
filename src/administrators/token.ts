// What a machine shows in place of a session: a bearer token (RFC 6750) that an administrator made for it.
import { sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import type { Administrator } from './administrator.ts'
import type { EntraStanding } from './entra-connection.ts'
import { mayRole, type Permission } from './permissions.ts'

/** What a token may be made for. Who gets in, and with what, is never a machine's to say. */
export const tokenScopes = ['read', 'people', 'integrations', 'keys'] as const satisfies readonly Permission[]
export type TokenScope = (typeof tokenScopes)[number]

const DAY = 24 * 3_600_000
export const LONGEST_DAYS = 365

/**
 * Entra tells us of a role when somebody signs in, and never when it takes one away or deletes an account: its word is
 * taken for so many days. Who has to do with the console comes by within a month.
 */
export const CONFIRMED_DAYS = 30

export type Token = {
  id: string
  /** SHA-256 of its secret of 256 bits; the secret itself is shown once and kept nowhere. */
  digest: string
  name: string
  scopes: TokenScope[]
  createdAt: number
  expiresAt: number
  /** Who made it, by their id: it is worth no more than they are. */
  createdBy: string
  /** Written once a minute at most. */
  lastUsedAt: number | null
  revokedAt: number | null
}

/** Begins with what it is, so that whoever finds one, or looks for leaked ones, can tell. */
const SECRET = /^cst_[\w-]{43}$/
export const makeTokenSecret = (random: Random): string => `cst_${random.bytes(32).toString('base64url')}`
export const looksLikeToken = (presented: string): boolean => SECRET.test(presented)
export const tokenDigest = (secret: string): string => sha256(`api-token:${secret}`)

/** The end of a token that is made now for so many days; undefined when that is no time a token may have. */
export const expiryOf = (days: number, now: number): number | undefined =>
  Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS ? now + days * DAY : undefined

/** Chosen scopes, each once and in order; undefined when there is none, or one that a token cannot have. */
export function scopesOf(chosen: readonly string[]): TokenScope[] | undefined {
  const known = tokenScopes.filter((scope) => chosen.includes(scope))
  return known.length > 0 && chosen.every((scope) => known.some((one) => one === scope)) ? known : undefined
}

/** `powerless`: whoever made it is gone, or may not enter, or may nothing of it any more. */
export type TokenState = 'active' | 'powerless' | 'expired' | 'revoked'

/** Who made a token; `entra` is null for who does not sign in with it. */
export type Maker = { administrator: Administrator; entra: EntraStanding | null }

/**
 * Why nothing counts that a maker made: they were removed; their access is switched off; Entra, or their tenant, is not
 * connected; Entra gave them no role when they last came; Entra has not said for too long that they have one.
 */
export type Bar = 'removed' | 'disabled' | 'entra-off' | 'entra-no-role' | 'entra-unconfirmed'

function barOf(maker: Maker | undefined, now: number): Bar | null {
  if (!maker) return 'removed'
  if (maker.administrator.disabledAt !== null) return 'disabled'
  const { entra } = maker
  if (!entra) return null
  if (!entra.isConnected) return 'entra-off'
  if (entra.confirmedAt === null) return 'entra-no-role'
  return now < confirmedUntil(entra.confirmedAt) ? null : 'entra-unconfirmed'
}

export const confirmedUntil = (confirmedAt: number): number => confirmedAt + CONFIRMED_DAYS * DAY

export type Standing = { state: TokenState; may: TokenScope[]; bar: Bar | null }

/**
 * What a token may do now: what it was made for, as far as its maker may do that now. Nothing when the maker was removed,
 * may not enter, or comes by Entra and has no role there, as far as we know. It is looked at with every use, so that no
 * token outlives a right.
 */
export function standingOf(token: Token, maker: Maker | undefined, now: number): Standing {
  if (token.revokedAt !== null) return { state: 'revoked', may: [], bar: null }
  if (now >= token.expiresAt) return { state: 'expired', may: [], bar: null }
  const bar = barOf(maker, now)
  const may = maker && !bar ? token.scopes.filter((scope) => mayRole(maker.administrator.role, scope)) : []
  return { state: may.length > 0 ? 'active' : 'powerless', may, bar }
}
