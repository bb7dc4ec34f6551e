// What a machine shows in place of a session: a bearer token (RFC 6750) that an administrator made for it.
import { sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import type { Administrator } from './administrator.ts'
import { mayRole, type Permission } from './permissions.ts'

/** What a token may be made for. Who gets in, and with what, is never a machine's to say. */
export const tokenScopes = ['read', 'people', 'integrations', 'keys'] as const satisfies readonly Permission[]
export type TokenScope = (typeof tokenScopes)[number]

const DAY = 24 * 3_600_000
export const LONGEST_DAYS = 365

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

/**
 * What a token may do now: what it was made for, as far as its maker may do that now. Nothing when the maker was removed,
 * or their access is switched off. It is looked at with every use, so that no token outlives a right.
 */
export function standingOf(
  token: Token,
  maker: Administrator | undefined,
  now: number,
): { state: TokenState; may: TokenScope[] } {
  if (token.revokedAt !== null) return { state: 'revoked', may: [] }
  if (now >= token.expiresAt) return { state: 'expired', may: [] }
  const may = maker && maker.disabledAt === null ? token.scopes.filter((scope) => mayRole(maker.role, scope)) : []
  return { state: may.length > 0 ? 'active' : 'powerless', may }
}
