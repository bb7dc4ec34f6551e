// A one-time code that an administrator makes for one person, who types it before a ticket is shown.
import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { AuditEvent } from '../audit/events.ts'
import type { PersonKey } from '../base/person.ts'
import { crockford, normalizeCode, type Random } from '../base/random.ts'

/** An administrator hands the code over outside the product; it is good for three days. */
export const INVITATION_LIFE = 72 * 3_600_000

export type Invitation = PersonKey & {
  id: string
  integrationId: string
  salt: string
  /** scrypt: a code of 60 bits is less than the 112 below which NIST SP 800-63B-4 section 3.1.2 asks for a salted hash. */
  codeHash: string
  createdAt: number
  expiresAt: number
  /** The sign-in that is using it now: it comes free again when that sign-in ends without a bound device. */
  heldBy: string | null
  heldUntil: number
  spentAt: number | null
}

export type InvitationStore = {
  /** Inserts it; an unspent one of the same person is gone. */
  insert(invitation: Invitation, event: AuditEvent): Promise<void>
  /** The person's invitation that is neither spent nor expired. */
  findOpen(person: PersonKey, now: number): Promise<Invitation | undefined>
  /** Whether this sign-in holds it, unspent. */
  isHeld(id: string, signInId: string): Promise<boolean>
  /** Holds it for a sign-in until that ends; false when another holds it or it is spent. Holding it twice is holding it. */
  hold(id: string, signInId: string, until: number, now: number): Promise<boolean>
}

const derive = promisify(scrypt) as (secret: string, salt: Buffer, length: number) => Promise<Buffer>

/** Hashes codes one after another: each takes tens of milliseconds of a thread that sign-ins need too. */
export function createInvitationHash() {
  let last: Promise<unknown> = Promise.resolve()
  return (code: string, salt: Buffer): Promise<Buffer> => {
    const next = last.then(() => derive(code, salt, 32))
    last = next.catch(() => undefined)
    return next
  }
}

export type InvitationHash = ReturnType<typeof createInvitationHash>

export async function makeInvitationCode(
  random: Random,
  hash: InvitationHash,
): Promise<{ code: string; salt: string; codeHash: string }> {
  const code = crockford(random.bytes(8), 12)
  const salt = random.bytes(16)
  return { code, salt: salt.toString('base64'), codeHash: (await hash(code, salt)).toString('base64') }
}

/** Stands for the invitation of a person who has none, so that looking takes as long. No code fits it. */
export const NO_INVITATION = {
  salt: Buffer.alloc(16).toString('base64'),
  codeHash: Buffer.alloc(32).toString('base64'),
}

export async function fitsInvitation(
  typed: string,
  invitation: Pick<Invitation, 'salt' | 'codeHash'>,
  hash: InvitationHash,
): Promise<boolean> {
  const found = await hash(normalizeCode(typed), Buffer.from(invitation.salt, 'base64'))
  return timingSafeEqual(found, Buffer.from(invitation.codeHash, 'base64'))
}
