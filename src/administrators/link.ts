// The one-time link that lets somebody in who has no passkey yet. Its token travels in the fragment, which browsers send
// to nobody: it is in no log and no Referer.
import type { Actor } from '../audit/events.ts'
import { sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import type { Role } from './permissions.ts'

/** It lets somebody in: long enough to be handed over, too short to be found later. */
export const LINK_LIFE = 15 * 60_000

export type Link = {
  id: string
  /** SHA-256 of its token of 256 bits. */
  digest: string
  /** Who gets in with it. Known before they are made, because a passkey carries it from the start. */
  administratorId: string
  /** What they become; null: they exist, and lost their passkey. */
  create: { name: string; role: Role } | null
  createdAt: number
  expiresAt: number
  /** Who made it: it is worth what they may when it is used, so that who loses the right leaves no way in behind. */
  by: Actor
}

export const makeToken = (random: Random): string => random.bytes(32).toString('base64url')

export const linkDigest = (token: string): string => sha256(`administrator-link:${token}`)
