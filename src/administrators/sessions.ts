import type { AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { sha256 } from '../base/digest.ts'
import { type Random, randomId } from '../base/random.ts'
import type { Administrator, Via } from './administrator.ts'
import type { PasskeyUse, Proven, SessionStore } from './administrator-store.ts'
import { isAlive, isFresh, SEEN_EVERY, type Session } from './session.ts'

/** Who is at the other end. */
export type From = { address: string; browser: string }

/** A session as its browser gets it: the secret is told here and never again. */
export type Begun = { session: Session; secret: string }

export const byAdministrator = (id: string): `administrator:${string}` => `administrator:${id}`

export const sessionDigest = (secret: string): string => sha256(`administrator-session:${secret}`)

export type Sessions = ReturnType<typeof createSessions>

export function createSessions({ store, clock, random }: { store: SessionStore; clock: Clock; random: Random }) {
  const makeSecret = (): string => random.bytes(32).toString('base64url')

  /** A session that is not in the store yet: for a move that inserts it together with what it follows from. */
  function prepare(administratorId: string, via: Via, from: From): Begun & { event: AuditEvent } {
    const now = clock.now()
    const secret = makeSecret()
    const { address, browser } = from
    const session: Session = {
      id: randomId(random),
      digest: sessionDigest(secret),
      administratorId,
      via,
      address,
      browser,
      startedAt: now,
      lastSeenAt: now,
      // A sign-in is a proof as good as a step-up.
      steppedUpAt: now,
    }
    const event: AuditEvent = {
      type: 'administrator.signed-in',
      administratorId,
      by: byAdministrator(administratorId),
      sessionId: session.id,
      via,
      address,
      browser,
    }
    return { session, secret, event }
  }

  return {
    prepare,

    /**
     * Signs a browser in as an administrator who has just proved to be that one, however they did (`via`); `use` when it
     * was with a passkey. Always under a new secret: what the cookie held before (`replaces`) ends, so that nobody can be
     * signed in to a session that another one knows.
     */
    async begin(
      administratorId: string,
      how: { via: Via; from: From; replaces: string | undefined; use: PasskeyUse | null },
    ): Promise<Begun | Exclude<Proven, 'done'>> {
      const { event, ...begun } = prepare(administratorId, how.via, how.from)
      const replaces = how.replaces ? sessionDigest(how.replaces) : null
      const proven = await store.begin(begun.session, { replaces, use: how.use }, [event])
      return proven === 'done' ? begun : proven
    },

    /**
     * Whose browser this is; undefined when nobody’s, or nobody’s any more. Notes that the session is used, unless nobody
     * used it (`isUse`): a page that keeps itself current must not keep its session alive.
     */
    async of(
      secret: string | undefined,
      { isUse = true } = {},
    ): Promise<{ session: Session; administrator: Administrator } | undefined> {
      if (!secret) return undefined
      const found = await store.find(sessionDigest(secret))
      const now = clock.now()
      if (!found || !isAlive(found.session, now)) return undefined
      if (isUse && now >= found.session.lastSeenAt + SEEN_EVERY) await store.touch(found.session.id, now)
      return found
    },

    /** Whether its administrator proved to be there so lately that what is dangerous may be done. */
    isFresh: (session: Session): boolean => isFresh(session, clock.now()),

    /** Notes that its administrator has just proved to be there. The browser gets a new secret; the old one is worth nothing. */
    async stepUp(
      session: Session,
      how: { via: Via; from: From; use: PasskeyUse | null },
    ): Promise<{ secret: string } | Exclude<Proven, 'done'>> {
      const { id, administratorId, digest } = session
      const secret = makeSecret()
      const event: AuditEvent = {
        type: 'administrator.stepped-up',
        administratorId,
        by: byAdministrator(administratorId),
        sessionId: id,
        via: how.via,
        address: how.from.address,
      }
      const to = { digest: sessionDigest(secret), at: clock.now(), use: how.use }
      const proven = await store.stepUp(digest, to, [event])
      return proven === 'done' ? { secret } : proven
    },

    /** An administrator's live sessions, latest used first. */
    async list(administratorId: string): Promise<Session[]> {
      const now = clock.now()
      return (await store.list(administratorId)).filter((session) => isAlive(session, now))
    },

    signOut: ({ id, administratorId }: Session): Promise<boolean> =>
      store.end(id, administratorId, {
        type: 'administrator.signed-out',
        administratorId,
        by: byAdministrator(administratorId),
        sessionId: id,
      }),

    /** Ends one session of an administrator. False when they have no such. */
    end: (sessionId: string, administratorId: string, by: Administrator): Promise<boolean> =>
      store.end(sessionId, administratorId, {
        type: 'administrator.session-ended',
        administratorId,
        by: byAdministrator(by.id),
        sessionId,
      }),

    /** Ends all sessions of an administrator but the one given; gives how many. */
    endOthers: (administratorId: string, except: Session | null, by: Administrator): Promise<number> =>
      store.endOthers(administratorId, except?.id ?? null, {
        type: 'administrator.sessions-ended',
        administratorId,
        by: byAdministrator(by.id),
      }),
  }
}
