// What signing in with Entra keeps, as ports. Every move is one conditional write that takes its audit events with it.
import type { AuditEvent } from '../audit/events.ts'
import type { Administrator } from './administrator.ts'
import type { EntraIdentity, EntraSettings, EntraStanding } from './entra-connection.ts'
import type { Session } from './session.ts'

/** An account that Entra vouched for, about to come in. */
export type Arrival = {
  /** The connection that it came through: it must be the one that is on. */
  connectionId: string
  identity: EntraIdentity
  /** When Entra said so. */
  at: number
  /** Whom the caller found; null: nobody yet. */
  known: Administrator | null
  /** Who they are from now on. */
  administrator: Administrator
  /** Begins with it; null: they have one. The session whose digest is `replaces` is gone. */
  session: Session | null
  replaces: string | null
}

export type EntraStore = {
  /** Undefined: nothing was ever connected. */
  settings(): Promise<EntraSettings | undefined>
  /**
   * Writes the next version, in the place of exactly the one before it. Who came in through a tenant that is not on any
   * more is signed out. `last-owner`: nobody could come in through Entra then, and no owner has a way in of their own.
   */
  save(next: EntraSettings, event: AuditEvent): Promise<'done' | 'changed' | 'last-owner'>

  find(identity: EntraIdentity): Promise<Administrator | undefined>
  identityOf(administratorId: string): Promise<EntraIdentity | undefined>
  /** Undefined: they do not sign in with Entra. */
  standingOf(administratorId: string): Promise<EntraStanding | undefined>
  /**
   * Makes an administrator of an account, or gives them the role that Entra says, and begins their session. `again`: they
   * are not what the caller found. `refused`: the connection is not on any more, or they may not enter.
   */
  arrive(arrival: Arrival, events: AuditEvent[]): Promise<'done' | 'again' | 'refused'>
  /**
   * Notes that Entra gives an account no role. Whoever it is here is signed out everywhere, and not confirmed any more until
   * they arrive again. Recorded also when it is nobody.
   */
  turnAway(identity: EntraIdentity, events: AuditEvent[]): Promise<void>
}

/** What was typed into a form that waits for a proof. Sealed: it may hold a secret. */
export type KeptFormStore = {
  insert(form: { digest: string; sessionId: string; expiresAt: number; sealed: string }): Promise<void>
  find(digest: string, sessionId: string, now: number): Promise<string | undefined>
}
