// What the capability keeps, as ports. Every move is one conditional write that takes its audit events with it.
import type { AuditEvent } from '../audit/events.ts'
import type { Administrator, Passkey } from './administrator.ts'
import type { EntraStore, KeptFormStore } from './entra-store.ts'
import type { Link } from './link.ts'
import type { Role } from './permissions.ts'
import type { Session } from './session.ts'
import type { Token } from './token.ts'

/** `last-owner`: no owner who may enter would be left. */
export type Changed = 'done' | 'unknown' | 'last-owner'

export type AdministratorStore = {
  /** Whether there is an owner who may enter, and can. */
  hasOwner(): Promise<boolean>
  /**
   * Owners who may enter, and can, oldest first: who signs in with Entra can while their tenant is connected, unless it gave
   * them no role when they last came.
   */
  owners(): Promise<Administrator[]>
  find(id: string): Promise<Administrator | undefined>
  /** Oldest first. */
  list(): Promise<Administrator[]>
  rename(id: string, name: string, event: AuditEvent): Promise<boolean>
  /** Demotes an owner only while another one may enter. */
  setRole(id: string, role: Role, event: AuditEvent): Promise<Changed>
  /** Ends their sessions too; disabling twice is `done`, and recorded once. */
  disable(id: string, at: number, event: AuditEvent): Promise<Changed>
  enable(id: string, event: AuditEvent): Promise<boolean>
  /** Removes them with their passkeys, sessions and open links. */
  remove(id: string, event: AuditEvent): Promise<Changed>

  insertLink(link: Link, event: AuditEvent): Promise<void>
  /**
   * The link, if it is neither spent nor over, and its maker may still let somebody in: the command line, or an owner who may
   * enter.
   */
  findLink(digest: string, now: number): Promise<Link | undefined>
  /**
   * Spends a link: inserts `create` when it is given, the passkey and the session, and ends every other session of the
   * administrator; the one whose digest is `replaces` is gone, whoever's it was. False, and nothing is written, when the link
   * is not to be found, as above, the passkey is somebody's already, or the administrator (without `create`) is gone or
   * disabled.
   */
  enter(
    move: {
      linkDigest: string
      now: number
      create: Administrator | null
      passkey: Passkey
      session: Session
      replaces: string | null
    },
    events: AuditEvent[],
  ): Promise<boolean>
}

export type PasskeyStore = {
  find(id: string): Promise<Passkey | undefined>
  /** An administrator's, oldest first. */
  of(administratorId: string): Promise<Passkey[]>
  /** False when the credential is somebody's already, or the administrator is gone or disabled. */
  insert(passkey: Passkey, event: AuditEvent): Promise<boolean>
  rename(id: string, administratorId: string, name: string, event: AuditEvent): Promise<boolean>
  /** `last`: nothing would be left to sign in with. Who signs in with Entra may have none. */
  remove(id: string, administratorId: string, event: AuditEvent): Promise<'done' | 'unknown' | 'last'>
}

/** That a passkey signed: its new counter must be beyond the kept one, unless both are 0 (it does not count). */
export type PasskeyUse = { id: string; counter: number; backedUp: boolean; at: number }

/** `refused`: the administrator is gone or disabled, the session over or the passkey removed. `counter`: it may be a copy. */
export type Proven = 'done' | 'refused' | 'counter'

export type SessionStore = {
  /** Inserts a session for an administrator who may enter; the one whose digest is `replaces` is gone. */
  begin(
    session: Session,
    by: { replaces: string | null; use: PasskeyUse | null },
    events: AuditEvent[],
  ): Promise<Proven>
  /** Gives a session a new secret and the time of its proof. */
  stepUp(
    from: string,
    to: { digest: string; at: number; use: PasskeyUse | null },
    events: AuditEvent[],
  ): Promise<Proven>
  /** The session with this digest and its administrator, who may enter. Whether it is alive is for the caller to say. */
  find(digest: string): Promise<{ session: Session; administrator: Administrator } | undefined>
  /** Notes that it was used. */
  touch(id: string, at: number): Promise<void>
  /** An administrator's, latest used first. */
  list(administratorId: string): Promise<Session[]>
  /** False when there is no such session of theirs. */
  end(id: string, administratorId: string, event: AuditEvent): Promise<boolean>
  /** Ends all but `except`; gives how many. Recorded when it was any. */
  endOthers(administratorId: string, except: string | null, event: AuditEvent): Promise<number>
}

/** Challenges of passkey ceremonies, and trips to Entra: each is taken once, for the purpose and subject that it was made for. */
export type ChallengeStore = {
  insert(challenge: { digest: string; purpose: string; subject: string; expiresAt: number }): Promise<void>
  take(digest: string, purpose: string, subject: string, now: number): Promise<boolean>
}

export type TokenStore = {
  /** False when its maker is gone or disabled. */
  insert(token: Token, event: AuditEvent): Promise<boolean>
  /** The token with this digest, whatever became of it; and its maker, unless they were removed. */
  find(digest: string): Promise<{ token: Token; maker: Administrator | undefined } | undefined>
  byId(id: string): Promise<Token | undefined>
  /** Newest first. */
  list(): Promise<Token[]>
  /** Notes that it was used. */
  touch(id: string, at: number): Promise<void>
  /** False when there is no such token, or it is revoked already. */
  revoke(id: string, at: number, event: AuditEvent): Promise<boolean>
  /** Forgets those that were revoked, or were over, before. */
  forget(endedBefore: number): Promise<void>
}

export type AdministratorStores = {
  administrators: AdministratorStore
  passkeys: PasskeyStore
  sessions: SessionStore
  challenges: ChallengeStore
  entra: EntraStore
  keptForms: KeptFormStore
  tokens: TokenStore
  /** Forgets links, challenges and kept forms that are over, and sessions begun or last seen before these times. */
  forget(before: { now: number; startedBefore: number; seenBefore: number }): Promise<void>
}
