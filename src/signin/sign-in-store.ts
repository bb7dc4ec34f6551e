import type { AuditEvent } from '../audit/events.ts'
import type { PersonKey } from '../base/person.ts'
import type { Device } from '../devices/device.ts'
import type { UsedProof } from '../devices/proof.ts'
import type { Unwanted } from '../push/ring.ts'
import type { Standing } from './changes.ts'
import type { FailureKind } from './failures.ts'
import type { LockStore } from './locks.ts'
import type { SignIn } from './sign-in.ts'

/** What becomes durable together with a move, or not at all. */
export type Effects = {
  events: AuditEvent[]
  /** The pending device that this approval makes active. */
  activate?: Device
  /** The move is not made when this device was revoked meanwhile. */
  ifDeviceActive?: string
  /** The move is not made when this integration is switched off or gone. */
  ifIntegrationEnabled?: string
  /** The move is not made when this was used before, as a hint is; it is used from now on. */
  useOnce?: { digest: string; keepUntil: number }
  /** The move is not made when this proof's id was used for something else; from now on it is used for this. */
  useProof?: UsedProof
  /** The move is not made when this person ever had a device: a first use is one. */
  ifNeverHadDevice?: PersonKey
  /** The invitation that this approval spends; the move is not made when this sign-in does not hold it any more. */
  spendInvitation?: { id: string; heldBy: string; at: number }
  /** The invitation that this sign-in holds, and ends without having used. */
  releaseInvitation?: { id: string; heldBy: string }
  /**
   * One failure more in the person's row of this kind; the move is not made when that is not `after` long any more: what was
   * judged by it would be out of date.
   */
  countFailure?: PersonKey & { kind: FailureKind; after: number; at: number }
  /** A success ends the row, under the same condition. */
  endFailures?: PersonKey & { kind: FailureKind; after: number }
  /** That the person did not want this sign-in: it limits for how often they are woken (push/ring.ts). */
  recordUnwanted?: PersonKey & Unwanted
}

export type Opened = { kind: 'opened' } | { kind: 'repeat'; signIn: SignIn | undefined } | { kind: 'too-many' }

/**
 * Where sign-ins are kept. `open` and `move` are once-only: of any number of racing callers one wins, and the loser of a
 * race writes nothing, no event either.
 */
export type SignInStore = LockStore & {
  /**
   * Opens a sign-in and remembers its hint until `hint.keepUntil`. When the hint was used before: `repeat`, with the
   * sign-in it opened. When the person has `maxOpen` open ones at `now`: `too-many`, and the hint stays unused.
   */
  open(
    signIn: SignIn,
    hint: { digest: string; keepUntil: number },
    maxOpen: number,
    now: number,
    events: AuditEvent[],
  ): Promise<Opened>
  /** Replaces `from` by `to` if `from.version` is still the newest, and what `effects` demand holds. */
  move(from: SignIn, to: SignIn, effects: Effects): Promise<boolean>
  find(id: string): Promise<SignIn | undefined>
  /** How it stands, without the rest of it: what every waiting browser asks for every few seconds. */
  standing(id: string): Promise<Standing | undefined>
  /** Which of these digests were used: of a hint, or of what a move used once. */
  used(digests: readonly string[]): Promise<ReadonlySet<string>>
  /** By the digest of its hint, or of what it used once. */
  findByHint(digest: string): Promise<SignIn | undefined>
  /** By the digest of its ticket or of its short code. */
  findByTicket(digest: string): Promise<SignIn | undefined>
  /** The newest sign-in in which this key is the pending device. */
  findByPendingDevice(thumbprint: string): Promise<SignIn | undefined>
  /** Open ones of a person, oldest first. */
  openOf(person: PersonKey, now: number): Promise<SignIn[]>
  /** Open or approved ones whose time was over at `now`; at most `limit`. */
  due(now: number, limit: number): Promise<SignIn[]>
  /** Forgets sign-ins that ended before `endedBefore`, and hints and proofs whose time is over at `now`. */
  forget(endedBefore: number, now: number): Promise<void>
}
