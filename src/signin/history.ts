// What became of the sign-ins: a lean row of each, for the administrator. A sign-in itself is forgotten after a day.
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { type Page, pageOf, pageSize, readCursor } from '../base/page.ts'
import type { PersonKey } from '../base/person.ts'
import type { Asked, Phase } from './sign-in.ts'

/** Entra keeps its own sign-in logs for 30 days; a year and some weeks lets the same season be compared. */
const KEEP_RECORDS = 400 * 24 * 3_600_000

/** One sign-in, as it is remembered. */
export type SignInRecord = PersonKey & {
  id: string
  integrationId: string
  /** The account's label at that time. */
  person: string
  contract: Asked['contract']
  openedAt: number
  /** When its end was written down; null while it is open or approved. */
  endedAt: number | null
  outcome: Phase
  /** What the person proved themselves with; null when they did not. */
  method: string | null
  /** The device that decided. */
  deviceId: string | null
  address: string
  place: string | null
  browser: string
  application: string | null
}

/** All that is given must hold. `from` is the first instant, `to` the first one after. */
export type SignInFilter = {
  integrationId?: string | undefined
  person?: PersonKey | undefined
  outcome?: Phase | undefined
  from?: number | undefined
  to?: number | undefined
}

/** Where a sign-in stands in the order of time. */
export type SignInPlace = { openedAt: number; id: string }

/** The rows themselves are written by the store of sign-ins, in the moves that they tell of. */
export type SignInHistoryStore = {
  /** Newest first, those before a place when it is given; at most `limit`. */
  list(filter: SignInFilter, before: SignInPlace | null, limit: number): Promise<SignInRecord[]>
  /** How many were opened at `since` or later, by outcome. */
  countByOutcome(since: number): Promise<Record<Phase, number>>
  find(id: string): Promise<SignInRecord | undefined>
  /** Forgets those that were opened before. */
  forget(before: number): Promise<void>
}

/** What a cursor of `list` carries. */
export const SignInCursor = z.tuple([z.number().int(), z.string().max(128)])

export type SignInHistory = ReturnType<typeof createSignInHistory>

/** What the administrator reads of sign-ins. */
export function createSignInHistory({ store, clock }: { store: SignInHistoryStore; clock: Clock }) {
  return {
    find: store.find,
    countByOutcome: store.countByOutcome,

    /** Newest first, by the page. */
    async list(filter: SignInFilter & { cursor?: string | undefined; limit: number }): Promise<Page<SignInRecord>> {
      const size = pageSize(filter.limit)
      const place = readCursor(filter.cursor, SignInCursor)
      const found = await store.list(filter, place && { openedAt: place[0], id: place[1] }, size + 1)
      return pageOf(found, size, ({ openedAt, id }) => [openedAt, id])
    },

    /** Those that the person said were not theirs, newest first. */
    reported: (since: number, limit: number): Promise<SignInRecord[]> =>
      store.list({ outcome: 'reported', from: since }, null, pageSize(limit)),

    /** Forgets what is older than KEEP_RECORDS. Called now and then by the service. */
    tidy: (): Promise<void> => store.forget(clock.now() - KEEP_RECORDS),
  }
}
